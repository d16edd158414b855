//! Reads Lambda's answer to an invocation: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.

use std::time::Duration;

use aws_smithy_runtime_api::http::Headers;
use serde_json::Value;
use shared::ports::{InvokeError, Invoked};

const INVOKED: u16 = 200;

pub(crate) fn read(status: u16, headers: &Headers, body: Vec<u8>) -> Result<Invoked, InvokeError> {
    if status == INVOKED {
        return Ok(Invoked {
            has_failed: headers.contains_key("x-amz-function-error"),
            output: body,
            version: headers.get("x-amz-executed-version").map(str::to_owned),
        });
    }
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let text = |names: [&str; 2]| names.iter().find_map(|name| body.get(name)?.as_str()).unwrap_or_default();
    let code = headers.get("x-amzn-errortype").unwrap_or_else(|| text(["__type", "code"]));
    Err(InvokeError::Refused {
        status,
        code: error_name(code).to_owned(),
        message: text(["Message", "message"]).to_owned(),
        retry_after: headers.get("retry-after").and_then(seconds),
    })
}

/// The name without a namespace before it and a URL after it, such as
/// `com.amazonaws#ThrottlingException:http://internal.amazon.com/`.
fn error_name(code: &str) -> &str {
    let name = code.split(':').next().unwrap_or_default();
    name.rsplit('#').next().unwrap_or_default()
}

fn seconds(header: &str) -> Option<Duration> {
    header.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(
        status: u16,
        headers: &[(&'static str, &'static str)],
        body: &str,
    ) -> Result<Invoked, InvokeError> {
        let mut all = Headers::new();
        for (name, value) in headers {
            all.insert(*name, *value);
        }
        read(status, &all, body.as_bytes().to_vec())
    }

    #[test]
    fn a_function_that_returned_and_one_that_failed_differ_by_a_header() {
        let version = ("x-amz-executed-version", "17");
        let returned = answer(200, &[version], "7").unwrap();
        let expected = Invoked { has_failed: false, output: b"7".to_vec(), version: Some("17".to_owned()) };
        assert_eq!(returned, expected);
        let failed = answer(200, &[version, ("x-amz-function-error", "Unhandled")], "7").unwrap();
        assert_eq!(failed, Invoked { has_failed: true, ..expected });
    }

    #[test]
    fn an_error_of_the_service_is_read_from_headers_and_body() {
        for (headers, body, code) in [
            (
                vec![("x-amzn-errortype", "TooManyRequestsException"), ("retry-after", "7")],
                "{}",
                "TooManyRequestsException",
            ),
            (vec![("retry-after", "7")], r#"{"__type":"com.amazonaws#Busy:http://x/"}"#, "Busy"),
            (vec![("x-amzn-errortype", "Busy:http://x/"), ("retry-after", " 7")], "<html>", "Busy"),
            (vec![("retry-after", "7")], "", ""),
        ] {
            let InvokeError::Refused { status, code: read, retry_after, .. } =
                answer(429, &headers, body).unwrap_err()
            else {
                panic!("not refused");
            };
            assert_eq!((status, read.as_str(), retry_after), (429, code, Some(Duration::from_secs(7))));
        }
        for body in [r#"{"Message":"no such function"}"#, r#"{"Type":"User","message":"no such function"}"#] {
            let refused = answer(404, &[], body).unwrap_err();
            assert!(
                matches!(&refused, InvokeError::Refused { message, .. } if message == "no such function")
            );
        }
    }
}
