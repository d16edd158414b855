//! Limits how many requests wait for a task at once, and ends their wait when the server stops.

use std::sync::Arc;

use api::{Problem, Wait};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{Method, Uri},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Requests that wait at once. Each has a connection, some kilobytes of memory, and reads its record every two seconds.
const WAITING_MAX: usize = 1_000;

/// The places for requests that wait.
#[derive(Clone)]
pub(crate) struct Waiting {
    places: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Waiting {
    /// Leaves three quarters of the connections to other requests.
    pub fn of(connections: usize, stop: CancellationToken) -> Self {
        let places = (connections / 4).clamp(1, WAITING_MAX);
        Self { places: Arc::new(Semaphore::new(places)), stop }
    }
}

/// Answers 503 to a request that would wait while all places are taken. When the server stops, a request that waits is
/// answered with the present state of its task.
pub(crate) async fn limit_waiting(State(waiting): State<Waiting>, request: Request, next: Next) -> Response {
    if !waits(&request) {
        return next.run(request).await;
    }
    let Ok(_place) = waiting.places.try_acquire() else {
        return Problem::unavailable().into_response();
    };
    let (parts, body) = request.into_parts();
    let mut at_once = Request::from_parts(parts.clone(), Body::empty());
    *at_once.uri_mut() = without_query(&parts.uri);
    let answer = next.clone().run(Request::from_parts(parts, body));
    match waiting.stop.run_until_cancelled(answer).await {
        Some(answer) => answer,
        None => next.run(at_once).await,
    }
}

fn waits(request: &Request) -> bool {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    is_read && matches!(Wait::in_query(request.uri().query()), Ok(Some(_)))
}

fn without_query(uri: &Uri) -> Uri {
    // A path of a URI is a URI.
    uri.path().parse().unwrap_or_default()
}
