//! Why a call of a port did not do what was asked.

use std::error::Error;

use crate::EncodingError;

/// A call of a queue or store failed. Whether a requested change was made is unknown, because a response can be lost after
/// the change. All callers can repeat the call safely.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The service throttles requests.
    #[error("{what} is throttled")]
    Throttled {
        /// The queue or store.
        what: &'static str,
    },
    /// The service can't be reached, failed, or returned an unreadable response.
    #[error("failed to use {what}")]
    Unavailable {
        /// The queue or store.
        what: &'static str,
        /// The cause, for the log only.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The caller's cursor is not one that this store returned.
    #[error("the cursor is not one that this store returned")]
    InvalidCursor,
    /// The change could not be encoded, and no call was made.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
}

impl PortError {
    /// A failure of `what`.
    pub fn unavailable(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { what, source: source.into() }
    }
}
