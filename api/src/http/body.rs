//! A request's body: JSON in UTF-8, complete and within the limit.

use std::{error::Error, iter::successors};

use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use shared::limits::BODY_BYTES_MAX;
use tower_http::timeout::TimeoutError;

use crate::{media_type::is_json_in_utf8, problem::Problem};

/// Requires exactly one `Content-Type`: with several, two readers could choose different ones.
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let mut content_types = headers.get_all(header::CONTENT_TYPE).iter();
    let is_json = match (content_types.next(), content_types.next()) {
        (Some(only), None) => is_json_in_utf8(only.as_bytes()),
        (None, _) | (Some(_), Some(_)) => false,
    };
    if is_json && !headers.contains_key(header::CONTENT_ENCODING) {
        Ok(())
    } else {
        Err(Problem::wrong_content_type())
    }
}

pub(super) async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::too_large(BODY_BYTES_MAX)),
        Err(error) if is_timeout(&*error) => Err(Problem::too_slow()),
        Err(_) => Err(Problem::malformed("the body ended too early")),
    }
}

/// The server on one machine sets a deadline for bodies; axum wraps the body's error in its own.
fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    successors(Some(error), |error| (*error).source()).any(|error| error.is::<TimeoutError>())
}
