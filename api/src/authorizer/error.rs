//! Why a request is not authorized.

use axum::response::{IntoResponse, Response};

use crate::{permission::MissingPermission, problem::Problem};

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationError {
    /// 401: the request has no usable caller.
    Unidentified(&'static str),
    /// 403: the caller lacks a permission.
    Denied(MissingPermission),
}

impl IntoResponse for AuthorizationError {
    fn into_response(self) -> Response {
        match self {
            Self::Unidentified(detail) => Problem::unidentified(detail).into_response(),
            Self::Denied(missing) => missing.into_response(),
        }
    }
}
