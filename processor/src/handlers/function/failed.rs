//! What a function's error means.

use serde::Deserialize;
use serde_json::Value;

use super::error_types::ErrorTypes;
use crate::handler::HandlerFailure;

/// The runtime or Lambda itself ended the process: it exited, was killed, or ran out of memory.
const CRASHES: [&str; 5] =
    ["Extension.Crash", "Extension.ExitError", "Runtime.ExitError", "Runtime.OutOfMemory", "Runtime.Unknown"];
/// The function's code can't be loaded, whatever the task is.
/// <https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html>
const UNLOADABLE: [&str; 5] = [
    "Runtime.HandlerNotFound",
    "Runtime.ImportModuleError",
    "Runtime.InvalidEntrypoint",
    "Runtime.MalformedHandlerName",
    "Runtime.UserCodeSyntaxError",
];
const TIMEOUT: &str = "Sandbox.Timedout";
/// How Lambda describes a timeout, also where it names no type.
const TIMEOUT_TEXT: &str = "Task timed out after ";

/// An error as the runtimes and Lambda write it. Custom runtimes may write anything else.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FunctionError {
    error_type: Value,
    error_message: Value,
}

/// The failure, and the function's explanation.
pub(super) fn failed(output: &[u8], permanent: &ErrorTypes) -> (HandlerFailure, Option<String>) {
    let error: FunctionError = serde_json::from_slice(output).unwrap_or_default();
    let error_type = error.error_type.as_str().map(str::trim).unwrap_or_default();
    let explanation = match &error.error_message {
        Value::String(text) => text.clone(),
        Value::Null => String::from_utf8_lossy(output).into_owned(),
        other => other.to_string(),
    };
    (failure(error_type, &explanation, permanent), Some(explanation))
}

/// The list of the user comes first. The messages are for the submitter: the explanation may reveal internals.
fn failure(error_type: &str, explanation: &str, permanent: &ErrorTypes) -> HandlerFailure {
    let code = if error_type.is_empty() { "function_failed" } else { error_type }.to_owned();
    if permanent.contains(error_type) {
        return HandlerFailure::Permanent { code, message: "the function refused the task".to_owned() };
    }
    if error_type == TIMEOUT || error_type.is_empty() && explanation.contains(TIMEOUT_TEXT) {
        let message = "Lambda ended the function at the function's own timeout".to_owned();
        return HandlerFailure::Overran { code: "function_timed_out".to_owned(), message };
    }
    if CRASHES.contains(&error_type) {
        let message = "the function's process ended before the task was handled".to_owned();
        return HandlerFailure::Crashed { code, message };
    }
    if UNLOADABLE.contains(&error_type) {
        let message = "the function's code can't be loaded".to_owned();
        return HandlerFailure::Unavailable { code, message, retry_after: None };
    }
    HandlerFailure::Transient { code, message: "the function failed".to_owned(), retry_after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The class and the code.
    fn of(output: &str, permanent: &str) -> (&'static str, String) {
        let permanent = permanent.parse().unwrap_or_default();
        match failed(output.as_bytes(), &permanent).0 {
            HandlerFailure::Transient { code, .. } => ("transient", code),
            HandlerFailure::Unavailable { code, .. } => ("unavailable", code),
            HandlerFailure::Permanent { code, .. } => ("permanent", code),
            HandlerFailure::Overran { code, .. } => ("overran", code),
            HandlerFailure::Crashed { code, .. } => ("crashed", code),
        }
    }

    const RAISED: &str = r#"{"errorMessage": "no such account", "errorType": "ValueError", "requestId": "b1", "stackTrace": ["  File"]}"#;

    #[test]
    fn an_exception_is_tried_again_unless_its_type_is_permanent() {
        assert_eq!(of(RAISED, ""), ("transient", "ValueError".to_owned()));
        assert_eq!(of(RAISED, "KeyError,ValueError"), ("permanent", "ValueError".to_owned()));
        assert_eq!(of(RAISED, "Value"), ("transient", "ValueError".to_owned()));
        let spaced = RAISED.replace("\"ValueError\"", "\" ValueError\\n\"");
        assert_eq!(of(&spaced, "ValueError"), ("permanent", "ValueError".to_owned()));
    }

    #[test]
    fn the_explanation_is_the_message_of_the_error() {
        for (output, explanation) in [
            (RAISED, "no such account"),
            (r#"{"errorMessage":{"code":7},"errorType":"E"}"#, r#"{"code":7}"#),
            (r#"{"errorType":"E"}"#, r#"{"errorType":"E"}"#),
            ("segfault", "segfault"),
        ] {
            let (_, explained) = failed(output.as_bytes(), &ErrorTypes::default());
            assert_eq!(explained.as_deref(), Some(explanation), "{output}");
        }
    }

    #[test]
    fn a_timeout_of_the_function_is_an_overrun_in_every_form_of_lambda() {
        for output in [
            r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: b1 Error: Task timed out after 3.00 seconds"}"#,
            r#"{"errorMessage":"2026-11-27T15:09:12.540Z b1 Task timed out after 3.00 seconds"}"#,
        ] {
            assert_eq!(of(output, ""), ("overran", "function_timed_out".to_owned()), "{output}");
        }
        let raised = r#"{"errorType":"TimeoutError","errorMessage":"Task timed out after 3 s"}"#;
        assert_eq!(of(raised, ""), ("transient", "TimeoutError".to_owned()));
    }

    #[test]
    fn a_process_that_ended_is_a_crash() {
        for (error_type, message) in [
            ("Runtime.ExitError", "RequestId: b1 Error: Runtime exited with error: signal: killed"),
            ("Runtime.ExitError", "RequestId: b1 Error: Runtime exited with error: exit status 1"),
            ("Runtime.OutOfMemory", "RequestId: b1 Error: Runtime exited with error: signal: killed"),
            ("Extension.Crash", "RequestId: b1 Error: exit status 1"),
        ] {
            let output = format!(r#"{{"errorType":"{error_type}","errorMessage":"{message}"}}"#);
            assert_eq!(of(&output, ""), ("crashed", error_type.to_owned()));
            assert_eq!(
                of(&output, error_type),
                ("permanent", error_type.to_owned()),
                "the user's list comes first"
            );
        }
    }

    #[test]
    fn code_that_cant_be_loaded_says_nothing_about_the_task() {
        let output = r#"{"errorType":"Runtime.ImportModuleError","errorMessage":"Unable to import module 'app'","stackTrace":[]}"#;
        assert_eq!(of(output, ""), ("unavailable", "Runtime.ImportModuleError".to_owned()));
    }

    #[test]
    fn an_error_in_another_form_is_tried_again() {
        for output in ["", "segfault", "[]", "7", r#"{"errorType":7}"#, r#"{"errorType":""}"#] {
            assert_eq!(of(output, ""), ("transient", "function_failed".to_owned()), "{output}");
        }
    }
}
