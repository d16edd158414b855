//! Forbids caches to store the API's responses: they contain what callers submitted, and change at any time.

use axum::{
    http::{HeaderValue, header},
    response::Response,
};

pub(crate) async fn no_store(mut response: Response) -> Response {
    forbid_storing(&mut response);
    response
}

pub(crate) fn forbid_storing(response: &mut Response) {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
