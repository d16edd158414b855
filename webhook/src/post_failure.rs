//! Why a POST failed, and whether another attempt may succeed.

use std::time::Duration;

use crate::no_answer::NoAnswer;

/// The receiver did not accept a message. Codes and messages hold no secret and no payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostFailure {
    /// Another attempt may succeed.
    Transient {
        /// Short and stable (docs/handlers.md lists the codes).
        code: String,
        /// For a person.
        message: String,
        /// The shortest wait that the receiver asks for (`Retry-After`), in whole seconds.
        retry_after: Option<Duration>,
    },
    /// No attempt will succeed.
    Permanent {
        /// Short and stable (docs/handlers.md lists the codes).
        code: String,
        /// For a person.
        message: String,
    },
}

impl From<&NoAnswer> for PostFailure {
    /// Leaves out the cause, which may name hosts and certificates and is only for the operator's log.
    fn from(no_answer: &NoAnswer) -> Self {
        let (code, message) = (no_answer.code().to_owned(), no_answer.to_string());
        match no_answer {
            NoAnswer::InvalidRequest(_) => Self::Permanent { code, message },
            _ => Self::Transient { code, message, retry_after: None },
        }
    }
}
