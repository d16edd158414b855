//! Why a request is refused, and the response: that of API Gateway, after RFC 6750, section 3.

use api::{MissingPermission, Problem};
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use jsonwebtoken::errors::{Error, ErrorKind};

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("a token is required: Authorization: Bearer TOKEN")]
    NoToken,
    #[error("the token can't be read")]
    Unreadable,
    #[error("the token is not signed in a way that is trusted")]
    WrongAlgorithm,
    #[error("no trusted key has the token's kid")]
    UnknownKey,
    #[error("the token's signature is wrong")]
    WrongSignature,
    #[error("the token's issuer is not trusted")]
    WrongIssuer,
    #[error("the token is not meant for this audience")]
    WrongAudience,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotValidYet,
    #[error("the token names no subject that can be used")]
    NoSubject,
    #[error("the token is not an access token")]
    NotAnAccessToken,
    #[error(transparent)]
    Denied(#[from] MissingPermission),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidSignature => Self::WrongSignature,
            ErrorKind::InvalidAlgorithm => Self::WrongAlgorithm,
            ErrorKind::InvalidIssuer => Self::WrongIssuer,
            ErrorKind::ExpiredSignature => Self::Expired,
            ErrorKind::ImmatureSignature => Self::NotValidYet,
            _ => Self::Unreadable,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (problem, challenge) = match self {
            // RFC 6750, section 3.1: without credentials in the request, the challenge has no error code.
            Self::NoToken => (Problem::unidentified(self.to_string()), "Bearer".to_owned()),
            Self::Denied(missing) => return missing.into_response(),
            _ => {
                let challenge = format!(r#"Bearer error="invalid_token", error_description="{self}""#);
                (Problem::unidentified(self.to_string()), challenge)
            }
        };
        let mut response = problem.into_response();
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
