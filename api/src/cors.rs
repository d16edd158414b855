//! CORS on one machine: no web page may call the API unless its origin is listed. On AWS, API Gateway handles CORS.

use axum::{
    Router,
    http::{HeaderValue, Method, header},
};
use tower_http::cors::CorsLayer;

use crate::{
    http::headers::{IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, TRACEPARENT, TRACESTATE},
    origin::{InvalidOrigin, read_origins},
};

/// The origins whose pages may call the API.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CorsOrigins(Vec<HeaderValue>);

impl CorsOrigins {
    /// Parses a comma-separated list.
    ///
    /// # Errors
    /// [`InvalidOrigin`] quotes the first origin that is not `https://host[:port]` or `http://host[:port]`.
    pub fn parse(list: &str) -> Result<Self, InvalidOrigin> {
        // An origin is ASCII without control characters, so each is a valid header value.
        Ok(Self(read_origins(list)?.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect()))
    }

    /// Lets pages of these origins call `router`. This layer must be outside the one that requires a token: a browser's
    /// preflight request carries none.
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
