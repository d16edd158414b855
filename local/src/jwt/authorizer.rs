//! From a request to its caller, or to why there is none.

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

/// Whose tokens are trusted, and what they must permit.
pub struct Authorizer {
    audiences: Vec<String>,
    keys: JwtKeys,
    permissions: Permissions,
    validation: Validation,
}

impl Authorizer {
    /// Trusts the tokens of `issuer` that are for one of `audiences` and were signed with one of `keys`. Each request
    /// needs one of `permissions`.
    pub fn new(issuer: &str, audiences: Vec<String>, keys: JwtKeys, permissions: Permissions) -> Self {
        // It fails when it was done before, which is as well.
        let _ = RING.install_default();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.validate_nbf = true;
        // The claims do: the library takes a token without an audience, and knows no `client_id`.
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
        // RFC 7515, section 4.1.11: what must be understood and is not makes a token invalid. Nothing is, here.
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

    /// What a token says that was signed with one of these.
    fn signed_claims(&self, token: &str, keys: &[Key]) -> Result<Claims, Refusal> {
        let mut refusal = Refusal::UnknownKey;
        for key in keys {
            let validation = Validation { algorithms: key.algorithms.clone(), ..self.validation.clone() };
            match decode::<Claims>(token, &key.key, &validation) {
                Ok(token) => return Ok(token.claims),
                Err(error) => refusal = error.into(),
            }
            // Of a token with the right signature no other key says better.
            if !matches!(refusal, Refusal::WrongSignature | Refusal::WrongAlgorithm) {
                break;
            }
        }
        Err(refusal)
    }
}

/// Lets in who brings a token that is trusted, as the caller that it names.
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

/// The token, if exactly one is brought.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}
