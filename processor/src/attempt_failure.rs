//! The failure of an attempt, before it is bound to the record.

use std::time::Duration;

use shared::FailureClass;

use crate::handler::HandlerFailure;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttemptFailure {
    pub class: FailureClass,
    pub code: String,
    pub message: String,
    pub retry_after: Option<Duration>,
}

impl AttemptFailure {
    pub fn new(class: FailureClass, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { class, code: code.into(), message: message.into(), retry_after: None }
    }
}

impl From<HandlerFailure> for AttemptFailure {
    fn from(failure: HandlerFailure) -> Self {
        match failure {
            HandlerFailure::Transient { code, message, retry_after } => {
                Self { retry_after, ..Self::new(FailureClass::Transient, code, message) }
            }
            HandlerFailure::Overran { code, message } => Self::new(FailureClass::Overran, code, message),
            HandlerFailure::Unavailable { code, message, retry_after } => {
                Self { retry_after, ..Self::new(FailureClass::Unavailable, code, message) }
            }
            HandlerFailure::Crashed { code, message } => Self::new(FailureClass::Crashed, code, message),
            HandlerFailure::Permanent { code, message } => Self::new(FailureClass::Permanent, code, message),
        }
    }
}
