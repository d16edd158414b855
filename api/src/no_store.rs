//! What the API answers is kept by no cache: it holds what callers submitted, and is another answer a moment later.

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
