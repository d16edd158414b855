//! A rule that a request breaks, described so that its sender can fix it.

use serde::Serialize;

/// A body can have thousands of unknown fields; the sender gets at most this many violations.
pub const VIOLATIONS_REPORTED_MAX: usize = 50;

/// A broken rule and its position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Violation {
    /// JSON pointer (RFC 6901) to the offending value; empty for the document itself.
    pub pointer: String,
    /// What is wrong, for the sender.
    pub message: String,
}

/// The violations in one line, for an error message.
pub fn in_a_line(violations: &[Violation]) -> String {
    let words = violations.iter().map(|Violation { pointer, message }| format!("{pointer} {message}"));
    words.collect::<Vec<_>>().join("; ")
}

impl Violation {
    /// A violation at `pointer`.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}
