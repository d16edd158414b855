//! A value of our own could not be written as JSON.

/// Writing one of our own types as JSON failed. It is a defect of Taskline: no queue, store or caller caused it, and doing
/// the same again does not help.
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
