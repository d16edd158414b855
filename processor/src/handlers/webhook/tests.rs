//! Tests of the webhook handler against an HTTP server.

use std::{net::SocketAddr, pin::Pin};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::IntoResponse,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use futures_util::stream;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use shared::{Caller, SequenceNumber, Timestamp, TraceContext};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::report::{Report, Reported};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TASK_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// A timeout that no test waits for.
const AMPLE: Duration = Duration::from_secs(600);
/// A test that hangs fails after this.
const PATIENCE: Duration = Duration::from_secs(60);

struct TestClock(watch::Sender<Timestamp>);

impl TestClock {
    fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(now())))
    }

    fn move_to(&self, at: Timestamp) {
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

fn now() -> Timestamp {
    "2026-10-21T07:28:00.25Z".parse().unwrap()
}

fn handler(url: &str, timeout: Duration, clock: Arc<TestClock>) -> WebhookHandler {
    let secret = Secret::parse(SECRET).unwrap();
    WebhookHandler::new(url, secret, timeout, &Proxies::default(), clock).unwrap()
}

fn run_of(request: &[u8]) -> Run {
    Run {
        task_id: TASK_ID.parse().unwrap(),
        task: shared::Submission::parse(request).unwrap().task().clone(),
        attempt: 3,
        generation: 1,
        sequence_number: SequenceNumber::new(18_849_496_460_467_696_128),
        submitted_by: Caller::local(),
        trace: None,
        deadline: now() + Duration::from_secs(60),
        cancellation: CancellationToken::new(),
        report: Report::default(),
    }
}

fn run() -> Run {
    run_of(br#"{"title":"Call Ann","description":"About the \"boat\"","priority":"high"}"#)
}

async fn outcome_by(handler: &WebhookHandler, run: Run) -> Outcome {
    tokio::time::timeout(PATIENCE, handler.handle(run)).await.unwrap()
}

async fn outcome_at(url: &str, timeout: Duration) -> Outcome {
    outcome_by(&handler(url, timeout, TestClock::new()), run()).await
}

fn code_of(outcome: Outcome) -> String {
    match outcome {
        Ok(_) => "completed".to_owned(),
        Err(HandlerFailure::Unavailable { code, .. }) => format!("unavailable {code}"),
        Err(HandlerFailure::Transient { code, .. }) => format!("transient {code}"),
        Err(HandlerFailure::Permanent { code, .. }) => format!("permanent {code}"),
        Err(HandlerFailure::Overran { code, .. }) => format!("overran {code}"),
        Err(HandlerFailure::Crashed { code, .. }) => format!("crashed {code}"),
    }
}

#[derive(Clone)]
enum Reaction {
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: &'static str },
    EndlessBody { status: u16 },
    EndlessJson,
    Silence,
}

#[derive(Debug)]
struct Recorded {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Recorded {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Checks the signature as the specification says, without the code under test.
    fn is_signed_with(&self, secret: &str) -> bool {
        let key = BASE64.decode(&secret["whsec_".len()..]).unwrap();
        let mut content = format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp"));
        content.push_str(str::from_utf8(&self.body).unwrap());
        let (version, signature) = self.header("webhook-signature").split_once(',').unwrap();
        let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(content);
        version == "v1" && mac.verify_slice(&BASE64.decode(signature).unwrap()).is_ok()
    }
}

struct Server {
    address: SocketAddr,
    requests: mpsc::UnboundedReceiver<Recorded>,
}

type ServerState = (Reaction, mpsc::UnboundedSender<Recorded>);

impl Server {
    async fn with(reaction: Reaction) -> Self {
        let (sender, requests) = mpsc::unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(respond).with_state((reaction, sender));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, requests }
    }

    async fn with_status(status: u16) -> Self {
        Self::with(Reaction::Answer { status, headers: Vec::new(), body: "" }).await
    }

    fn url(&self) -> String {
        format!("http://{}/hook?token=hidden", self.address)
    }
}

async fn respond(
    State((reaction, sender)): State<ServerState>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    sender.send(Recorded { method, uri, headers, body }).unwrap();
    let (status, headers, body) = match reaction {
        Reaction::Silence => std::future::pending().await,
        Reaction::EndlessBody { status } => {
            let headers =
                vec![("retry-after", "30".to_owned()), ("taskline-handler-version", "v9".to_owned())];
            (status, headers, Body::from_stream(stream::pending::<Result<Bytes, std::fmt::Error>>()))
        }
        Reaction::EndlessJson => {
            let headers = vec![
                ("content-type", "application/json".to_owned()),
                ("taskline-handler-version", "v9".to_owned()),
            ];
            (200, headers, Body::from_stream(stream::pending::<Result<Bytes, std::fmt::Error>>()))
        }
        Reaction::Answer { status, headers, body } => (status, headers, Body::from(body)),
    };
    let mut response = body.into_response();
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

#[tokio::test]
async fn the_trace_of_the_task_is_passed_on_unchanged() {
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for tracestate in [None, Some("a=1,b=2")] {
        let mut server = Server::with_status(204).await;
        let trace = TraceContext::read([traceparent.as_bytes()], tracestate.map(str::as_bytes));
        let run = Run { trace, ..run() };
        let handler = handler(&server.url(), AMPLE, TestClock::new());
        assert_eq!(outcome_by(&handler, run).await, Ok(Completed::default()));
        let request = server.requests.recv().await.unwrap();
        assert_eq!(request.header("traceparent"), traceparent);
        let passed_on = request.headers.get("tracestate").map(|value| value.to_str().unwrap());
        assert_eq!(passed_on, tracestate);
    }
}

#[tokio::test]
async fn the_request_is_a_signed_post_of_the_task() {
    let mut server = Server::with_status(204).await;
    assert_eq!(outcome_at(&server.url(), AMPLE).await, Ok(Completed::default()));
    let request = server.requests.recv().await.unwrap();
    assert_eq!(
        (request.method.clone(), request.uri.to_string()),
        (Method::POST, "/hook?token=hidden".into())
    );
    assert!(request.is_signed_with(SECRET));
    assert!(!request.is_signed_with("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("webhook-id"), TASK_ID);
    assert_eq!(request.header("webhook-timestamp"), now().timestamp().to_string());
    assert_eq!(request.header("user-agent"), format!("taskline/{}", env!("CARGO_PKG_VERSION")));
    assert!(!request.headers.contains_key("traceparent") && !request.headers.contains_key("tracestate"));
    let expected = json!({
        "type": "task",
        "timestamp": "2026-10-21T07:28:00.250Z",
        "data": {
            "task_id": TASK_ID,
            "attempt": 3,
            "generation": 1,
            "sequence_number": "18849496460467696128",
            "submitted_by": Caller::local(),
            "type": "task",
            "title": "Call Ann",
            "description": "About the \"boat\"",
            "priority": "high",
            "due_date": null,
            "payload": null,
        },
    });
    assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), expected);
}

#[tokio::test]
async fn a_type_and_a_payload_are_posted_as_they_were_sent() {
    let mut server = Server::with_status(200).await;
    let members = r#""type":"invoice.send","payload":{ "b" : 1.10, "a": [1e400, "\u00e9"] }"#;
    let run = run_of(format!(r#"{{"title":"a","description":"b","priority":"low",{members}}}"#).as_bytes());
    handler(&server.url(), AMPLE, TestClock::new()).handle(run).await.unwrap();
    let request = server.requests.recv().await.unwrap();
    let body = str::from_utf8(&request.body).unwrap();
    assert!(body.contains(r#""type":"invoice.send","title":"a""#), "{body}");
    assert!(body.contains(r#""payload":{ "b" : 1.10, "a": [1e400, "\u00e9"] }}"#), "{body}");
}

#[tokio::test]
async fn a_due_date_keeps_the_offset_of_its_submitter() {
    let mut server = Server::with_status(200).await;
    let run =
        run_of(br#"{"title":"a","description":"b","priority":"low","due_date":"2026-12-01T09:00:00+02:00"}"#);
    handler(&server.url(), AMPLE, TestClock::new()).handle(run).await.unwrap();
    let request = server.requests.recv().await.unwrap();
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["data"]["due_date"], "2026-12-01T09:00:00+02:00");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let mut target = Server::with_status(200).await;
        let headers = vec![("location", target.url())];
        let server = Server::with(Reaction::Answer { status, headers, body: "" }).await;
        let outcome = outcome_at(&server.url(), AMPLE).await;
        assert_eq!(code_of(outcome), format!("permanent http_{status}"));
        assert!(target.requests.try_recv().is_err());
    }
}

#[tokio::test]
async fn a_2xx_completes_the_task_before_its_body_has_ended() {
    let server = Server::with(Reaction::EndlessBody { status: 200 }).await;
    assert_eq!(outcome_at(&server.url(), AMPLE).await, Ok(Completed::default()));
}

/// The result of a run that a receiver answers with this body, and why it was dropped.
async fn result_of(body: &'static str) -> (Option<String>, Option<DroppedResult>) {
    let headers = vec![("content-type", "application/json".to_owned())];
    let server = Server::with(Reaction::Answer { status: 200, headers, body }).await;
    let run = run();
    let completed = outcome_by(&handler(&server.url(), AMPLE, TestClock::new()), run.clone()).await.unwrap();
    (completed.result.map(|json| json.as_str().to_owned()), run.report.read().dropped_result)
}

#[tokio::test]
async fn the_json_of_a_2xx_is_the_result() {
    assert_eq!(result_of(r#"{"total": 1.10}"#).await, (Some(r#"{"total": 1.10}"#.to_owned()), None));
    assert_eq!(result_of("").await, (None, None));
}

#[tokio::test]
async fn a_result_that_cant_be_kept_completes_the_task_without_it() {
    assert_eq!(result_of("{").await, (None, Some(DroppedResult::NotJson)));
    let long = format!("\"{}\"", "x".repeat(RESULT_BYTES_MAX)).leak();
    assert_eq!(result_of(long).await, (None, Some(DroppedResult::TooLong)));
}

#[tokio::test]
async fn a_result_that_stalls_is_dropped_before_the_attempt_would_overrun() {
    let server = Server::with(Reaction::EndlessJson).await;
    let clock = TestClock::new();
    let handler = handler(&server.url(), AMPLE, clock.clone());
    let run = Run { deadline: now() + Duration::from_secs(60), ..run() };
    let mut handling = handler.handle(run.clone());
    // The version is reported with the head.
    let head = async {
        while run.report.read().version.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        outcome = &mut handling => panic!("the handler does not wait for the body: {outcome:?}"),
        head = tokio::time::timeout(PATIENCE, head) => head.unwrap(),
    }
    clock.move_to(run.deadline - Duration::from_millis(500));
    let outcome = handling.now_or_never().expect("the handler waits no longer");
    assert_eq!(outcome, Ok(Completed::default()));
    assert_eq!(run.report.read().dropped_result, Some(DroppedResult::Incomplete));
}

#[tokio::test]
async fn no_answer_within_the_time_out_is_transient() {
    let server = Server::with(Reaction::Silence).await;
    let silent = async {
        loop {
            let code = code_of(outcome_at(&server.url(), Duration::from_millis(50)).await);
            // A slow machine may not connect in time.
            if code != "unavailable connect_timed_out" {
                return code;
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, silent).await.unwrap(), "transient timed_out");
}

#[tokio::test]
async fn the_deadline_ends_the_wait_for_an_answer() {
    let mut server = Server::with(Reaction::Silence).await;
    let clock = TestClock::new();
    let handler = handler(&server.url(), AMPLE, clock.clone());
    let passing = async {
        server.requests.recv().await.unwrap();
        clock.move_to(run().deadline);
    };
    let (outcome, ()) = tokio::join!(outcome_by(&handler, run()), passing);
    assert_eq!(code_of(outcome), "transient timed_out");
}

#[tokio::test]
async fn a_cancellation_ends_the_wait_for_an_answer() {
    let mut server = Server::with(Reaction::Silence).await;
    let handler = handler(&server.url(), AMPLE, TestClock::new());
    let run = run();
    let cancellation = run.cancellation.clone();
    let cancelling = async {
        server.requests.recv().await.unwrap();
        cancellation.cancel();
    };
    let (outcome, ()) = tokio::join!(outcome_by(&handler, run), cancelling);
    assert_eq!(code_of(outcome), "transient cancelled");
}

/// Ends an attempt while the body of a refusal stalls.
async fn ended_in_the_body(end: impl FnOnce(&TestClock, &Run)) {
    let server = Server::with(Reaction::EndlessBody { status: 503 }).await;
    let clock = TestClock::new();
    let handler = handler(&server.url(), AMPLE, clock.clone());
    let run = run();
    let mut handling = handler.handle(run.clone());
    // The version is reported with the head.
    let head = async {
        while run.report.read().version.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        outcome = &mut handling => panic!("the handler does not wait for the body: {outcome:?}"),
        head = tokio::time::timeout(PATIENCE, head) => head.unwrap(),
    }
    end(&clock, &run);
    let outcome = handling.now_or_never().expect("the handler waits no longer");
    let Err(HandlerFailure::Unavailable { code, retry_after, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!((code.as_str(), retry_after), ("http_503", Some(Duration::from_secs(30))));
    assert_eq!(run.report.read().version.as_deref(), Some("v9"));
}

#[tokio::test]
async fn the_whole_head_counts_if_the_deadline_passes_while_the_body_stalls() {
    ended_in_the_body(|clock, run| clock.move_to(run.deadline)).await;
}

#[tokio::test]
async fn the_whole_head_counts_if_the_attempt_is_cancelled_while_the_body_stalls() {
    ended_in_the_body(|_, run| run.cancellation.cancel()).await;
}

#[tokio::test]
async fn nothing_is_sent_for_an_attempt_that_has_ended() {
    let server = Server::with_status(204).await;
    let handler = handler(&server.url(), AMPLE, TestClock::new());
    // The first request leaves an open connection, on which another could be sent at once.
    assert_eq!(outcome_by(&handler, run()).await, Ok(Completed::default()));
    let over = Run { deadline: now(), ..run() };
    assert_eq!(code_of(outcome_by(&handler, over).await), "transient timed_out");
    let cancelled = run();
    cancelled.cancellation.cancel();
    assert_eq!(code_of(outcome_by(&handler, cancelled).await), "transient cancelled");
    // The server has received the last request, so it has also received any request before it.
    assert_eq!(outcome_by(&handler, run()).await, Ok(Completed::default()));
    assert_eq!(server.requests.len(), 2);
}

#[tokio::test]
async fn a_refusal_is_reported_without_the_task() {
    let body = r#"{"detail":[{"loc":["body","description"],"input":"About the \"boat\""}]}"#;
    let headers = vec![("taskline-handler-version", "1.4".to_owned())];
    let server = Server::with(Reaction::Answer { status: 422, headers, body }).await;
    let run = run();
    let handler = handler(&server.url(), AMPLE, TestClock::new());
    assert_eq!(code_of(outcome_by(&handler, run.clone()).await), "permanent http_422");
    let answer = r#"[{"input":"(redacted)","loc":["body","description"]}]"#;
    let expected =
        Reported { version: Some("1.4".to_owned()), answer: Some(answer.to_owned()), dropped_result: None };
    assert_eq!(run.report.read(), expected);
}
