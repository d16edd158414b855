//! Serves a router over HTTP/1.1, with limits so that no client can use up what others need.
//!
//! `axum::serve` has no such limits. Hyper checks the request's head, and answers 400, 414 and 431 itself.

use std::{pin::Pin, time::Duration};

use api::Problem;
use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Version, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    serve::Listener,
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tower_http::timeout::RequestBodyDeadlineLayer;
use tracing::{debug, warn};

use crate::connection_limit::ConnectionLimit;

/// How long a stop waits for requests to be answered.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take to send a head, to send a body, and to receive the next part of a response. The time for a
/// head starts at the response before it, so this also closes idle connections.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);
/// Length of the request line and headers. API Gateway allows 10 KiB, so a token of that size fits.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How many headers a request may have: as many as hyper stores without allocating.
const HEADERS_MAX: usize = 100;
/// Buffer of one connection, for each direction.
const BUFFER_BYTES_MAX: usize = 32 * 1024;

/// Serves `router` until `stop` is cancelled. Connections above `limit` wait. Returns when all current requests are answered,
/// or after ten seconds. No connection outlives this future.
pub async fn serve(
    mut listener: TcpListener,
    router: Router,
    mut limit: ConnectionLimit,
    stop: CancellationToken,
) {
    let router = router.layer(RequestBodyDeadlineLayer::new(CLIENT_TIMEOUT)).layer(from_fn(refuse_ambiguous));
    let (http, connections) = (http(), GracefulShutdown::new());
    let cut = CancellationToken::new();
    let _cut_on_return = cut.clone().drop_guard();
    let mut next = async || (limit.acquire().await, Listener::accept(&mut listener).await.0);
    while let Some((permit, stream)) = stop.run_until_cancelled(next()).await {
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(with_write_timeout(stream)), service);
        let served = cut.clone().run_until_cancelled_owned(connections.watch(connection));
        tokio::spawn(async move {
            if let Some(Err(error)) = served.await {
                debug!(%error, "a connection failed");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(ANSWER_TIMEOUT, connections.shutdown()).await.is_err() {
        warn!("some requests were still unanswered");
    }
}

fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(CLIENT_TIMEOUT)
        .max_header_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .max_buf_size(BUFFER_BYTES_MAX);
    http
}

/// Hyper has timeouts for reads and none for writes.
fn with_write_timeout(stream: TcpStream) -> Pin<Box<TimeoutStream<TcpStream>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(CLIENT_TIMEOUT));
    Box::pin(stream)
}

/// Refuses a request that a proxy and this server could interpret differently and that hyper accepts: one without exactly one
/// `Host` (RFC 9112, section 3.2), or with a transfer coding other than `chunked` (section 6.1).
async fn refuse_ambiguous(request: Request, next: Next) -> Response {
    match ambiguity(&request) {
        None => next.run(request).await,
        Some(detail) => {
            let mut refusal = Problem::malformed(detail).into_response();
            refusal.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            refusal
        }
    }
}

fn ambiguity(request: &Request) -> Option<&'static str> {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    let mut codings = request.headers().get_all(header::TRANSFER_ENCODING).iter();
    if hosts != 1 && (request.version(), hosts) != (Version::HTTP_10, 0) {
        return Some("there must be exactly one Host");
    }
    let is_plain = codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    (!is_plain).then_some("no other transfer coding than chunked is known")
}
