//! What an answer means for its task: the status decides.

use hyper::{StatusCode, header::HeaderMap};
use shared::Timestamp;

use crate::HandlerFailure;

use super::retry_after::retry_after;

/// What came back.
#[derive(Debug, Default)]
pub struct Answer {
    pub status: StatusCode,
    /// Empty where they could not be read.
    pub headers: HeaderMap,
    /// Of a refusal, as much as counts.
    pub body: Vec<u8>,
}

impl Answer {
    /// One of which only the status could be read.
    pub fn of(status: StatusCode) -> Self {
        Self { status, ..Self::default() }
    }

    /// The version that the receiver reports of itself.
    pub fn handler_version(&self) -> Option<String> {
        let version = self.headers.get("taskline-handler-version")?;
        Some(String::from_utf8_lossy(version.as_bytes()).into_owned())
    }

    pub fn outcome(&self, now: Timestamp) -> Result<(), HandlerFailure> {
        let status = self.status;
        if status.is_success() {
            return Ok(());
        }
        let code = format!("http_{}", status.as_u16());
        let reason = status.canonical_reason().unwrap_or_default();
        let message = format!("the webhook answered {} {reason}", status.as_u16()).trim_end().to_owned();
        Err(if is_transient(status) {
            HandlerFailure::Transient { code, message, retry_after: retry_after(&self.headers, now) }
        } else {
            HandlerFailure::Permanent { code, message }
        })
    }
}

/// 407 is no answer of the receiver's, but of a proxy whose password is wrong.
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
            let outcome = Answer::of(StatusCode::from_u16(status).unwrap()).outcome(Timestamp::UNIX_EPOCH);
            let outcome = match outcome {
                Ok(()) => "completed".to_owned(),
                Err(HandlerFailure::Transient { code, .. }) => format!("transient {code}"),
                Err(HandlerFailure::Permanent { code, .. }) => format!("permanent {code}"),
            };
            assert_eq!(outcome, expected);
        }
    }

    #[test]
    fn the_message_is_the_status_in_words_and_nothing_else() {
        for (status, words) in
            [(422, "the webhook answered 422 Unprocessable Entity"), (499, "the webhook answered 499")]
        {
            let answer =
                Answer { body: b"secret".to_vec(), ..Answer::of(StatusCode::from_u16(status).unwrap()) };
            let expected =
                HandlerFailure::Permanent { code: format!("http_{status}"), message: words.into() };
            assert_eq!(answer.outcome(Timestamp::UNIX_EPOCH), Err(expected));
        }
    }
}
