//! The body of an answer, as far as it is read.

use std::{future::Future, time::Duration};

use http_body_util::BodyExt;
use hyper::{body::Incoming, header::CONTENT_TYPE, header::HeaderMap};
use shared::{InvalidJson, Json};
use tokio::time::sleep;

/// How much of a body is read. The explanation of a refusal may follow a long stack trace.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// The start of a body.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub bytes: Vec<u8>,
    /// Whether the body ended after these bytes.
    pub is_complete: bool,
}

/// Why a body can't be read as JSON. The message does not quote the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBody {
    /// It is longer than allowed.
    #[error("the body has more than {bytes_max} bytes")]
    TooLong {
        /// The limit.
        bytes_max: usize,
    },
    /// It did not end in time, or the connection broke before its end.
    #[error("the body did not arrive completely")]
    Incomplete,
    /// It is not JSON in UTF-8.
    #[error("the body is not JSON")]
    NotJson,
}

impl Body {
    /// Reads the body until it ends, is too long, can't be read, `time` has passed or `stop` completes.
    pub async fn read<T>(mut body: Incoming, time: Duration, stop: impl Future<Output = T>) -> Self {
        let mut read = Self::default();
        let reading = async {
            while read.bytes.len() < BODY_BYTES_MAX {
                match body.frame().await {
                    Some(Ok(frame)) => {
                        read.bytes.extend_from_slice(frame.data_ref().map_or(&[], |bytes| bytes.as_ref()));
                    }
                    Some(Err(_)) => return,
                    None => {
                        read.is_complete = true;
                        return;
                    }
                }
            }
        };
        // Whichever ends first, `read` keeps what has arrived.
        tokio::select! {
            biased;
            () = reading => {}
            _ = stop => {}
            () = sleep(time) => {}
        }
        read.bytes.truncate(BODY_BYTES_MAX);
        read
    }

    /// The body as one JSON value of at most `bytes_max` bytes; None if it is empty.
    pub fn json(&self, bytes_max: usize) -> Result<Option<Json>, InvalidBody> {
        let bytes = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes).trim_ascii();
        if bytes.len() > bytes_max {
            return Err(InvalidBody::TooLong { bytes_max });
        }
        if !self.is_complete {
            return Err(InvalidBody::Incomplete);
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let text = str::from_utf8(bytes).map_err(|_| InvalidBody::NotJson)?;
        Json::parse(text, bytes_max).map(Some).map_err(|error| match error {
            InvalidJson::TooLong { bytes_max, .. } => InvalidBody::TooLong { bytes_max },
            InvalidJson::NotJson { .. } => InvalidBody::NotJson,
        })
    }
}

/// Whether the headers say once that the body is JSON: `application/json`, or a type that ends in `+json`.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = only.to_str() else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.contains('/') && essence.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(bytes: &[u8]) -> Result<Option<String>, InvalidBody> {
        let body = Body { bytes: bytes.to_vec(), is_complete: true };
        body.json(16).map(|json| json.map(|json| json.as_str().to_owned()))
    }

    #[test]
    fn a_body_of_one_value_is_kept_without_the_blanks_around_it() {
        assert_eq!(json(b"\xef\xbb\xbf {\"a\": 1.0} \r\n"), Ok(Some(r#"{"a": 1.0}"#.to_owned())));
        assert_eq!(json(b""), Ok(None));
        assert_eq!(json(b" \n"), Ok(None));
    }

    #[test]
    fn a_body_that_is_no_json_or_too_long_or_incomplete_is_refused() {
        for broken in [&b"{"[..], b"1 2", b"\"caf\xe9\"", b"\x1f\x8b\x08"] {
            assert_eq!(json(broken), Err(InvalidBody::NotJson));
        }
        assert_eq!(json(b"[1,2,3,4,5,6,7,8]"), Err(InvalidBody::TooLong { bytes_max: 16 }));
        let incomplete = |bytes: &[u8]| Body { bytes: bytes.to_vec(), is_complete: false }.json(16);
        assert_eq!(incomplete(b"1"), Err(InvalidBody::Incomplete));
        assert_eq!(incomplete(b""), Err(InvalidBody::Incomplete));
        assert_eq!(incomplete(&[b'x'; 17]), Err(InvalidBody::TooLong { bytes_max: 16 }));
    }

    #[test]
    fn the_content_type_says_whether_a_body_is_json() {
        let says = |types: &[&str]| {
            let headers = types.iter().map(|value| (CONTENT_TYPE, value.parse().unwrap())).collect();
            is_json(&headers)
        };
        for json in
            ["application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json", "a/b+json "]
        {
            assert!(says(&[json]), "{json}");
        }
        for other in
            ["text/plain", "application/jsonl", "text/html+json/", "json", "+json", "", "\u{e9}/json"]
        {
            assert!(!says(&[other]), "{other}");
        }
        assert!(!says(&[]) && !says(&["application/json", "application/json"]));
    }
}
