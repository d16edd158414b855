//! An HTTP/1.1 client for one receiver. It keeps one connection open for the next request, and it knows the status of
//! an answer even if hyper can't read the rest or the rest never comes.

use std::{
    future::Future,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use http_body_util::Full;
use hyper::{
    Request, StatusCode,
    body::Bytes,
    header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING},
};

use crate::{
    answer::Answer,
    body::Body,
    connection::{Connection, SendError},
    connector::Connector,
    no_answer::NoAnswer,
    reply::Reply,
    status_line::StatusLine,
};

/// Common servers close idle connections after 5 s. With less, the client rarely reuses one while the server closes it.
const IDLE_MAX: Duration = Duration::from_secs(4);
/// How long reading a refusal's body may take. The failure is certain already, so the line doesn't wait long for its
/// explanation.
const EXPLANATION_TIMEOUT: Duration = Duration::from_secs(2);

/// Sends requests to one receiver.
pub struct HttpClient {
    connector: Connector,
    idle: Mutex<Option<(Connection, Instant)>>,
}

impl HttpClient {
    pub fn new(connector: Connector) -> Self {
        Self { connector, idle: Mutex::default() }
    }

    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    /// Sends a request and waits for the head of its answer. `status` holds the status as soon as it arrives, even if
    /// this future is dropped.
    pub async fn send(&self, request: Request<Full<Bytes>>, status: StatusLine) -> Result<Reply, NoAnswer> {
        let mut request = request;
        if let Some(mut connection) = self.take_idle() {
            match connection.send(request, &status).await {
                Ok(response) => return Ok(Reply::new(response, connection)),
                // The server closed the idle connection, and no part of the request was sent.
                Err(SendError { unsent: Some(unsent), .. }) => request = unsent,
                Err(SendError { no_answer, unsent: None }) => return Err(no_answer),
            }
        }
        let mut connection = Connection::over(self.connector.connect().await?).await?;
        let response = connection.send(request, &status).await.map_err(|error| error.no_answer)?;
        Ok(Reply::new(response, connection))
    }

    /// Reads the rest of an answer: the body of a refusal or of a success with JSON, as far as it comes before `stop`
    /// completes. The JSON may take `json_timeout`.
    pub async fn read<T>(
        &self,
        reply: Reply,
        json_timeout: Duration,
        stop: impl Future<Output = T>,
    ) -> Answer {
        let Reply { mut answer, rest } = reply;
        let Some((body, connection)) = rest else { return answer };
        if !answer.status.is_success() {
            answer.body = Body::read(body, EXPLANATION_TIMEOUT, stop).await;
        } else if answer.has_json() {
            answer.body = Body::read(body, json_timeout, stop).await;
        }
        if !has_forbidden_body(answer.status, &answer.headers) {
            let idle = Some((connection, Instant::now()));
            *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = idle;
        }
        answer
    }

    /// The idle connection, unless it is old or known to be closed.
    fn take_idle(&self) -> Option<Connection> {
        let (connection, since) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        (since.elapsed() < IDLE_MAX && connection.is_ready()).then_some(connection)
    }

    /// Whether the idle connection waits for a request, or is closed.
    #[cfg(test)]
    pub fn is_settled(&self) -> bool {
        let idle = self.idle.lock().unwrap();
        idle.as_ref().is_none_or(|(connection, _)| connection.is_ready() || connection.is_closed())
    }
}

/// Whether the headers announce a body that HTTP forbids for this status. If the server sends one, the connection can't
/// be reused: the body would be read as the start of the next answer.
fn has_forbidden_body(status: StatusCode, headers: &HeaderMap) -> bool {
    let has_body = headers.contains_key(TRANSFER_ENCODING)
        || headers.get_all(CONTENT_LENGTH).iter().any(|length| length.as_bytes() != b"0");
    has_body && matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use futures_util::FutureExt;
    use hyper::header::{HOST, RETRY_AFTER};
    use tokio::{io::AsyncWriteExt, time::timeout};
    use url::Url;

    use super::{
        super::fixture::{AMPLE, AfterAnswer, PATIENCE, RawReceiver},
        *,
    };

    fn client_of(receiver: &RawReceiver) -> HttpClient {
        HttpClient::new(Connector::new(&Url::parse(&receiver.url()).unwrap(), None, AMPLE).unwrap())
    }

    fn request() -> Request<Full<Bytes>> {
        Request::post("/hook").header(HOST, "hooks.example").body(Full::default()).unwrap()
    }

    /// A connection on which the server has already sent `unrequested`.
    async fn connection_with(unrequested: &str) -> (Connection, impl Sized) {
        let (here, mut there) = tokio::io::duplex(1_024);
        there.write_all(unrequested.as_bytes()).await.unwrap();
        (Connection::over(Box::new(here)).await.unwrap(), there)
    }

    #[tokio::test]
    async fn bytes_that_came_before_the_request_are_not_its_answer() {
        let (mut connection, _server) = connection_with("HTTP/1.1 200 OK\r\n\r\n").await;
        let status = StatusLine::default();
        let error = connection.send(request(), &status).await.unwrap_err();
        assert!(error.unsent.is_some());
        assert_eq!(status.status(), None);
    }

    #[tokio::test]
    async fn a_status_on_the_idle_connection_does_not_count_for_the_next_request() {
        let receiver = RawReceiver::that_sends("", AfterAnswer::Close).await;
        let client = client_of(&receiver);
        let (idle, _server) = connection_with("HTTP/1.1 200 OK\r\n\r\n").await;
        *client.idle.lock().unwrap() = Some((idle, Instant::now()));
        let status = StatusLine::default();
        let outcome = client.send(request(), status.clone()).await;
        assert!(matches!(outcome, Err(NoAnswer::Closed(_))));
        assert_eq!((receiver.connections(), status.status()), (1, None));
    }

    #[tokio::test]
    async fn a_body_that_stalls_delays_neither_the_head_nor_the_stop() {
        let answer = "HTTP/1.1 503 Later\r\nRetry-After: 30\r\nContent-Length: 100\r\n\r\n";
        let receiver = RawReceiver::that_sends(answer, AfterAnswer::Stall).await;
        let client = client_of(&receiver);
        let sending = timeout(PATIENCE, client.send(request(), StatusLine::default())).await;
        let reply = sending.unwrap().ok().unwrap();
        let answer = client.read(reply, PATIENCE, ready(())).now_or_never().expect("reading stops at once");
        assert_eq!((answer.status.as_u16(), &answer.headers[RETRY_AFTER]), (503, &"30".parse().unwrap()));
    }
}
