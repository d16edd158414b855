//! The error of encoding a type of Taskline as JSON.

/// A type of Taskline could not be encoded as JSON. This is a defect of Taskline, not a failure of a queue, a store or a
/// caller, and repeating the call does not help.
#[derive(Debug, thiserror::Error)]
#[error("failed to encode {what} as JSON")]
pub struct EncodingError {
    what: &'static str,
    source: serde_json::Error,
}

impl EncodingError {
    /// The failure to encode `what`, such as "a message".
    pub fn new(what: &'static str, source: serde_json::Error) -> Self {
        Self { what, source }
    }
}
