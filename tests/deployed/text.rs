//! Text in JSON answers.

use serde_json::Value;

/// The text of this member.
pub fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer:#}"))
}
