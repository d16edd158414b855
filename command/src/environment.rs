//! The environment of a program: that of the pipeline without its settings and secrets, and the facts of the task.

use std::ffi::{OsStr, OsString};

use chrono::SecondsFormat;
use processor::{Run, TaskData};
use serde_json::{Map, Value};
use shared::{Timestamp, setting::SETTINGS};

/// The names of Taskline's own variables begin so.
const PREFIX: &str = "TASKLINE_";
/// The program's own version, which stays in its environment.
const HANDLER_VERSION: &str = "TASKLINE_HANDLER_VERSION";
/// The trace of the task, as OpenTelemetry names the variables. Those of the pipeline's own start are not the task's.
const TRACEPARENT: &str = "TRACEPARENT";
const TRACESTATE: &str = "TRACESTATE";

/// The variables that every program inherits from the pipeline.
#[derive(Clone, Default)]
pub struct Environment(Vec<(OsString, OsString)>);

impl Environment {
    /// The variables of the pipeline without those that are Taskline's own: settings, secrets, a token, and the facts of
    /// another task, if a handler started this pipeline. What other software reads too stays, such as `RUST_LOG`.
    pub fn inherited(all: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self(all.into_iter().filter(|(name, _)| is_inherited(name)).collect())
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

fn is_inherited(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let is_ours = name.starts_with(PREFIX) || SETTINGS.iter().any(|it| it.name == name && !it.is_common);
    name == HANDLER_VERSION || !is_ours && ![TRACEPARENT, TRACESTATE].contains(&&*name)
}

/// The members of the task's JSON as `TASKLINE_TASK_ID` and so on, its deadline by the machine's clock, and its trace. A
/// member without a value has no variable. The payload has none either: it can be longer than the system allows for one
/// variable (`MAX_ARG_STRLEN`).
pub(crate) fn of_task(run: &Run, deadline: Timestamp) -> Vec<(String, String)> {
    let mut variables: Vec<_> =
        members(run).iter().filter_map(|(name, value)| variable(name, value)).collect();
    let deadline = deadline.to_rfc3339_opts(SecondsFormat::Millis, true);
    variables.push((format!("{PREFIX}DEADLINE"), deadline));
    if let Some(trace) = &run.trace {
        variables.push((TRACEPARENT.to_owned(), trace.traceparent()));
        variables.extend(trace.tracestate().map(|state| (TRACESTATE.to_owned(), state.to_owned())));
    }
    variables
}

fn members(run: &Run) -> Map<String, Value> {
    match serde_json::to_value(TaskData::of(run).without_payload()) {
        Ok(Value::Object(members)) => members,
        // A struct without a payload is an object.
        _ => Map::new(),
    }
}

fn variable(name: &str, value: &Value) -> Option<(String, String)> {
    let text = match value {
        // A variable ends at its first NUL.
        Value::String(text) => text.replace('\0', ""),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some((format!("{PREFIX}{}", name.to_ascii_uppercase()), text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::run;

    #[test]
    fn settings_secrets_and_the_facts_of_another_task_are_not_inherited() {
        let named = |names: &[&str]| {
            let all = names.iter().map(|name| (OsString::from(name), OsString::from("x")));
            let inherited = Environment::inherited(all);
            inherited.variables().map(|(name, _)| name.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let kept = ["PATH", "HOME", "AWS_PROFILE", "AWS_REGION", "RUST_LOG", "DATABASE_URL", HANDLER_VERSION];
        assert_eq!(named(&kept), kept);
        let ours =
            ["WEBHOOK_SECRET", "TASK_HANDLER", "HANDLER_COMMAND", "TASKLINE_TOKEN", "TASKLINE_TASK_ID"];
        let dropped = [&ours[..], &[TRACEPARENT, TRACESTATE]].concat();
        assert_eq!(named(&dropped), Vec::<String>::new());
    }

    #[test]
    fn the_facts_of_a_task_are_variables() {
        let run = run("Water the plants");
        let deadline = "2026-11-27T15:09:12.540618Z".parse().unwrap();
        let variables = of_task(&run, deadline);
        let value = |name: &str| {
            let found = variables.iter().find(|(it, _)| it == name);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(value("TASKLINE_TASK_ID"), Some(&*run.task_id.to_string()));
        assert_eq!(value("TASKLINE_ATTEMPT"), Some("1"));
        assert_eq!(value("TASKLINE_GENERATION"), Some("0"));
        assert_eq!(value("TASKLINE_SEQUENCE_NUMBER"), Some("7"));
        assert_eq!(value("TASKLINE_SUBMITTED_BY"), Some("local"));
        assert_eq!(value("TASKLINE_TITLE"), Some("Water the plants"));
        assert_eq!(value("TASKLINE_DESCRIPTION"), Some("Two cups each"));
        assert_eq!(value("TASKLINE_PRIORITY"), Some("low"));
        assert_eq!(value("TASKLINE_TYPE"), Some("task"));
        assert_eq!(value("TASKLINE_DUE_DATE"), None);
        assert_eq!(value("TASKLINE_DEADLINE"), Some("2026-11-27T15:09:12.540Z"));
        assert_eq!(value("TRACEPARENT"), Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        assert_eq!(value("TRACESTATE"), Some("a=1"));
    }

    #[test]
    fn a_variable_holds_no_nul_and_no_nested_value() {
        let task = serde_json::json!({"title": "a\0b", "members": {"a": 1}, "due_date": null});
        let variables: Vec<_> =
            task.as_object().unwrap().iter().filter_map(|(name, value)| variable(name, value)).collect();
        assert_eq!(variables, [("TASKLINE_TITLE".to_owned(), "ab".to_owned())]);
    }
}
