//! An answer. Its status decides what it means.

use hyper::{StatusCode, header::HeaderMap};
use shared::{Json, Timestamp};

use crate::{
    body::{Body, InvalidBody, is_json},
    post_failure::PostFailure,
    retry_after::retry_after,
};

/// An answer, as far as it was read.
#[derive(Debug, Default)]
pub struct Answer {
    pub(crate) status: StatusCode,
    /// Empty if they could not be read.
    pub(crate) headers: HeaderMap,
    /// The body of a refusal or of a success with JSON; empty for any other success.
    pub(crate) body: Body,
}

impl Answer {
    /// An answer of which only the status could be read.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        Self { status, ..Self::default() }
    }

    /// Whether the answer announces JSON. HTTP forbids a body for 204.
    pub(crate) fn has_json(&self) -> bool {
        self.status != StatusCode::NO_CONTENT && is_json(&self.headers)
    }

    /// The JSON that came with a success, at most `bytes_max` bytes; None if none came.
    ///
    /// # Errors
    /// [`InvalidBody`] if the answer announced JSON and something else came.
    pub fn json(&self, bytes_max: usize) -> Result<Option<Json>, InvalidBody> {
        if self.status.is_success() && self.has_json() { self.body.json(bytes_max) } else { Ok(None) }
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
        let retry_after = || retry_after(&self.headers, now);
        Err(match status.as_u16() {
            status if is_unavailable(status) => {
                PostFailure::Unavailable { code, message, retry_after: retry_after() }
            }
            status if is_transient(status) => {
                PostFailure::Transient { code, message, retry_after: retry_after() }
            }
            _ => PostFailure::Permanent { code, message },
        })
    }
}

/// Whether the status says that the receiver, or what is in front of it, handles no message now.
fn is_unavailable(status: u16) -> bool {
    match status {
        // The receiver accepts no message of this sender: another secret, another list of addresses.
        401 | 403 => true,
        // The proxy does not accept the password.
        407 => true,
        429 | 502 | 503 | 504 => true,
        // Cloudflare could not connect to the receiver: refused, timed out, unreachable, TLS, certificate, DNS
        // (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/).
        521 | 522 | 523 | 525 | 526 | 530 => true,
        _ => false,
    }
}

/// Whether another attempt may succeed. A receiver that is not deployed yet, or an ingress without it, answers 404, 405 or 410,
/// and so does a receiver that does not find what a message is about: these spend attempts, so neither is waited for forever.
fn is_transient(status: u16) -> bool {
    matches!(status, 404 | 405 | 408 | 410 | 425 | 500..=599)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hyper::header::{CONTENT_TYPE, RETRY_AFTER};

    use super::*;

    #[test]
    fn the_status_decides_the_outcome() {
        let completed = [200, 201, 202, 204, 299].map(|status| (status, "completed".to_owned()));
        let transient = [404, 405, 408, 410, 425, 500, 501, 505, 520, 524, 599]
            .map(|status| (status, format!("transient http_{status}")));
        let unavailable = [401, 403, 407, 429, 502, 503, 504, 521, 522, 523, 525, 526, 530]
            .map(|status| (status, format!("unavailable http_{status}")));
        let permanent =
            [300, 301, 302, 304, 307, 308, 400, 402, 406, 409, 411, 413, 415, 422, 424, 499, 600, 999, 101]
                .map(|status| (status, format!("permanent http_{status}")));
        for (status, expected) in completed.into_iter().chain(transient).chain(unavailable).chain(permanent) {
            let result =
                Answer::of_status(StatusCode::from_u16(status).unwrap()).result(Timestamp::UNIX_EPOCH);
            let outcome = match result {
                Ok(()) => "completed".to_owned(),
                Err(PostFailure::Transient { code, .. }) => format!("transient {code}"),
                Err(PostFailure::Unavailable { code, .. }) => format!("unavailable {code}"),
                Err(PostFailure::Permanent { code, .. }) => format!("permanent {code}"),
            };
            assert_eq!(outcome, expected);
        }
    }

    #[test]
    fn only_a_success_with_content_has_a_result() {
        for (status, expected) in [(200, Some("7")), (201, Some("7")), (204, None), (422, None), (503, None)]
        {
            let mut answer = Answer::of_status(StatusCode::from_u16(status).unwrap());
            answer.headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
            answer.body = Body { bytes: b"7".to_vec(), is_complete: true };
            assert_eq!(answer.json(10).unwrap().as_ref().map(Json::as_str), expected, "{status}");
        }
    }

    #[test]
    fn a_wait_is_heeded_unless_no_attempt_will_succeed() {
        for status in [403, 404, 408, 429, 500, 503] {
            let mut answer = Answer::of_status(StatusCode::from_u16(status).unwrap());
            answer.headers.insert(RETRY_AFTER, "30".parse().unwrap());
            let (Err(PostFailure::Transient { retry_after, .. })
            | Err(PostFailure::Unavailable { retry_after, .. })) = answer.result(Timestamp::UNIX_EPOCH)
            else {
                unreachable!("{status} is retried")
            };
            assert_eq!(retry_after, Some(Duration::from_secs(30)), "{status}");
        }
    }

    #[test]
    fn the_message_holds_only_the_status() {
        for (status, words) in
            [(422, "the webhook answered 422 Unprocessable Entity"), (499, "the webhook answered 499")]
        {
            let answer = Answer {
                body: Body { bytes: b"secret".to_vec(), is_complete: true },
                ..Answer::of_status(StatusCode::from_u16(status).unwrap())
            };
            let expected = PostFailure::Permanent { code: format!("http_{status}"), message: words.into() };
            assert_eq!(answer.result(Timestamp::UNIX_EPOCH), Err(expected));
        }
    }
}
