//! Reads a task that an operator submits or amends, and explains a rejection.

use shared::{Rejection, Submission};

use crate::invalid_arguments::InvalidArguments;

/// Validates and sanitises one task.
pub fn read_task(json: &[u8]) -> Result<Submission, InvalidArguments> {
    // A line break after the last line would make the parser report an error on a line that does not exist.
    Submission::parse(json.trim_ascii_end())
        .map_err(|rejection| InvalidArguments::because(explain(&rejection)))
}

/// Lists everything that is wrong with a task, one line each.
pub fn explain(rejection: &Rejection) -> String {
    match rejection {
        Rejection::Malformed(detail) => format!("the task is malformed: {detail}"),
        Rejection::Invalid(violations) => {
            let lines =
                violations.iter().map(|violation| format!("\n  {} {}", violation.pointer, violation.message));
            format!("the task is invalid:{}", lines.collect::<String>())
        }
    }
}
