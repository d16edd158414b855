//! Which web pages may call: none, unless their origins are named. On AWS the gateway answers for CORS instead.

use axum::{
    Router,
    http::{HeaderValue, Method, header},
};
use tower_http::cors::CorsLayer;

use crate::http::{IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED};

/// Origins whose pages may call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CorsOrigins(Vec<HeaderValue>);

/// One of the origins is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a list of origins such as https://app.example.com, separated by commas; {0:?} is none")]
pub struct InvalidOrigin(String);

impl CorsOrigins {
    /// Reads a list separated by commas.
    ///
    /// # Errors
    /// [`InvalidOrigin`] quotes the first that is no `scheme://host[:port]`.
    pub fn parse(list: &str) -> Result<Self, InvalidOrigin> {
        list.split(',').map(str::trim).map(origin).collect::<Result<_, _>>().map(Self)
    }

    /// Lets their pages call `router`. It goes around whatever asks for a token: a browser asks first whether it may
    /// call, and brings none to that.
    pub fn around(self, router: Router) -> Router {
        if self.0.is_empty() {
            return router;
        }
        let cors = CorsLayer::new()
            .allow_origin(self.0)
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, IDEMPOTENCY_KEY])
            .expose_headers([header::LOCATION, header::RETRY_AFTER, IDEMPOTENT_REPLAYED]);
        router.layer(cors)
    }
}

fn origin(text: &str) -> Result<HeaderValue, InvalidOrigin> {
    let invalid = || InvalidOrigin(text.to_owned());
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(invalid)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_plain) {
        return Err(invalid());
    }
    HeaderValue::from_str(text).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_and_anything_else_is_quoted() {
        assert_eq!(CorsOrigins::parse("https://a.example, http://localhost:3000").unwrap().0.len(), 2);
        for list in
            ["", "*", "https://", "a.example", "https://a.example/path", "https://a.example,,", "ftp://a"]
        {
            assert!(CorsOrigins::parse(list).is_err(), "{list:?}");
        }
    }
}
