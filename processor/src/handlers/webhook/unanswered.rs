//! Why no answer came that could be read, as a failure of the task: a code for each cause.

use std::{error::Error, io};

use crate::HandlerFailure;

type Cause = Box<dyn Error + Send + Sync>;

/// No status came back.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The receiver's name has no address.
    #[error("the webhook's host name could not be resolved")]
    Name(#[source] Cause),
    /// Nobody listens there.
    #[error("the webhook refused the connection")]
    Refused(#[source] Cause),
    /// There is no way there.
    #[error("the webhook could not be reached")]
    Unreachable(#[source] Cause),
    /// Nothing came back when the connection was to be made.
    #[error("the webhook could not be connected to in time")]
    ConnectTimedOut,
    /// The proxy did not connect to the receiver.
    #[error("the proxy to the webhook did not connect to it")]
    Proxy(#[source] Cause),
    /// The receiver did not prove to be who the URL names.
    #[error("the webhook's TLS certificate was not accepted")]
    Certificate(#[source] Cause),
    /// The connection could not be secured for another reason.
    #[error("a TLS connection to the webhook could not be made")]
    Tls(#[source] Cause),
    /// The connection ended before a status came.
    #[error("the webhook closed the connection before it answered")]
    Closed(#[source] Cause),
    /// Something came that is no HTTP.
    #[error("the webhook's answer is not HTTP that can be read")]
    Unreadable(#[source] Cause),
    /// No status came in time.
    #[error("the webhook did not answer in time")]
    TimedOut,
}

impl Unanswered {
    /// The name of the cause (`docs/settings.md` lists them).
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "dns_failed",
            Self::Refused(_) => "connection_refused",
            Self::Unreachable(_) => "unreachable",
            Self::ConnectTimedOut => "connect_timed_out",
            Self::Proxy(_) => "proxy_failed",
            Self::Certificate(_) => "certificate_invalid",
            Self::Tls(_) => "tls_failed",
            Self::Closed(_) => "connection_closed",
            Self::Unreadable(_) => "unreadable_answer",
            Self::TimedOut => "timed_out",
        }
    }

    /// Why a connection was not made, when nothing is known of TLS or a proxy yet.
    pub fn to_connect(cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        if causes(&*cause).any(|cause| cause.is::<NoAddress>()) {
            return Self::Name(cause);
        }
        let kind = causes(&*cause).find_map(|cause| Some(cause.downcast_ref::<io::Error>()?.kind()));
        match kind {
            Some(io::ErrorKind::ConnectionRefused) => Self::Refused(cause),
            // The system gave it up by itself.
            Some(io::ErrorKind::TimedOut) => Self::ConnectTimedOut,
            _ => Self::Unreachable(cause),
        }
    }

    /// Why a connection that was made could not be secured or used.
    pub fn on_connection(cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        match tls_error(&*cause) {
            Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
                Self::Certificate(cause)
            }
            Some(_) => Self::Tls(cause),
            None => Self::Closed(cause),
        }
    }
}

impl From<&Unanswered> for HandlerFailure {
    /// The cause may name hosts and certificates: it is for the operator's log, not for the submitter.
    fn from(unanswered: &Unanswered) -> Self {
        Self::Transient {
            code: unanswered.code().to_owned(),
            message: unanswered.to_string(),
            retry_after: None,
        }
    }
}

/// A name was asked for, and no address given.
#[derive(Debug, thiserror::Error)]
#[error("failed to look the host name up")]
pub struct NoAddress(#[source] pub io::Error);

/// An error and what it came from. What an `io::Error` wraps is no source of it, and stands here too.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| error.source())
    })
}

fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}
