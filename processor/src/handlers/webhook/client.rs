//! An HTTP/1.1 client for one receiver. It keeps a connection for the next request, and it knows the status of an answer
//! also where hyper can't read the rest, or the rest never comes.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1::{Builder, SendRequest},
    header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::JoinHandle,
    time::sleep,
};

use super::{
    answer::Answer,
    connector::{Connector, Stream},
    status_line::StatusLine,
    unanswered::Unanswered,
};

/// Below the 5 s after which common servers hang up, so that a connection is seldom reused while it is closed.
const IDLE_MAX: Duration = Duration::from_secs(4);
/// More headers than any proxy adds; hyper keeps room for so many with each answer.
const HEADERS_MAX: usize = 1_000;
/// What is read of a refusal's body: an explanation may stand behind a long stack trace.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long it may take. It explains a failure that is certain, so the line does not wait for it for long.
const BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// Sends requests to one receiver.
pub struct Client {
    connector: Connector,
    idle: Mutex<Option<(Connection, Instant)>>,
}

impl Client {
    pub fn new(connector: Connector) -> Self {
        Self { connector, idle: Mutex::default() }
    }

    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    /// Sends a request and waits for the head of its answer. What comes of that is noted in `status` as well, so that it
    /// is known when this is given up.
    pub async fn send(&self, request: Request<Full<Bytes>>, status: StatusLine) -> Result<Reply, Unanswered> {
        let mut request = request;
        if let Some(mut connection) = self.take_idle() {
            match connection.send(request, &status).await {
                Ok(response) => return Ok(Reply::new(response, connection)),
                // Closed meanwhile: nothing of the request was sent.
                Err((_, Some(unsent))) => request = unsent,
                Err((unanswered, None)) => return Err(unanswered),
            }
        }
        let mut connection = Connection::over(self.connector.connect().await?).await?;
        let response = connection.send(request, &status).await.map_err(|(unanswered, _)| unanswered)?;
        Ok(Reply::new(response, connection))
    }

    /// The whole answer: of a refusal's body, what comes before `end` does.
    pub async fn read(&self, reply: Reply, end: impl Future<Output = ()>) -> Answer {
        let Reply { mut answer, body, connection } = reply;
        if !answer.status.is_success() {
            answer.body = read_body(body, end).await;
        }
        if !promises_what_must_not_come(answer.status, &answer.headers) {
            let idle = Some((connection, Instant::now()));
            *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = idle;
        }
        answer
    }

    /// A connection that was used lately and is open, as far as is known.
    fn take_idle(&self) -> Option<Connection> {
        let (connection, since) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        (since.elapsed() < IDLE_MAX && connection.sender.is_ready()).then_some(connection)
    }

    /// Whether the connection that is kept waits for a request, or is closed.
    #[cfg(test)]
    pub fn is_settled(&self) -> bool {
        let idle = self.idle.lock().unwrap();
        idle.as_ref().is_none_or(|(kept, _)| kept.sender.is_ready() || kept.sender.is_closed())
    }
}

/// An answer whose body is still to be read.
pub struct Reply {
    answer: Answer,
    body: Incoming,
    connection: Connection,
}

impl Reply {
    fn new(response: Response<Incoming>, connection: Connection) -> Self {
        let (head, body) = response.into_parts();
        let answer = Answer { status: head.status, headers: head.headers, body: Vec::new() };
        Self { answer, body, connection }
    }

    /// The answer as far as it came: without its body.
    pub fn head(&self) -> &Answer {
        &self.answer
    }
}

/// The body of a refusal, as far as it comes in time and can be read.
async fn read_body(mut body: Incoming, end: impl Future<Output = ()>) -> Vec<u8> {
    let mut read = Vec::new();
    let reading = async {
        while read.len() < BODY_BYTES_MAX
            && let Some(Ok(frame)) = body.frame().await
        {
            read.extend_from_slice(frame.data_ref().map_or(&[], |bytes| bytes.as_ref()));
        }
    };
    // What came until then counts.
    tokio::select! {
        biased;
        () = reading => {}
        () = end => {}
        () = sleep(BODY_TIMEOUT) => {}
    }
    read.truncate(BODY_BYTES_MAX);
    read
}

/// Where a server sends a body that HTTP does not allow, that body would be read as the start of the next answer.
fn promises_what_must_not_come(status: StatusCode, headers: &HeaderMap) -> bool {
    let has_body = headers.contains_key(TRANSFER_ENCODING)
        || headers.get_all(CONTENT_LENGTH).iter().any(|length| length.as_bytes() != b"0");
    has_body && matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// One connection; closed when it is dropped.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    awaited: Arc<Mutex<Awaited>>,
    driver: JoinHandle<()>,
}

