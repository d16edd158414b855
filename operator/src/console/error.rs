//! Why a call failed, for the page to show.

use api::AcceptError;
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use operations::ChangeError;
use serde_json::json;
use shared::{InvalidReason, Rejection, Violation, ports::PortError};

use crate::terminal::in_words;

/// Why a call failed.
#[derive(Debug)]
pub enum ConsoleError {
    /// The request comes from another site, or names another host.
    NotFromHere,
    /// The request has no token of this console.
    NoToken,
    NoSuchPath,
    /// The request can't be parsed.
    Malformed(String),
    /// The task is invalid.
    Invalid(Vec<Violation>),
    /// The action needs a reason.
    NoReason(InvalidReason),
    /// The handling panicked; stderr shows where.
    Broken,
    /// The change was not made.
    NotChanged(ChangeError),
}

impl ConsoleError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFromHere => StatusCode::FORBIDDEN,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::NoSuchPath | Self::NotChanged(ChangeError::NoSuchTask) => StatusCode::NOT_FOUND,
            Self::Malformed(_) | Self::Invalid(_) | Self::NoReason(_) => StatusCode::BAD_REQUEST,
            Self::Broken | Self::NotChanged(ChangeError::Encoding(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotChanged(ChangeError::Refused(_) | ChangeError::Overtaken) => StatusCode::CONFLICT,
            Self::NotChanged(ChangeError::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotChanged(ChangeError::Invalid(_)) => StatusCode::BAD_REQUEST,
        }
    }

    fn title(self) -> String {
        match self {
            Self::NotFromHere => "the console answers only its own page, at a loopback address".to_owned(),
            Self::NoToken => "the token is not valid for this console".to_owned(),
            Self::NoSuchPath => "there is nothing here".to_owned(),
            Self::Malformed(why) => why,
            Self::Invalid(_) => "the task is invalid".to_owned(),
            Self::NoReason(error) => error.to_string(),
            Self::Broken => "the console failed; the action may be half done".to_owned(),
            Self::NotChanged(error) => in_words(&error.into()),
        }
    }
}

impl IntoResponse for ConsoleError {
    fn into_response(self) -> Response {
        let status = self.status();
        let violations = match &self {
            Self::Invalid(violations) => violations.clone(),
            _ => Vec::new(),
        };
        let body = json!({"status": status.as_u16(), "title": self.title(), "violations": violations});
        (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(body).into_response().into_body())
            .into_response()
    }
}

impl From<InvalidReason> for ConsoleError {
    fn from(error: InvalidReason) -> Self {
        Self::NoReason(error)
    }
}

impl From<ChangeError> for ConsoleError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Invalid(violations) => Self::Invalid(violations),
            other => Self::NotChanged(other),
        }
    }
}

impl From<AcceptError> for ConsoleError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::KeyReused => Self::Malformed(error.to_string()),
            AcceptError::Refused(violations) => Self::Invalid(violations),
            AcceptError::Unavailable(error) => error.into(),
            AcceptError::Encoding(error) => ChangeError::from(error).into(),
        }
    }
}

impl From<PortError> for ConsoleError {
    fn from(error: PortError) -> Self {
        Self::NotChanged(error.into())
    }
}

impl From<Rejection> for ConsoleError {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Malformed(why) => Self::Malformed(why),
            Rejection::Invalid(violations) => Self::Invalid(violations),
        }
    }
}
