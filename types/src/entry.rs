//! One `[[type]]` of the file.

use std::path::{Component, Path, PathBuf};

use shared::{
    TaskType, TypeTerms,
    limits::{ATTEMPT_BUDGET_MAX, FUNCTION_HANDLER_SECONDS_MAX, HANDLER_SECONDS_MAX},
};
use toml::{Table, Value};

use crate::{handler::TypeHandler, invalid::InvalidTypes};

const HANDLERS: [&str; 5] = ["command", "server", "webhook", "function", "record"];
const KEYS: [&str; 9] = [
    "name",
    "command",
    "server",
    "webhook",
    "function",
    "record",
    "timeout_seconds",
    "attempt_budget",
    "schema",
];

/// Where the handlers run, which decides what they can be and how long they may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// `taskline local`.
    Machine,
    /// A Lambda function.
    Function,
}

/// One type, as the file describes it.
pub(crate) struct Entry {
    pub task_type: TaskType,
    pub terms: TypeTerms,
    /// Absent: the deployment's.
    pub handler: Option<TypeHandler>,
    /// Relative to the file.
    pub schema: Option<PathBuf>,
}

impl Entry {
    /// Reads the table with this number, from 1.
    pub fn read(number: usize, value: &Value, host: Host) -> Result<Self, InvalidTypes> {
        let nameless = |error: InvalidTypes| error.of(format!("[[type]] number {number}"));
        let table = value.as_table().ok_or_else(|| nameless(InvalidTypes::in_file("must be a table")))?;
        let task_type = name(table).map_err(nameless)?;
        let read = || {
            known_keys(table)?;
            Ok((terms(table, host)?, handler(table, host)?, schema(table)?))
        };
        let (terms, handler, schema) =
            read().map_err(|error: InvalidTypes| error.of(format!("type {task_type}")))?;
        Ok(Self { task_type, terms, handler, schema })
    }
}

fn name(table: &Table) -> Result<TaskType, InvalidTypes> {
    let name = text(table, "name")?.ok_or_else(|| InvalidTypes::in_key("name", "is required"))?;
    name.parse().map_err(|error| InvalidTypes::in_key("name", error))
}

fn known_keys(table: &Table) -> Result<(), InvalidTypes> {
    match table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            Err(InvalidTypes::in_key(key, format!("is not a key of a type, which are {}", KEYS.join(", "))))
        }
    }
}

fn terms(table: &Table, host: Host) -> Result<TypeTerms, InvalidTypes> {
    let timeout_seconds_max = match host {
        Host::Machine => HANDLER_SECONDS_MAX,
        Host::Function => FUNCTION_HANDLER_SECONDS_MAX,
    };
    Ok(TypeTerms {
        timeout_seconds: whole_number(table, "timeout_seconds", timeout_seconds_max)?,
        attempt_budget: whole_number(table, "attempt_budget", ATTEMPT_BUDGET_MAX)?,
    })
}

fn handler(table: &Table, host: Host) -> Result<Option<TypeHandler>, InvalidTypes> {
    let mut named = HANDLERS.into_iter().filter(|key| table.contains_key(*key));
    let Some(key) = named.next() else { return Ok(None) };
    if let Some(other) = named.next() {
        return Err(InvalidTypes::in_key(key, format!("and {other} both name the handler: use one of them")));
    }
    if host == Host::Function && matches!(key, "command" | "server") {
        let problem =
            "needs `taskline local`, which starts programs on its machine: use webhook, function or record";
        return Err(InvalidTypes::in_key(key, problem));
    }
    if key == "record" {
        return match table[key] {
            Value::Boolean(true) => Ok(Some(TypeHandler::Record)),
            _ => Err(InvalidTypes::in_key(key, "must be true, or absent")),
        };
    }
    let value = text(table, key)?.unwrap_or_default().to_owned();
    Ok(Some(match key {
        "command" => TypeHandler::Command(value),
        "server" => TypeHandler::Server(value),
        "webhook" => TypeHandler::Webhook(value),
        _ => {
            let name = value.parse().map_err(|problem| InvalidTypes::in_key(key, problem))?;
            TypeHandler::Function(name)
        }
    }))
}

/// On AWS, only the folder of the file is deployed.
fn schema(table: &Table) -> Result<Option<PathBuf>, InvalidTypes> {
    let Some(text) = text(table, "schema")? else { return Ok(None) };
    let path = Path::new(text);
    match path.components().all(|component| matches!(component, Component::Normal(_) | Component::CurDir)) {
        true => Ok(Some(path.to_owned())),
        false => {
            let problem =
                "must be a file in the folder of this file or below, by a path that is relative to it";
            Err(InvalidTypes::in_key("schema", problem))
        }
    }
}

fn text<'a>(table: &'a Table, key: &str) -> Result<Option<&'a str>, InvalidTypes> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => {
            Err(InvalidTypes::in_key(key, "is empty: give it a value, or remove it"))
        }
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(InvalidTypes::in_key(key, format!("must be a string, is {}", kind(other)))),
    }
}

fn whole_number(table: &Table, key: &str, max: u32) -> Result<Option<u32>, InvalidTypes> {
    let Some(value) = table.get(key) else { return Ok(None) };
    let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
    match number.filter(|number| (1..=max).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(InvalidTypes::in_key(key, format!("must be a whole number from 1 to {max}"))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}
