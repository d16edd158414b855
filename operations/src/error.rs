//! Why a change was not made.

use shared::{EncodingError, Violation, in_a_line, lifecycle::Refusal, ports::PortError};

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no such task")]
    NoSuchTask,
    /// The state of the task does not allow the change.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The deployment does not take the new contents: it does not know their type, or its schema refuses their payload.
    #[error("the task is invalid: {}", in_a_line(.0))]
    Invalid(Vec<Violation>),
    /// Another writer changed the record first.
    #[error("it changed meanwhile")]
    Overtaken,
    /// The pipeline did not answer.
    #[error(transparent)]
    Unavailable(#[from] PortError),
    /// The message of the task could not be encoded.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
}
