//! What the tests share: a message, a client, and receivers that send any bytes as an answer.

use std::{
    future::{Future, pending},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use shared::{Json, Timestamp};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};

use crate::{
    body::InvalidBody, client::Client, envelope::Envelope, no_answer::NoAnswer, post_failure::PostFailure,
    proxies::Proxies, secret::Secret,
};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// A timeout that no test waits for.
pub const AMPLE: Duration = Duration::from_secs(600);
/// The longest JSON that a client accepts.
pub const JSON_BYTES_MAX: usize = 1_000;
/// A test that hangs fails after this.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn now() -> Timestamp {
    "2026-10-21T07:28:00.25Z".parse().unwrap()
}

pub fn secret() -> Secret {
    Secret::parse(SECRET).unwrap()
}

pub fn client(url: &str, timeout: Duration) -> Client {
    Client::new(url, secret(), timeout, &Proxies::default()).unwrap()
}

pub fn envelope() -> Envelope {
    let data = serde_json::json!({ "title": "Call Ann" });
    Envelope::new("01890a5d-ac96-774b-bcce-b302099a8057".to_owned(), "task", now(), &data, None).unwrap()
}

/// For a client that is never stopped.
pub fn never() -> impl Future<Output = NoAnswer> {
    pending()
}

/// What a client found out about one message.
#[derive(Debug, PartialEq, Eq)]
pub struct Posted {
    pub result: Result<(), PostFailure>,
    pub version: Option<String>,
    pub explanation: Option<String>,
    pub json: Result<Option<Json>, InvalidBody>,
}

impl Posted {
    pub fn code(&self) -> String {
        match &self.result {
            Ok(()) => "accepted".to_owned(),
            Err(PostFailure::Transient { code, .. }) => format!("transient {code}"),
            Err(PostFailure::Unavailable { code, .. }) => format!("unavailable {code}"),
            Err(PostFailure::Permanent { code, .. }) => format!("permanent {code}"),
        }
    }
}

pub async fn post(client: &Client) -> Posted {
    let posting = async {
        match client.post(envelope(), never()).await {
            Ok(reply) => {
                let version = reply.handler_version();
                let answer = client.read(reply, never()).await;
                let explanation = client.explanation(&answer, &["Call Ann"]);
                Posted {
                    result: answer.result(now()),
                    version,
                    explanation,
                    json: answer.json(JSON_BYTES_MAX),
                }
            }
            Err(no_answer) => {
                Posted { result: Err((&no_answer).into()), version: None, explanation: None, json: Ok(None) }
            }
        }
    };
    tokio::time::timeout(PATIENCE, posting).await.unwrap()
}

pub async fn post_to(url: &str, timeout: Duration) -> Posted {
    post(&client(url, timeout)).await
}

/// Posts to a receiver that sends this.
pub async fn post_answered(answer: impl Into<Vec<u8>>, then: AfterAnswer) -> Posted {
    let receiver = RawReceiver::that_sends(answer, then).await;
    post_to(&receiver.url(), AMPLE).await
}

/// What the receiver does after it has sent the bytes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterAnswer {
    /// It keeps the connection open and reads the next request.
    StayOpen,
    /// It closes the connection.
    Close,
    /// It keeps the connection open and neither reads nor sends.
    Stall,
    /// It sends the last byte over and over.
    RepeatLastByte,
}

/// Answers each request with the same bytes.
pub struct RawReceiver {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl RawReceiver {
    pub async fn that_sends(answer: impl Into<Vec<u8>>, then: AfterAnswer) -> Self {
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

/// An address that refuses every connection while the returned socket is open, since no other program can listen there.
pub fn refusing() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

async fn serve(mut stream: TcpStream, answer: Arc<[u8]>, then: AfterAnswer) {
    while read_request(&mut stream).await.is_some() {
        if stream.write_all(&answer).await.is_err() {
            return;
        }
        match then {
            AfterAnswer::StayOpen => {}
            AfterAnswer::Close => return,
            AfterAnswer::Stall => pending().await,
            AfterAnswer::RepeatLastByte => {
                while stream.write_all(&answer[answer.len() - 1..].repeat(1_000)).await.is_ok() {}
            }
        }
    }
}

/// A complete request; None if the connection ends before.
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
