//! An HTTP/1.1 client for one receiver. It keeps a connection for the next request, and it knows the status of an answer
//! also where hyper can't read the rest, or the rest never comes.

use std::{
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
    time::timeout,
};

use super::{
    answer::Answer,
    connector::{Connector, Stream},
    status_line::StatusLine,
    unanswered::Unanswered,
};

/// A host that takes longer to shake hands is as good as down; the rest of the time-out is for its answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
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

    /// Sends a request and waits for its answer. What comes of that is noted in `status` as well, so that it is known
    /// when this is given up.
    pub async fn send(
        &self,
        request: Request<Full<Bytes>>,
        status: StatusLine,
    ) -> Result<Answer, Unanswered> {
        let mut request = request;
        if let Some(mut connection) = self.take_idle() {
            match connection.send(request, &status).await {
                Ok(response) => return Ok(self.read(response, connection).await),
                // Closed meanwhile: nothing of the request was sent.
                Err((_, Some(unsent))) => request = unsent,
                Err((unanswered, None)) => return Err(unanswered),
            }
        }
        let connecting = timeout(CONNECT_TIMEOUT, self.connector.connect()).await;
        let stream = connecting.map_err(|_| Unanswered::ConnectTimedOut)??;
        let mut connection = Connection::over(stream).await?;
        let response = connection.send(request, &status).await.map_err(|(unanswered, _)| unanswered)?;
        Ok(self.read(response, connection).await)
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

    async fn read(&self, response: Response<Incoming>, connection: Connection) -> Answer {
        let (head, body) = response.into_parts();
        let is_handled = head.status.is_success();
        let body = if is_handled { Vec::new() } else { read_body(body).await };
        if !promises_what_must_not_come(head.status, &head.headers) {
            let idle = Some((connection, Instant::now()));
            *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = idle;
        }
        Answer { status: head.status, headers: head.headers, body }
    }
}

/// The body of a refusal, as far as it comes and can be read.
async fn read_body(mut body: Incoming) -> Vec<u8> {
    let mut read = Vec::new();
    let reading = async {
        while read.len() < BODY_BYTES_MAX
            && let Some(Ok(frame)) = body.frame().await
        {
            read.extend_from_slice(frame.data_ref().map_or(&[], |bytes| bytes.as_ref()));
        }
    };
    // What came until then counts.
    let _ = timeout(BODY_TIMEOUT, reading).await;
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
    /// Where what comes over it is noted.
    noted_in: Arc<Mutex<StatusLine>>,
    driver: JoinHandle<()>,
}

impl Connection {
    async fn over(stream: Box<dyn Stream>) -> Result<Self, Unanswered> {
        let noted_in: Arc<Mutex<StatusLine>> = Arc::default();
        let noting = Noting { stream, noted_in: Arc::clone(&noted_in) };
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
        Ok(Self { sender, noted_in, driver })
    }

    /// The request comes back where nothing of it was sent.
    async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
        status: &StatusLine,
    ) -> Result<Response<Incoming>, (Unanswered, Option<Request<Full<Bytes>>>)> {
        *self.noted_in.lock().unwrap_or_else(PoisonError::into_inner) = status.clone();
        self.sender.try_send_request(request).await.map_err(|mut error| {
            let unsent = error.take_message();
            let error = error.into_error();
            let is_unreadable = error.is_parse() || (error.is_incomplete_message() && status.is_begun());
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

/// A stream that notes what is read from it.
struct Noting {
    stream: Box<dyn Stream>,
    noted_in: Arc<Mutex<StatusLine>>,
}

impl AsyncRead for Noting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.noted_in.lock().unwrap_or_else(PoisonError::into_inner).read(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Noting {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
