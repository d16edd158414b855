//! The caller with a JWT authorizer: the subject of the token, which API Gateway has verified.

use std::collections::HashMap;

use axum::{extract::Request, http::header};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use shared::Caller;

use super::AuthorizationError;
use crate::permission::{Decision, PermissionClaims, Permissions};

pub const NONE: &str = "the request was not authorized by a token";
const NO_SUBJECT: &str = "the token names no subject that can be used";
const NO_ACCESS_TOKEN: &str = "the token is not an access token";
const UNREADABLE: &str = "the token can't be read";

/// The claims as API Gateway passes them: all as text.
type TokenClaims = HashMap<String, String>;

/// The token's subject.
pub fn subject(claims: &TokenClaims) -> Result<Caller, AuthorizationError> {
    let subject = claims.get("sub").ok_or(AuthorizationError::Unidentified(NO_SUBJECT))?;
    Caller::of_subject(subject.as_str()).map_err(|_| AuthorizationError::Unidentified(NO_SUBJECT))
}

/// Checks that the token has the role that the request needs.
///
/// API Gateway passes a list as `[a b]`, in which the one role `x b` looks like two. So the token itself is read too, and a
/// role counts only if it is in both. AWS does not document the format; it was measured:
/// <https://github.com/floci-io/floci/pull/2011>.
pub fn check_role(
    permissions: &Permissions,
    request: &Request,
    claims: &TokenClaims,
) -> Result<(), AuthorizationError> {
    let of_token = claims_of_token(request).ok_or(AuthorizationError::Unidentified(UNREADABLE))?;
    let needed = permissions.needed(request.method());
    let is_handed_on = claims.get("roles").is_some_and(|roles| needed.is_in_text(roles));
    let of_token = if is_handed_on { of_token } else { of_token.without_roles() };
    match permissions.decide(request.method(), &of_token) {
        Decision::Allowed => Ok(()),
        Decision::Denied(missing) => Err(AuthorizationError::Denied(missing)),
        Decision::NotAnAccessToken => Err(AuthorizationError::Unidentified(NO_ACCESS_TOKEN)),
    }
}

/// Reads the claims of the token in the request. API Gateway has verified its signature: the authorizer takes the token from
/// the same header, with or without `Bearer`.
fn claims_of_token(request: &Request) -> Option<PermissionClaims> {
    let mut values = request.headers().get_all(header::AUTHORIZATION).iter();
    // API Gateway joins repeated headers with commas, which no token contains.
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let value = value.to_str().ok()?.trim();
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => token.trim(),
        Some(_) => return None,
        None => value,
    };
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    parts.next().is_none().then(|| serde_json::from_slice(&payload).ok()).flatten()
}
