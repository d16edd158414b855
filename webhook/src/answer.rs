//! An answer. Its status decides what it means.

use hyper::{StatusCode, header::HeaderMap};
use shared::Timestamp;

use crate::{post_failure::PostFailure, retry_after::retry_after};

/// An answer, as far as it was read.
#[derive(Debug, Default)]
pub struct Answer {
    pub(crate) status: StatusCode,
    /// Empty if they could not be read.
    pub(crate) headers: HeaderMap,
    /// The start of a refusal's body; empty for a success.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// An answer of which only the status could be read.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        Self { status, ..Self::default() }
    }

    /// Success for 2xx, else the failure. `now` is used for `Retry-After` dates if the answer has no `Date`.
    ///
    /// # Errors
    /// [`PostFailure`].
    pub fn result(&self, now: Timestamp) -> Result<(), PostFailure> {
        let status = self.status;
        if status.is_success() {
            return Ok(());
        }
        let code = format!("http_{}", status.as_u16());
        let reason = status.canonical_reason().unwrap_or_default();
        let message = format!("the webhook answered {} {reason}", status.as_u16()).trim_end().to_owned();
        Err(if is_transient(status) {
            PostFailure::Transient { code, message, retry_after: retry_after(&self.headers, now) }
        } else {
            PostFailure::Permanent { code, message }
        })
    }
}

/// 407 comes from a proxy that does not accept the password, not from the receiver.
fn is_transient(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::PROXY_AUTHENTICATION_REQUIRED
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::TOO_EARLY
                | StatusCode::TOO_MANY_REQUESTS
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_decides_the_outcome() {
        let completed = [200, 201, 202, 204, 299].map(|status| (status, "completed".to_owned()));
        let transient =
            [407, 408, 425, 429, 500, 502, 503, 504, 599].map(|it| (it, format!("transient http_{it}")));
        let permanent = [300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 410, 422, 499, 600, 999, 101]
            .map(|status| (status, format!("permanent http_{status}")));
        for (status, expected) in completed.into_iter().chain(transient).chain(permanent) {
            let result =
                Answer::of_status(StatusCode::from_u16(status).unwrap()).result(Timestamp::UNIX_EPOCH);
            let outcome = match result {
                Ok(()) => "completed".to_owned(),
                Err(PostFailure::Transient { code, .. }) => format!("transient {code}"),
                Err(PostFailure::Permanent { code, .. }) => format!("permanent {code}"),
            };
            assert_eq!(outcome, expected);
        }
    }

    #[test]
    fn the_message_holds_only_the_status() {
        for (status, words) in
            [(422, "the webhook answered 422 Unprocessable Entity"), (499, "the webhook answered 499")]
        {
            let answer = Answer {
                body: b"secret".to_vec(),
                ..Answer::of_status(StatusCode::from_u16(status).unwrap())
            };
            let expected = PostFailure::Permanent { code: format!("http_{status}"), message: words.into() };
            assert_eq!(answer.result(Timestamp::UNIX_EPOCH), Err(expected));
        }
    }
}
