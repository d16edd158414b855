//! The proxy between the client and the receiver.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hyper::{Uri, header::HeaderValue};
use hyper_util::client::proxy::matcher::Intercept;
use url::Url;

/// A proxy, with the credentials from its URL.
#[derive(Debug, Clone)]
pub struct Proxy(pub(crate) Intercept);

impl Proxy {
    pub fn uri(&self) -> &Uri {
        self.0.uri()
    }

    pub fn authorization(&self) -> Option<HeaderValue> {
        self.0.basic_auth().cloned()
    }

    /// The texts to redact: user and password as they are sent, and the password as it is written in the setting.
    pub fn to_redact(&self) -> Vec<String> {
        let authorization = self.0.basic_auth().and_then(|value| value.to_str().ok());
        let encoded = authorization.and_then(|value| value.strip_prefix("Basic ")).unwrap_or_default();
        let decoded = BASE64.decode(encoded).unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decoded).into_owned();
        let (user, password) = decoded.split_once(':').unwrap_or_default();
        // Without a password, the user name is a token.
        let password = if password.is_empty() { user } else { password };
        let parts = [encoded, encoded.trim_end_matches('='), &decoded, password, &in_url(password)];
        parts.map(str::to_owned).to_vec()
    }
}

/// A password, percent-encoded as in a URL.
fn in_url(password: &str) -> String {
    let encoded = Url::parse("http://proxy.invalid/").ok().and_then(|mut url| {
        url.set_password(Some(password)).ok()?;
        url.password().map(str::to_owned)
    });
    encoded.unwrap_or_default()
}
