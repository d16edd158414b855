//! Connections that are there before the first call needs them.
//!
//! A function's init has a whole processor, its first invocation only the share of its memory. What name, endpoint
//! and TLS cost the first time belongs in the init.

use std::error::Error;

use aws_sdk_dynamodb::config::http::HttpRequest;

/// Makes of a call a question that is none, on the way that calls take: `GET /`, to which DynamoDB says that it is
/// healthy, and any other service something else. It is not signed, needs no permission and changes nothing, and whatever
/// is answered the connection stands.
pub(crate) fn ask_nothing(
    mut request: HttpRequest,
) -> Result<HttpRequest, impl Error + Send + Sync + 'static> {
    for header in ["content-length", "content-type", "x-amz-target"] {
        request.headers_mut().remove(header);
    }
    *request.body_mut() = "".into();
    request.set_method("GET").map(|()| request)
}
