//! The server under each router of this machine: HTTP/1.1, with limits so that no client can hold what others need.
//!
//! `axum::serve` has none of them. What a head may be is hyper's to judge; it answers 400, 414 and 431 by itself.

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

/// How long a stop waits for answers that are being given.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take to send a head (counted from the answer before, so an idle connection is closed after it,
/// too), to send a body, and to take any part of an answer.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);
/// A request's line and headers. A token of 10 KiB, which is all that API Gateway lets through, fits beside others.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// A request's headers, as many as hyper keeps without allocating.
const HEADERS_MAX: usize = 100;
/// What one connection has read and not yet handed on, and what it has not yet written.
const BUFFER_BYTES_MAX: usize = 32 * 1024;

/// Serves `router` until `stop`, to as many connections as `limit` allows: the others wait. Returns once
/// the requests in hand are answered, or after ten seconds; no connection outlives this future.
pub async fn serve(
    mut listener: TcpListener,
    router: Router,
    mut limit: ConnectionLimit,
    stop: CancellationToken,
) {
    let router =
        router.layer(RequestBodyDeadlineLayer::new(CLIENT_TIMEOUT)).layer(from_fn(require_one_reading));
    let (http, connections) = (http(), GracefulShutdown::new());
    let cut = CancellationToken::new();
    let _cut_at_the_end = cut.clone().drop_guard();
    let mut next = async || (limit.place().await, Listener::accept(&mut listener).await.0);
    while let Some((place, stream)) = stop.run_until_cancelled(next()).await {
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(impatient(stream)), service);
        let served = cut.clone().run_until_cancelled_owned(connections.watch(connection));
        tokio::spawn(async move {
            if let Some(Err(error)) = served.await {
                debug!(%error, "a connection ended badly");
            }
            drop(place);
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

/// Hyper watches over what is read, and waits for ever for what is written.
fn impatient(stream: TcpStream) -> Pin<Box<TimeoutStream<TcpStream>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(CLIENT_TIMEOUT));
    Box::pin(stream)
}

/// What two readers could read as two requests is refused, where hyper leaves that to us: there is one `Host`, as RFC
/// 9112, section 3.2, wants it of every server, and no transfer coding but the one that is decoded (section 6.1).
async fn require_one_reading(request: Request, next: Next) -> Response {
    match doubt(&request) {
        None => next.run(request).await,
        Some(doubt) => {
            let mut refusal = Problem::malformed(doubt).into_response();
            refusal.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            refusal
        }
    }
}

fn doubt(request: &Request) -> Option<&'static str> {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    let mut codings = request.headers().get_all(header::TRANSFER_ENCODING).iter();
    if hosts != 1 && (request.version(), hosts) != (Version::HTTP_10, 0) {
        return Some("there must be exactly one Host");
    }
    let is_plain = codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    (!is_plain).then_some("no other transfer coding than chunked is known")
}
