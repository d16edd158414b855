//! Which requests are allowed: those of the console's own page, with the token. Sets the security headers of every response.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{error::ConsoleError, token::Token};

const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Refuses requests from pages of other sites, and requests that name another host.
pub async fn only_from_here(request: Request, next: Next) -> Response {
    let mut response = match is_from_here(request.headers()) {
        true => next.run(request).await,
        false => ConsoleError::NotFromHere.into_response(),
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Refuses requests without the token.
pub async fn only_with_token(State(token): State<Token>, request: Request, next: Next) -> Response {
    let sent = text(request.headers(), header::AUTHORIZATION).unwrap_or_default();
    if token.is_in(sent) { next.run(request).await } else { ConsoleError::NoToken.into_response() }
}

/// The port is not checked: a tunnel can have another one.
fn is_from_here(headers: &HeaderMap) -> bool {
    let Some(host) = text(headers, header::HOST) else {
        return false;
    };
    let names_loopback = host
        .parse::<Authority>()
        .is_ok_and(|authority| ["127.0.0.1", "localhost", "[::1]"].contains(&authority.host()));
    let is_same_origin = match headers.get(header::ORIGIN) {
        Some(origin) => origin.as_bytes() == format!("http://{host}").as_bytes(),
        None => true,
    };
    names_loopback && is_same_origin
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_through(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        is_from_here(&headers)
    }

    #[test]
    fn a_name_that_resolves_to_loopback_is_refused() {
        for host in ["evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.0.1", ""]
        {
            assert!(!is_let_through(host, None), "{host}");
        }
        for host in ["127.0.0.1:1234", "localhost:1234", "[::1]:1234"] {
            assert!(is_let_through(host, None), "{host}");
        }
        assert!(!is_from_here(&HeaderMap::new()));
    }

    #[test]
    fn a_page_of_another_origin_is_refused_and_another_port_is_another_origin() {
        for origin in ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1:1234"] {
            assert!(!is_let_through("127.0.0.1:1234", Some(origin)), "{origin}");
        }
        assert!(is_let_through("127.0.0.1:1234", Some("http://127.0.0.1:1234")));
    }
}