impl Connection {
    async fn over(stream: Box<dyn Stream>) -> Result<Self, Unanswered> {
        let awaited: Arc<Mutex<Awaited>> = Arc::default();
        let noting = Noting { stream, awaited: Arc::clone(&awaited) };
        let (sender, connection) = Builder::new()
            .max_headers(HEADERS_MAX)
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(TokioIo::new(noting))
            .await
            .map_err(Unanswered::on_connection)?;
        // Why it ended is told to who waits for an answer.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender, awaited, driver })
    }

    /// The request comes back where nothing of it was sent.
    async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
        status: &StatusLine,
    ) -> Result<Response<Incoming>, (Unanswered, Option<Request<Full<Bytes>>>)> {
        let awaited = Awaited { status: status.clone(), is_sent: false };
        *self.awaited.lock().unwrap_or_else(PoisonError::into_inner) = awaited;
        self.sender.try_send_request(request).await.map_err(|mut error| {
            let unsent = error.take_message();
            let error = error.into_error();
            let is_unreadable = error.is_parse() || (error.is_incomplete_message() && status.is_lost());
            let unanswered = match Unanswered::on_connection(error) {
                Unanswered::Closed(cause) if is_unreadable => Unanswered::Unreadable(cause),
                unanswered => unanswered,
            };
            (unanswered, unsent)
        })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The request whose answer is to come.
#[derive(Default)]
struct Awaited {
    status: StatusLine,
    /// What comes before any of it is written answers something else, such as the silence before it.
    is_sent: bool,
}

/// A stream that notes what is read from it.
struct Noting {
    stream: Box<dyn Stream>,
    awaited: Arc<Mutex<Awaited>>,
}

impl AsyncRead for Noting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        if awaited.is_sent {
            awaited.status.read(&buffer.filled()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Noting {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner).is_sent = true;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use futures_util::FutureExt;
    use hyper::header::{HOST, RETRY_AFTER};
    use tokio::{io::AsyncWriteExt, time::timeout};
    use url::Url;

    use super::{
        super::fixture::{PATIENCE, RawReceiver, Then},
        *,
    };

    fn client_of(receiver: &RawReceiver) -> Client {
        Client::new(Connector::new(&Url::parse(&receiver.url()).unwrap(), None).unwrap())
    }

    fn request() -> Request<Full<Bytes>> {
        Request::post("/hook").header(HOST, "hooks.example").body(Full::default()).unwrap()
    }

    /// A connection over which a server has said this unasked.
    async fn connection_with(unasked: &str) -> (Connection, impl Sized) {
        let (here, mut there) = tokio::io::duplex(1_024);
        there.write_all(unasked.as_bytes()).await.unwrap();
        (Connection::over(Box::new(here)).await.unwrap(), there)
    }

    #[tokio::test]
    async fn what_came_before_the_request_was_sent_is_no_answer_to_it() {
        let (mut connection, _server) = connection_with("HTTP/1.1 200 OK\r\n\r\n").await;
        let status = StatusLine::default();
        let (_, unsent) = connection.send(request(), &status).await.unwrap_err();
        assert!(unsent.is_some());
        assert_eq!(status.status(), None);
    }

    #[tokio::test]
    async fn a_status_that_stood_on_the_kept_connection_does_not_count_for_the_next_one() {
        let receiver = RawReceiver::that_says("", Then::Close).await;
        let client = client_of(&receiver);
        let (kept, _server) = connection_with("HTTP/1.1 200 OK\r\n\r\n").await;
        *client.idle.lock().unwrap() = Some((kept, Instant::now()));
        let status = StatusLine::default();
        let outcome = client.send(request(), status.clone()).await;
        assert!(matches!(outcome, Err(Unanswered::Closed(_))));
        assert_eq!((receiver.connections(), status.status()), (1, None));
    }

    #[tokio::test]
    async fn a_body_that_hangs_holds_neither_the_head_nor_the_end_up() {
        let answer = "HTTP/1.1 503 Later\r\nRetry-After: 30\r\nContent-Length: 100\r\n\r\n";
        let receiver = RawReceiver::that_says(answer, Then::Hang).await;
        let client = client_of(&receiver);
        let sending = timeout(PATIENCE, client.send(request(), StatusLine::default())).await;
        let reply = sending.unwrap().ok().unwrap();
        let answer = client.read(reply, ready(())).now_or_never().expect("it ends at once");
        assert_eq!((answer.status.as_u16(), &answer.headers[RETRY_AFTER]), (503, &"30".parse().unwrap()));
    }
}
