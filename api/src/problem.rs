//! Every error as RFC 9457 `application/problem+json`. The text for the caller and the text for the log are separate.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::{Rejection, Status, Violation, ports::PortError};
use tracing::error;
use utoipa::ToSchema;

use crate::{accept::AcceptError, cancel::CancelError, no_store::forbid_storing};

/// The `Retry-After` of a 429 or 503.
const RETRY_AFTER_SECONDS: u16 = 5;

/// An error as the caller gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// The kind of problem: a URN that never changes.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The kind of problem in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The rules that the request's body breaks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Violation>,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Self {
        Self { kind, title, status: status.as_u16(), detail: None, violations: Vec::new() }
    }

    fn with_detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// 400: the body is not a JSON object, or a header is invalid.
    pub fn malformed(detail: impl Into<String>) -> Self {
        let title = "the request is malformed";
        Self::new(StatusCode::BAD_REQUEST, "urn:taskline:problem:malformed", title).with_detail(detail)
    }

    /// 400: the body breaks rules.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        let title = "the task is invalid";
        Self { violations, ..Self::new(StatusCode::BAD_REQUEST, "urn:taskline:problem:invalid", title) }
    }

    /// 401: the request has no trusted token.
    pub fn unidentified(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "urn:taskline:problem:unidentified", "the caller is not known")
            .with_detail(detail)
    }

    /// 403: the caller lacks the permission.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "urn:taskline:problem:forbidden", "the caller may not do this")
            .with_detail(detail)
    }

    /// 404: no task of this caller has the id.
    pub fn no_such_task() -> Self {
        Self::new(StatusCode::NOT_FOUND, "urn:taskline:problem:no-such-task", "there is no such task")
    }

    /// 404: there is no such path.
    pub fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "urn:taskline:problem:no-such-path", "there is nothing here")
    }

    /// 405: the path does not have this method.
    pub fn wrong_method() -> Self {
        let title = "the method is not allowed here";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "urn:taskline:problem:wrong-method", title)
    }

    /// 408: the body did not arrive in time.
    pub fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "urn:taskline:problem:too-slow",
            "the body did not come in time",
        )
    }

    /// 409: the task was completed, or given up.
    pub fn has_begun(status: Status) -> Self {
        let title = "the task can't be cancelled any more";
        Self::new(StatusCode::CONFLICT, "urn:taskline:problem:has-begun", title).with_detail(format!(
            "it is {status}; only a task that is accepted, processing or retrying can be cancelled"
        ))
    }

    /// 413: the body exceeds the limit.
    pub fn too_large(bytes_max: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "urn:taskline:problem:too-large", "the body is too large")
            .with_detail(format!("at most {bytes_max} bytes are taken"))
    }

    /// 415: the body is not declared as plain JSON.
    pub fn wrong_content_type() -> Self {
        let title = "the content type is not supported";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "urn:taskline:problem:wrong-content-type", title)
            .with_detail("send one Content-Type, application/json in UTF-8, and no Content-Encoding")
    }

    /// 422: the idempotency key belongs to another payload.
    pub fn key_reused() -> Self {
        let title = "the Idempotency-Key was used for another payload";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "urn:taskline:problem:key-reused", title)
    }

    /// 429: many requests of the caller wait already.
    pub fn too_many_waits() -> Self {
        let title = "too many of your requests wait";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "urn:taskline:problem:too-many-waits", title)
            .with_detail("try again when one of them is answered, or leave out wait")
    }

    /// 500: a defect of Taskline.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "urn:taskline:problem:internal", "something went wrong")
    }

    /// 503: temporarily unavailable.
    pub fn unavailable() -> Self {
        let title = "not available for now";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "urn:taskline:problem:unavailable", title)
            .with_detail("try again; a task sent again under the same Idempotency-Key is accepted once")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = HeaderValue::from_static("application/problem+json");
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, content_type)], body).into_response();
        forbid_storing(&mut response);
        if [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&status) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
        response
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Malformed(detail) => Self::malformed(detail),
            Rejection::Invalid(violations) => Self::invalid(violations),
        }
    }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        error!(error = &error as &dyn std::error::Error, "answered 503");
        Self::unavailable()
    }
}

impl From<AcceptError> for Problem {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::KeyReused => Self::key_reused(),
            AcceptError::Refused(violations) => Self::invalid(violations),
            AcceptError::Unavailable(error) => error.into(),
            AcceptError::Encoding(error) => {
                error!(error = &error as &dyn std::error::Error, "answered 500");
                Self::internal()
            }
        }
    }
}

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::NoSuchTask => Self::no_such_task(),
            CancelError::HasBegun(status) => Self::has_begun(status),
            CancelError::Unavailable(error) => error.into(),
        }
    }
}
