//! What the webhook's tests start from: a clock, a task, and receivers that answer byte by byte as a test says.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use shared::{Timestamp, ports::Clock};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::Report;

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const TASK_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// A time-out that no test waits for.
pub const AMPLE: Duration = Duration::from_secs(600);
/// A test that hangs fails after this.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct TestClock(watch::Sender<Timestamp>);

impl TestClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(now())))
    }

    pub fn move_to(&self, at: Timestamp) {
        self.0.send_replace(at);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.0.subscribe().wait_for(|now| *now >= at).await.unwrap();
        })
    }
}

pub fn now() -> Timestamp {
    "2026-10-21T07:28:00.25Z".parse().unwrap()
}

pub fn secret() -> WebhookSecret {
    WebhookSecret::parse(SECRET).unwrap()
}

pub fn handler(url: &str, timeout: Duration, clock: Arc<TestClock>) -> WebhookHandler {
    WebhookHandler::new(url, secret(), timeout, &Proxies::default(), clock).unwrap()
}

pub fn run_of(request: &[u8]) -> Run {
    Run {
        task_id: TASK_ID.parse().unwrap(),
        task: shared::sanitise(shared::validate(request).unwrap()).unwrap(),
        attempt: 3,
        trace: None,
        deadline: now() + Duration::from_secs(60),
        cancellation: CancellationToken::new(),
        report: Report::default(),
    }
}

pub fn run() -> Run {
    run_of(br#"{"title":"Call Ann","description":"About the \"boat\"","priority":"high"}"#)
}

pub async fn outcome_by(handler: &WebhookHandler, run: Run) -> Result<(), HandlerFailure> {
    tokio::time::timeout(PATIENCE, handler.handle(run)).await.unwrap()
}

pub async fn outcome_at(url: &str, timeout: Duration) -> Result<(), HandlerFailure> {
    outcome_by(&handler(url, timeout, TestClock::new()), run()).await
}

pub fn code_of(outcome: Result<(), HandlerFailure>) -> String {
    match outcome {
        Ok(()) => "completed".to_owned(),
        Err(HandlerFailure::Transient { code, .. }) => format!("transient {code}"),
        Err(HandlerFailure::Permanent { code, .. }) => format!("permanent {code}"),
    }
}

/// What follows the bytes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The connection stays open; it takes another request.
    Stay,
    /// It is closed.
    Close,
    /// It stays open, and nothing more comes.
    Hang,
    /// The last byte is sent over and over.
    Repeat,
}

/// Answers each request with the same bytes, whatever they are.
pub struct RawReceiver {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl RawReceiver {
    pub async fn that_says(answer: impl Into<Vec<u8>>, then: Then) -> Self {
        let answer: Arc<[u8]> = Arc::from(answer.into());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, Arc::clone(&answer), then));
            }
        });
        Self { address, connections }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?token=hidden-token", self.address)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// An address that refuses every connection, as long as its socket is kept: nobody else can listen there.
pub fn refusing() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

async fn serve(mut stream: TcpStream, answer: Arc<[u8]>, then: Then) {
    while read_request(&mut stream).await.is_some() {
        if stream.write_all(&answer).await.is_err() {
            return;
        }
        match then {
            Then::Stay => {}
            Then::Close => return,
            Then::Hang => std::future::pending().await,
            Then::Repeat => {
                while stream.write_all(&answer[answer.len() - 1..].repeat(1_000)).await.is_ok() {}
            }
        }
    }
}

/// A whole request; none when the connection ends before.
pub async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_lowercase().lines().find_map(|line| {
                line.strip_prefix("content-length:").and_then(|length| length.trim().parse::<usize>().ok())
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        let read = stream.read_buf(&mut request).await.ok()?;
        if read == 0 {
            return None;
        }
    }
}

/// What came of a run whose receiver says this, and what was reported of it.
pub async fn said(answer: impl Into<Vec<u8>>, then: Then) -> (String, Run) {
    let receiver = RawReceiver::that_says(answer, then).await;
    let run = run();
    let outcome = outcome_by(&handler(&receiver.url(), AMPLE, TestClock::new()), run.clone()).await;
    (code_of(outcome), run)
}
