//! Why a change was not made.

use shared::{EncodingError, lifecycle::Refusal, ports::PortError};

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no such task")]
    NoSuchTask,
    /// The state of the task does not allow the change.
    #[error(transparent)]
    Refused(#[from] Refusal),
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
