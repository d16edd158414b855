//! Why no readable answer came: one code for each cause.

use std::{error::Error, io};

type Cause = Box<dyn Error + Send + Sync>;

/// No status came.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The receiver's host name has no address.
    #[error("the webhook's host name could not be resolved")]
    Name(#[source] Cause),
    /// Nothing listens at the address.
    #[error("the webhook refused the connection")]
    Refused(#[source] Cause),
    /// There is no route to the address.
    #[error("the webhook could not be reached")]
    Unreachable(#[source] Cause),
    /// The TCP connection was not made in time.
    #[error("the webhook could not be connected to in time")]
    ConnectTimedOut,
    /// The proxy did not connect to the receiver.
    #[error("the proxy to the webhook did not connect to it")]
    Proxy(#[source] Cause),
    /// The certificate is not valid for the host in the URL, or its authority is not trusted.
    #[error("the webhook's TLS certificate was not accepted")]
    Certificate(#[source] Cause),
    /// The TLS handshake failed for another reason, or the receiver did not accept it.
    #[error("a TLS connection to the webhook could not be made")]
    Tls(#[source] Cause),
    /// The connection was closed before a status came.
    #[error("the webhook closed the connection before it answered")]
    Closed(#[source] Cause),
    /// The receiver sent something that is not HTTP.
    #[error("the webhook's answer is not HTTP that can be read")]
    Unreadable(#[source] Cause),
    /// No status came in time.
    #[error("the webhook did not answer in time")]
    TimedOut,
    /// The caller cancelled the attempt before a status came.
    #[error("the attempt was cancelled before the webhook answered")]
    Cancelled,
    /// Nothing was sent: the message's id or trace can't be a header.
    #[error("the message can't be written as a request")]
    InvalidRequest(#[source] hyper::http::Error),
}

impl NoAnswer {
    /// The code of the cause (docs/handlers.md lists the codes).
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
            Self::Cancelled => "cancelled",
            Self::InvalidRequest(_) => "unserialisable",
        }
    }

    /// The cause of a TCP connection that could not be made.
    pub(crate) fn connecting(cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        if causes(&*cause).any(|cause| cause.is::<ResolutionError>()) {
            return Self::Name(cause);
        }
        let kind = causes(&*cause).find_map(|cause| Some(cause.downcast_ref::<io::Error>()?.kind()));
        match kind {
            Some(io::ErrorKind::ConnectionRefused) => Self::Refused(cause),
            // The operating system's own timeout.
            Some(io::ErrorKind::TimedOut) => Self::ConnectTimedOut,
            _ => Self::Unreachable(cause),
        }
    }

    /// The cause of a TLS handshake that failed: nothing was sent.
    pub(crate) fn in_handshake(cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        match tls_error(&*cause) {
            Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
                Self::Certificate(cause)
            }
            _ => Self::Tls(cause),
        }
    }

    /// The cause of a failure on an open connection. In TLS 1.3 the receiver's verdict on the handshake, such as a missing
    /// client certificate, arrives after the request was sent, and the receiver does not read the request.
    pub(crate) fn on_connection(cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        match tls_error(&*cause) {
            Some(rustls::Error::AlertReceived(_)) => Self::Tls(cause),
            _ => Self::Closed(cause),
        }
    }
}

/// The resolver returned no address.
#[derive(Debug, thiserror::Error)]
#[error("failed to look the host name up")]
pub(crate) struct ResolutionError(#[source] pub io::Error);

/// An error and its sources. The error that an `io::Error` wraps counts too, although `source` skips it.
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
