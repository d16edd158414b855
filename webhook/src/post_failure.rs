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
    /// The receiver could not be reached, accepts no message of this sender, or can't handle any now: it has done nothing with
    /// this one.
    Unavailable {
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
            // The request was not sent.
            NoAnswer::Name(_)
            | NoAnswer::Refused(_)
            | NoAnswer::Unreachable(_)
            | NoAnswer::ConnectTimedOut
            | NoAnswer::Proxy(_)
            | NoAnswer::Certificate(_)
            | NoAnswer::Tls(_) => Self::Unavailable { code, message, retry_after: None },
            // The receiver may have done the work.
            NoAnswer::Closed(_) | NoAnswer::Unreadable(_) | NoAnswer::TimedOut | NoAnswer::Cancelled => {
                Self::Transient { code, message, retry_after: None }
            }
            NoAnswer::InvalidRequest(_) => Self::Permanent { code, message },
        }
    }
}
