//! Finds the caller of a request, or the reason to refuse it.

use std::sync::Arc;

use api::{Decision, Permissions};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, get_current_timestamp};
use shared::Caller;

use super::{claims::Claims, jwk::Key, keys::JwtKeys, refusal::Refusal, ring_rsa::RING};

/// Which tokens are trusted, and which permissions they need.
pub struct Authorizer {
    audiences: Vec<String>,
    keys: JwtKeys,
    permissions: Permissions,
    validation: Validation,
}

impl Authorizer {
    /// Trusts the tokens of `issuer` for one of `audiences` that are signed with one of `keys`. Each request needs one of
    /// `permissions`.
    pub fn new(issuer: &str, audiences: Vec<String>, keys: JwtKeys, permissions: Permissions) -> Self {
        // It fails if the provider is already installed.
        let _ = RING.install_default();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.validate_nbf = true;
        // `Claims::are_for` checks it: the library accepts a token without an audience, and doesn't know `client_id`.
        validation.validate_aud = false;
        validation.leeway = 0;
        Self { audiences, keys, permissions, validation }
    }

    fn caller(&self, method: &Method, headers: &HeaderMap) -> Result<Caller, Refusal> {
        let claims = self.claims(bearer(headers).ok_or(Refusal::NoToken)?)?;
        match self.permissions.decide(method, &claims.permissions) {
            Decision::Allowed => Caller::of_subject(claims.sub).map_err(|_| Refusal::NoSubject),
            Decision::Denied(missing) => Err(Refusal::Denied(missing)),
            Decision::NotAnAccessToken => Err(Refusal::NotAnAccessToken),
        }
    }

    fn claims(&self, token: &str) -> Result<Claims, Refusal> {
        let Header { kid, crit, .. } = decode_header(token).map_err(|_| Refusal::Unreadable)?;
        // RFC 7515, section 4.1.11: a critical extension that isn't supported makes a token invalid. None is supported.
        if crit.is_some() {
            return Err(Refusal::Unreadable);
        }
        let claims = self.signed_claims(token, kid.map_or(&[], |kid| self.keys.find(&kid)))?;
        if !claims.are_issued_by(get_current_timestamp()) {
            return Err(Refusal::NotValidYet);
        }
        if !claims.are_for(&self.audiences) {
            return Err(Refusal::WrongAudience);
        }
        Ok(claims)
    }

    /// The claims of a token that is signed with one of `keys`.
    fn signed_claims(&self, token: &str, keys: &[Key]) -> Result<Claims, Refusal> {
        let mut refusal = Refusal::UnknownKey;
        for key in keys {
            let validation = Validation { algorithms: key.algorithms.clone(), ..self.validation.clone() };
            match decode::<Claims>(token, &key.key, &validation) {
                Ok(token) => return Ok(token.claims),
                Err(error) => refusal = error.into(),
            }
            // The signature is right, so another key can't change the result.
            if !matches!(refusal, Refusal::WrongSignature | Refusal::WrongAlgorithm) {
                break;
            }
        }
        Err(refusal)
    }
}

/// Passes on a request with a trusted token, with its caller.
pub(crate) async fn authorize(
    State(authorizer): State<Arc<Authorizer>>,
    mut request: Request,
    next: Next,
) -> Response {
    match authorizer.caller(request.method(), request.headers()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// The token, if the request has exactly one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}
