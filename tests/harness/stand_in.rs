//! A stand-in for SQS, DynamoDB, STS and Lambda with scripted answers, which records its requests: for what no emulator
//! does, such as throttling, and for counting calls.

use std::{
    collections::HashSet,
    fmt::Debug,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    serve::Listener,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

type Answers = dyn Fn(&str, &Value) -> (u16, Value) + Send + Sync;

/// The request of a client that only opens a connection.
const NOTHING: &str = "GET /";

/// The status that means no answer.
const NO_ANSWER: u16 = 0;

/// A stand-in that listens.
pub struct StandIn {
    url: String,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

#[derive(Clone)]
struct Script {
    answers: Arc<Answers>,
    latency: Duration,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
    /// The calls of SDKs, by the id that a call keeps when it is retried.
    known: Arc<Mutex<HashSet<HeaderValue>>>,
}

impl StandIn {
    /// Answers each operation, such as `PutItem`, by `answers`: a status and a body; a string is XML.
    pub async fn start(answers: impl Fn(&str, &Value) -> (u16, Value) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self::on(listener, url, Duration::ZERO, answers)
    }

    /// Behind a given listener, which is reached at `url`, with a latency.
    pub fn on<L: Listener<Addr: Debug>>(
        listener: L,
        url: String,
        latency: Duration,
        answers: impl Fn(&str, &Value) -> (u16, Value) + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::default();
        let script =
            Script { answers: Arc::new(answers), latency, asked: Arc::clone(&asked), known: Arc::default() };
        let router = Router::new().fallback(answer).with_state(script);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, asked }
    }

    /// A stand-in whose answers are all successes.
    pub async fn that_succeeds() -> Self {
        Self::start(succeeds).await
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The requested operations, in order.
    pub fn operations(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .map(|(operation, _)| operation.clone())
            .filter(|operation| operation != NOTHING)
            .collect()
    }

    /// How many requests only opened a connection.
    pub fn connected(&self) -> usize {
        self.asked(NOTHING).len()
    }

    /// The bodies of the requests for an operation.
    pub fn asked(&self, operation: &str) -> Vec<Value> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(name, _)| name == operation).map(|(_, body)| body.clone()).collect()
    }
}

/// The answers of a queue and a table whose calls all succeed.
pub fn succeeds(operation: &str, _: &Value) -> (u16, Value) {
    match operation {
        "SendMessage" => (200, json!({"MessageId": "m", "SequenceNumber": "18849496460467696128"})),
        _ => (200, json!({})),
    }
}

/// No answer, as from a service that hangs: the connection stays open.
pub fn hangs(_: &str, _: &Value) -> (u16, Value) {
    (NO_ANSWER, Value::Null)
}

/// The error of a service that throttles.
pub fn throttles(operation: &str, _: &Value) -> (u16, Value) {
    let code = match operation {
        "PutItem" | "GetItem" => "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        _ => "com.amazonaws.sqs#RequestThrottled",
    };
    (400, json!({"__type": code, "message": "slow down"}))
}

async fn answer(
    State(script): State<Script>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // Polled, because tokio's own timer has whole milliseconds.
    let end = Instant::now() + script.latency;
    let operation = operation(&method, &uri, &headers, &body);
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, answer) = (script.answers)(&operation, &body);
    // An SDK's retry, because this machine was suspended too long, is not another call.
    let call = headers.get("amz-sdk-invocation-id").cloned();
    if call.is_none_or(|call| script.known.lock().unwrap().insert(call)) {
        script.asked.lock().unwrap().push((operation, body));
    }
    if status == NO_ANSWER {
        std::future::pending::<()>().await;
    }
    while Instant::now() < end {
        tokio::task::yield_now().await;
    }
    let (content_type, answer) = match answer {
        Value::String(xml) => ("text/xml", xml),
        json => ("application/x-amz-json-1.0", json.to_string()),
    };
    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, content_type)], answer).into_response()
}

/// SQS and DynamoDB name the operation in a header, STS in a form; Lambda has routes.
fn operation(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> String {
    if let Some(target) = headers.get("x-amz-target") {
        return target.to_str().unwrap().rsplit('.').next().unwrap().to_owned();
    }
    let form = body.strip_prefix(b"Action=").map(|form| form.split(|byte| *byte == b'&').next().unwrap());
    match form {
        Some(action) => String::from_utf8(action.to_vec()).unwrap(),
        None => format!("{method} {}", uri.path()),
    }
}
