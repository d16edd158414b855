//! The claims of a token. A claim whose type isn't that of RFC 7519 makes the token unreadable.

use api::{PermissionClaims, StringOrList};
use serde::Deserialize;

/// The claims that are checked, besides those that `jsonwebtoken` checks itself.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// Only its type is checked here: one issuer, not a list.
    #[serde(rename = "iss")]
    _issuer: String,
    pub sub: String,
    aud: Option<StringOrList>,
    /// Seconds since 1970, possibly with a fraction.
    iat: Option<f64>,
    #[serde(flatten)]
    pub permissions: PermissionClaims,
}

impl Claims {
    /// Whether the token is for one of `audiences`. A token without an audience is for its `client_id`, as in the access
    /// tokens of Cognito.
    pub fn are_for(&self, audiences: &[String]) -> bool {
        let is_expected = |audience: &String| audiences.contains(audience);
        match &self.aud {
            Some(StringOrList::String(audience)) => is_expected(audience),
            Some(StringOrList::List(listed)) => listed.iter().any(is_expected),
            None => self.permissions.client_id().is_some_and(is_expected),
        }
    }

    pub fn are_issued_by(&self, now_seconds: u64) -> bool {
        self.iat.is_none_or(|issued_at| issued_at <= now_seconds as f64)
    }
}
