//! Which web pages may call: none, unless their origins are named. On AWS the gateway answers for CORS instead.

use axum::{
    Router,
    http::{HeaderValue, Method, header},
};
use tower_http::cors::CorsLayer;

use crate::{
    http::{IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, TRACEPARENT, TRACESTATE},
    origin::{InvalidOrigin, read_origins},
};

/// Origins whose pages may call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CorsOrigins(Vec<HeaderValue>);

impl CorsOrigins {
    /// Reads a list separated by commas.
    ///
    /// # Errors
    /// [`InvalidOrigin`] quotes the first that is no `https://host[:port]` or `http://host[:port]`.
    pub fn parse(list: &str) -> Result<Self, InvalidOrigin> {
        // What a browser sends is ASCII without control characters, so each is a header's value.
        Ok(Self(read_origins(list)?.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect()))
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
            .allow_headers([
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                IDEMPOTENCY_KEY,
                TRACEPARENT,
                TRACESTATE,
            ])
            .expose_headers([header::LOCATION, header::RETRY_AFTER, IDEMPOTENT_REPLAYED]);
        router.layer(cors)
    }
}
