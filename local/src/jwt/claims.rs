//! What a token says of its caller. A claim that is not what RFC 7519 calls it makes the token unreadable.

use api::{PermissionClaims, StringOrList};
use serde::Deserialize;

/// The claims that are looked at, beside those that `jsonwebtoken` looks at by itself.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// Read for its type: one issuer, not a list that holds ours.
    #[serde(rename = "iss")]
    _issuer: String,
    pub sub: String,
    aud: Option<StringOrList>,
    /// Seconds since 1970, not always whole.
    iat: Option<f64>,
    #[serde(flatten)]
    pub permissions: PermissionClaims,
}

impl Claims {
    /// Whether it is for one of these: its audience, or, only where there is none, its client, as in the access tokens of
    /// Cognito.
    pub fn are_for(&self, audiences: &[String]) -> bool {
        let is_ours = |audience: &String| audiences.contains(audience);
        match &self.aud {
            Some(StringOrList::String(audience)) => is_ours(audience),
            Some(StringOrList::List(of_token)) => of_token.iter().any(is_ours),
            None => self.permissions.client_id().is_some_and(is_ours),
        }
    }

    pub fn are_issued_by(&self, now_seconds: u64) -> bool {
        self.iat.is_none_or(|issued_at| issued_at <= now_seconds as f64)
    }
}
