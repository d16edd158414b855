//! The port to a function of the user's, which handles tasks in another program.

use std::{error::Error, pin::Pin, time::Duration};

/// Invokes a function and waits for its end.
pub trait HandlerFunction: Send + Sync {
    /// Invokes the function once with a JSON document, and waits for as long as it runs: to stop waiting, drop the
    /// future. The function then runs on. An implementation MUST NOT repeat an invocation that may have begun.
    fn invoke(
        &self,
        input: Vec<u8>,
    ) -> Pin<Box<dyn Future<Output = Result<Invoked, InvokeError>> + Send + '_>>;
}

/// An invocation that took place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoked {
    /// Whether the function failed: its output then describes the error.
    pub has_failed: bool,
    /// What it returned.
    pub output: Vec<u8>,
    /// The version that ran.
    pub version: Option<String>,
}

/// An invocation that did not take place, or whose end is unknown.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The service answered with an error and did not run the function.
    #[error("the service refused the invocation with {status} {code}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The name of the error, such as `TooManyRequestsException`; empty if the answer has none.
        code: String,
        /// The service's explanation.
        message: String,
        /// The wait that the service asks for.
        retry_after: Option<Duration>,
    },
    /// The request was not sent.
    #[error("the invocation was not sent")]
    NotSent(#[source] Box<dyn Error + Send + Sync>),
    /// The request was sent and no answer came: the function may have run.
    #[error("the connection broke before the answer")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
}
