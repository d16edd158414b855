//! What a token says of its caller. A claim that is not what RFC 7519 calls it makes the token unreadable.

use serde::Deserialize;

/// The claims that are looked at, beside those that `jsonwebtoken` looks at by itself.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// Read for its type: one issuer, not a list that holds ours.
    #[serde(rename = "iss")]
    _issuer: String,
    pub sub: String,
    aud: Option<Words>,
    /// Instead of the audience, in Cognito's access tokens.
    client_id: Option<String>,
    /// Seconds since 1970, not always whole.
    iat: Option<f64>,
    scope: Option<Words>,
    scp: Option<Words>,
}

/// Words in a list, or one after the other in a text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Words {
    Text(String),
    List(Vec<String>),
}

impl Claims {
    /// Whether it is for one of these: its audience, or, only where there is none, its client.
    pub fn are_for(&self, audiences: &[String]) -> bool {
        match (&self.aud, &self.client_id) {
            (Some(Words::Text(audience)), _) => audiences.contains(audience),
            (Some(Words::List(of_token)), _) => of_token.iter().any(|audience| audiences.contains(audience)),
            (None, Some(client)) => audiences.contains(client),
            (None, None) => false,
        }
    }

    pub fn are_issued_by(&self, now_seconds: u64) -> bool {
        self.iat.is_none_or(|issued_at| issued_at <= now_seconds as f64)
    }

    pub fn allow(&self, scope: &str) -> bool {
        [&self.scope, &self.scp].into_iter().flatten().any(|words| match words {
            Words::Text(text) => text.split(' ').any(|word| word == scope),
            Words::List(list) => list.iter().any(|word| word == scope),
        })
    }
}
