//! The handler that passes each task on: a POST, signed after the Standard Webhooks specification
//! (<https://www.standardwebhooks.com>).
//!
//! Of the answer only the status and `Retry-After` count. What is kept or logged holds no secret, no payload and no
//! part of the URL behind its origin, where many services put a token.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};
use futures_util::future::{BoxFuture, FutureExt};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{
    Client, ClientBuilder, Response, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER},
    redirect,
};
use rustls::crypto::{CryptoProvider, ring};
use serde::Serialize;
use sha2::Sha256;
use shared::{Priority, TaskId, Timestamp, ports::Clock};

use crate::{Handler, HandlerFailure, Run};

const SECRET_PREFIX: &str = "whsec_";
/// A symmetric signing secret's length (Standard Webhooks 1.0.0, "signature scheme": 192 to 512 bits).
const SECRET_BYTES_MIN: usize = 24;
const SECRET_BYTES_MAX: usize = 64;

/// A host that takes longer to shake hands is as good as down; the rest of the time-out is for its answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Below the 5 s after which common servers hang up, so that a connection is seldom reused while it is closed.
const IDLE_CONNECTION_TIMEOUT: Duration = Duration::from_secs(4);
/// The line waits behind a task that is retried: no answer can stop it for longer than this.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

const USER_AGENT: &str = concat!("taskline/", env!("CARGO_PKG_VERSION"));

/// Why a webhook can't be set up. The text goes behind the name of the setting at fault.
#[derive(Debug, thiserror::Error)]
pub enum InvalidWebhook {
    /// No URL, or one of another scheme.
    #[error("must be an absolute http or https URL")]
    Url,
    /// A user name or password stands in the URL.
    #[error("must be a URL without user name and password: the signature proves who sends")]
    Credentials,
    /// The secret can't be decoded.
    #[error("must be a secret in standard base64, with its padding, `{SECRET_PREFIX}` before it or not")]
    SecretEncoding,
    /// The secret is too short to be safe or too long to be useful.
    #[error("must be a secret of {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes before base64")]
    SecretLength,
    /// There would be no time for an answer.
    #[error("must be longer than zero")]
    Timeout,
    /// The HTTP client can't be built: as a rule the system has no root certificates.
    #[error("must be called by an HTTP client, which could not be set up: are root certificates installed?")]
    Client(#[source] reqwest::Error),
}

/// What signs the requests, so that their receiver knows whose they are.
#[derive(Clone)]
pub struct WebhookSecret(Hmac<Sha256>);

impl WebhookSecret {
    /// Reads the base64 of 24 to 64 bytes, with or without `whsec_` before it (Secrets Manager generates none).
    pub fn parse(text: &str) -> Result<Self, InvalidWebhook> {
        let encoded = text.strip_prefix(SECRET_PREFIX).unwrap_or(text);
        let key = BASE64.decode(encoded).map_err(|_| InvalidWebhook::SecretEncoding)?;
        if !(SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&key.len()) {
            return Err(InvalidWebhook::SecretLength);
        }
        Hmac::new_from_slice(&key).map(Self).map_err(|_| InvalidWebhook::SecretLength)
    }

    /// The value of `webhook-signature`.
    fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let content = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
        let mac = content.into_iter().fold(self.0.clone(), |mac, part| mac.chain_update(part));
        format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WebhookSecret(..)")
    }
}

/// Completes a task when a POST of it is answered with 2xx.
pub struct WebhookHandler {
    client: Client,
    url: Url,
    secret: WebhookSecret,
    clock: Arc<dyn Clock>,
}

impl WebhookHandler {
    /// A handler that posts to `url` and waits for each answer no longer than `timeout`.
    ///
    /// Proxies are taken from the environment (`HTTPS_PROXY` and its kin). Installs ring as the process's TLS
    /// provider where none is installed yet.
    pub fn new(
        url: &str,
        secret: WebhookSecret,
        timeout: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, InvalidWebhook> {
        let url = parse_url(url)?;
        if timeout.is_zero() {
            return Err(InvalidWebhook::Timeout);
        }
        let client = client(timeout).build().map_err(InvalidWebhook::Client)?;
        Ok(Self { client, url, secret, clock })
    }

    async fn post(&self, run: &Run) -> Result<(), HandlerFailure> {
        // A receiver compares it with its own clock (Standard Webhooks, "webhook-timestamp").
        let now = self.clock.wall();
        let id = run.task_id.to_string();
        let timestamp = now.timestamp().to_string();
        let body = body(run, now)?;
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-signature", self.secret.sign(&id, &timestamp, &body))
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .body(body);
        match request.send().await {
            Ok(response) => judge(&response, self.clock.wall()),
            Err(error) => Err(unanswered(run.task_id, error)),
        }
    }
}

impl Handler for WebhookHandler {
    fn handle(&self, run: Run) -> BoxFuture<'_, Result<(), HandlerFailure>> {
        async move {
            tokio::select! {
                // The post comes last so that nothing is sent for an attempt that is already given up.
                biased;
                () = run.cancellation.cancelled() => Err(cancelled()),
                () = self.clock.sleep_until(run.deadline) => Err(timed_out()),
                outcome = self.post(&run) => outcome,
            }
        }
        .boxed()
    }
}

impl fmt::Debug for WebhookHandler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.url.origin().ascii_serialization();
        formatter.debug_struct("WebhookHandler").field("origin", &origin).finish_non_exhaustive()
    }
}

fn parse_url(text: &str) -> Result<Url, InvalidWebhook> {
    let url = Url::parse(text).map_err(|_| InvalidWebhook::Url)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(InvalidWebhook::Url);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidWebhook::Credentials);
    }
    Ok(url)
}

fn client(timeout: Duration) -> ClientBuilder {
    install_crypto_provider();
    Client::builder()
        .http1_only()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        .pool_idle_timeout(IDLE_CONNECTION_TIMEOUT)
        .user_agent(USER_AGENT)
}

/// Without a default provider reqwest panics when it builds a client.
fn install_crypto_provider() {
    if CryptoProvider::get_default().is_none() {
        // It fails only where another thread was faster, and then there is a provider too.
        let _ = ring::default_provider().install_default();
    }
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    task_id: TaskId,
    attempt: u32,
    title: &'a str,
    description: &'a str,
    priority: Priority,
    due_date: Option<DateTime<FixedOffset>>,
}

fn body(run: &Run, now: Timestamp) -> Result<Vec<u8>, HandlerFailure> {
    let data = Data {
        task_id: run.task_id,
        attempt: run.attempt,
        title: run.task.title(),
        description: run.task.description(),
        priority: run.task.priority(),
        due_date: run.task.due_date(),
    };
    serde_json::to_vec(&Body { r#type: "task", timestamp: now, data }).map_err(|_| {
        HandlerFailure::Permanent {
            code: "unserialisable".to_owned(),
            message: "the task can't be written as JSON".to_owned(),
        }
    })
}

fn judge(response: &Response, now: Timestamp) -> Result<(), HandlerFailure> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let code = format!("http_{}", status.as_u16());
    let reason = status.canonical_reason().unwrap_or_default();
    let message = format!("the webhook answered {} {reason}", status.as_u16()).trim_end().to_owned();
    Err(if is_transient(status) {
        HandlerFailure::Transient { code, message, retry_after: retry_after(response.headers(), now) }
    } else {
        HandlerFailure::Permanent { code, message }
    })
}

fn is_transient(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
        )
}

/// What `Retry-After` asks for, at most [`RETRY_AFTER_MAX`]; nothing where it can't be read or lies in the past.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let wait = seconds(text).or_else(|| (http_date(text)? - now).to_std().ok())?;
    Some(wait.min(RETRY_AFTER_MAX))
}

fn seconds(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number too large for its type still asks for a long wait.
    is_number.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

/// The date in any of the three forms that a recipient must accept (RFC 9110, section 5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    const OBSOLETE_FORMS: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    if let Ok(date) = DateTime::parse_from_rfc2822(text) {
        return Some(date.with_timezone(&Utc));
    }
    OBSOLETE_FORMS.iter().find_map(|form| Some(NaiveDateTime::parse_from_str(text, form).ok()?.and_utc()))
}

fn unanswered(task_id: TaskId, error: reqwest::Error) -> HandlerFailure {
    if error.is_timeout() {
        return timed_out();
    }
    // The cause may name hosts and certificates: it is for the operator's log, not for the submitter.
    let error = error.without_url();
    tracing::warn!(%task_id, error = &error as &(dyn Error + 'static), "the webhook could not be reached");
    transient("connection_failed", "the webhook could not be reached, or hung up before it answered")
}

fn timed_out() -> HandlerFailure {
    transient("timed_out", "the webhook did not answer in time")
}

fn cancelled() -> HandlerFailure {
    transient("cancelled", "the attempt was cancelled before the webhook answered")
}

fn transient(code: &str, message: &str) -> HandlerFailure {
    HandlerFailure::Transient { code: code.to_owned(), message: message.to_owned(), retry_after: None }
}

#[cfg(test)]
mod tests {
    use std::{future::Future, net::SocketAddr, pin::Pin};

    use axum::{
        Router,
        body::{Body as AnswerBody, Bytes},
        extract::State,
        http::{Method, Uri},
        response::IntoResponse,
    };
    use futures_util::stream;
    use serde_json::{Value, json};
    use tokio::{
        net::TcpListener,
        sync::{mpsc, watch},
    };
    use tokio_util::sync::CancellationToken;

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const TASK_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
    const NOW: &str = "2026-10-21T07:28:00.25Z";
    /// A time-out that no test waits for.
    const AMPLE: Duration = Duration::from_secs(600);
    /// A test that hangs fails after this.
    const PATIENCE: Duration = Duration::from_secs(10);

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

    #[derive(Clone)]
    enum Answer {
        Status(u16, Vec<(&'static str, String)>),
        EndlessBody,
        Never,
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

        /// What a receiver does who has read the specification and not our code.
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

    type ServerState = (Answer, mpsc::UnboundedSender<Recorded>);

    impl Server {
        async fn that_answers(answer: Answer) -> Self {
            let (sender, requests) = mpsc::unbounded_channel();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let router = Router::new().fallback(respond).with_state((answer, sender));
            tokio::spawn(async move { axum::serve(listener, router).await });
            Self { address, requests }
        }

        async fn with_status(status: u16) -> Self {
            Self::that_answers(Answer::Status(status, Vec::new())).await
        }

        fn url(&self) -> String {
            format!("http://{}/hook?token=hidden", self.address)
        }
    }

    async fn respond(
        State((answer, sender)): State<ServerState>,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> impl IntoResponse {
        sender.send(Recorded { method, uri, headers, body }).unwrap();
        let mut response = AnswerBody::from("what the webhook says").into_response();
        match answer {
            Answer::Never => std::future::pending().await,
            Answer::EndlessBody => {
                *response.body_mut() =
                    AnswerBody::from_stream(stream::pending::<Result<Bytes, std::fmt::Error>>());
            }
            Answer::Status(status, headers) => {
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
                for (name, value) in headers {
                    response.headers_mut().insert(name, value.parse().unwrap());
                }
            }
        }
        response
    }

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn secret() -> WebhookSecret {
        WebhookSecret::parse(SECRET).unwrap()
    }

    fn handler(url: &str, timeout: Duration, clock: Arc<TestClock>) -> WebhookHandler {
        let handler = WebhookHandler::new(url, secret(), timeout, clock).unwrap();
        // Where tests run behind a proxy, it does not know their servers.
        WebhookHandler { client: client(timeout).no_proxy().build().unwrap(), ..handler }
    }

    fn run_of(request: &[u8]) -> Run {
        Run {
            task_id: TASK_ID.parse().unwrap(),
            task: shared::sanitise(shared::validate(request).unwrap()).unwrap(),
            attempt: 3,
            deadline: now() + Duration::from_secs(60),
            cancellation: CancellationToken::new(),
        }
    }

    fn run() -> Run {
        run_of(br#"{"title":"Call Ann","description":"About the \"boat\"","priority":"high"}"#)
    }

    async fn outcome_by(handler: &WebhookHandler, run: Run) -> Result<(), HandlerFailure> {
        tokio::time::timeout(PATIENCE, handler.handle(run)).await.unwrap()
    }

    async fn outcome_at(url: &str, timeout: Duration) -> Result<(), HandlerFailure> {
        outcome_by(&handler(url, timeout, TestClock::new()), run()).await
    }

    async fn outcome_of(answer: Answer) -> Result<(), HandlerFailure> {
        let server = Server::that_answers(answer).await;
        outcome_at(&server.url(), AMPLE).await
    }

    async fn retry_after_of(value: &str) -> Option<Duration> {
        let answer = Answer::Status(503, vec![("retry-after", value.to_owned())]);
        match outcome_of(answer).await {
            Err(HandlerFailure::Transient { retry_after, .. }) => retry_after,
            other => panic!("{other:?}"),
        }
    }

    fn code_of(outcome: Result<(), HandlerFailure>) -> String {
        match outcome {
            Ok(()) => "completed".to_owned(),
            Err(HandlerFailure::Transient { code, .. }) => format!("transient {code}"),
            Err(HandlerFailure::Permanent { code, .. }) => format!("permanent {code}"),
        }
    }

    #[test]
    fn the_signature_is_that_of_the_reference_libraries() {
        let signature =
            secret().sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[tokio::test]
    async fn the_request_is_a_signed_post_of_the_task() {
        let mut server = Server::with_status(204).await;
        assert_eq!(outcome_at(&server.url(), AMPLE).await, Ok(()));
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
        let expected = json!({
            "type": "task",
            "timestamp": "2026-10-21T07:28:00.250Z",
            "data": {
                "task_id": TASK_ID,
                "attempt": 3,
                "title": "Call Ann",
                "description": "About the \"boat\"",
                "priority": "high",
                "due_date": null,
            },
        });
        assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), expected);
    }

    #[tokio::test]
    async fn a_due_date_keeps_the_offset_that_its_submitter_gave() {
        let mut server = Server::with_status(200).await;
        let run = run_of(
            br#"{"title":"a","description":"b","priority":"low","due_date":"2026-12-01T09:00:00+02:00"}"#,
        );
        handler(&server.url(), AMPLE, TestClock::new()).handle(run).await.unwrap();
        let request = server.requests.recv().await.unwrap();
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body["data"]["due_date"], "2026-12-01T09:00:00+02:00");
    }

    #[tokio::test]
    async fn the_status_decides_the_outcome() {
        let completed = [200, 201, 202, 204, 299];
        let transient = [408, 425, 429, 500, 502, 503, 504, 599];
        let permanent = [300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 410, 422, 499, 600];
        let table = (completed.map(|status| (status, "completed".to_owned())).into_iter())
            .chain(transient.map(|status| (status, format!("transient http_{status}"))))
            .chain(permanent.map(|status| (status, format!("permanent http_{status}"))));
        for (status, expected) in table {
            let outcome = outcome_of(Answer::Status(status, Vec::new())).await;
            assert_eq!(code_of(outcome), expected, "{status}");
        }
    }

    #[tokio::test]
    async fn the_message_is_the_status_in_words_and_nothing_else() {
        let failure = outcome_of(Answer::Status(503, Vec::new())).await;
        assert_eq!(
            failure,
            Err(HandlerFailure::Transient {
                code: "http_503".into(),
                message: "the webhook answered 503 Service Unavailable".into(),
                retry_after: None,
            })
        );
        let failure = outcome_of(Answer::Status(499, Vec::new())).await;
        assert_eq!(
            failure,
            Err(HandlerFailure::Permanent {
                code: "http_499".into(),
                message: "the webhook answered 499".into()
            })
        );
    }

    #[tokio::test]
    async fn retry_after_is_read_in_seconds_and_as_a_date_of_every_form() {
        assert_eq!(retry_after_of("120").await, Some(Duration::from_secs(120)));
        assert_eq!(retry_after_of("0").await, Some(Duration::ZERO));
        // A quarter of a second of the first minute has passed on the test's clock.
        let half_an_hour = Some(Duration::from_millis(1_799_750));
        assert_eq!(retry_after_of("Wed, 21 Oct 2026 07:58:00 GMT").await, half_an_hour);
        assert_eq!(retry_after_of("Wednesday, 21-Oct-26 07:58:00 GMT").await, half_an_hour);
        assert_eq!(retry_after_of("Wed Oct 21 07:58:00 2026").await, half_an_hour);
    }

    #[tokio::test]
    async fn retry_after_is_cut_at_an_hour() {
        for value in ["3601", "99999999999999999999999999", "Thu, 21 Oct 2027 07:28:00 GMT"] {
            assert_eq!(retry_after_of(value).await, Some(Duration::from_secs(3600)), "{value}");
        }
    }

    #[tokio::test]
    async fn a_retry_after_that_is_past_or_unreadable_is_ignored() {
        for value in ["-5", "+5", "1.5", "", "soon", "Wed, 21 Oct 2026 07:27:59 GMT", "2026-10-21T08:00:00Z"]
        {
            assert_eq!(retry_after_of(value).await, None, "{value}");
        }
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        for status in [301, 302, 303, 307, 308] {
            let mut target = Server::with_status(200).await;
            let location = vec![("location", target.url())];
            let outcome = outcome_of(Answer::Status(status, location)).await;
            assert_eq!(code_of(outcome), format!("permanent http_{status}"));
            assert!(target.requests.try_recv().is_err());
        }
    }

    #[tokio::test]
    async fn the_status_counts_before_the_body_has_ended() {
        assert_eq!(outcome_of(Answer::EndlessBody).await, Ok(()));
    }

    #[tokio::test]
    async fn a_refused_connection_is_transient() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        assert_eq!(code_of(outcome_at(&url, AMPLE).await), "transient connection_failed");
    }

    #[tokio::test]
    async fn a_connection_that_ends_without_an_answer_is_transient() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                drop(listener.accept().await);
            }
        });
        assert_eq!(code_of(outcome_at(&url, AMPLE).await), "transient connection_failed");
    }

    #[tokio::test]
    async fn a_server_that_does_not_speak_tls_is_not_talked_to_in_the_clear() {
        let mut server = Server::with_status(200).await;
        let url = server.url().replace("http:", "https:");
        assert_eq!(code_of(outcome_at(&url, AMPLE).await), "transient connection_failed");
        assert!(server.requests.try_recv().is_err());
    }

    #[tokio::test]
    async fn no_answer_within_the_time_out_is_transient() {
        let server = Server::that_answers(Answer::Never).await;
        let outcome = outcome_at(&server.url(), Duration::from_millis(50)).await;
        assert_eq!(code_of(outcome), "transient timed_out");
    }

    #[tokio::test]
    async fn the_deadline_ends_the_wait_for_an_answer() {
        let mut server = Server::that_answers(Answer::Never).await;
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
        let mut server = Server::that_answers(Answer::Never).await;
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

    #[tokio::test]
    async fn nothing_is_sent_for_an_attempt_that_is_given_up() {
        let server = Server::with_status(204).await;
        let handler = handler(&server.url(), AMPLE, TestClock::new());
        // The first request leaves an open connection, on which another could be sent at once.
        assert_eq!(outcome_by(&handler, run()).await, Ok(()));
        let over = Run { deadline: now(), ..run() };
        assert_eq!(code_of(outcome_by(&handler, over).await), "transient timed_out");
        let cancelled = run();
        cancelled.cancellation.cancel();
        assert_eq!(code_of(outcome_by(&handler, cancelled).await), "transient cancelled");
        // The last one shows that whatever was sent before it has arrived.
        assert_eq!(outcome_by(&handler, run()).await, Ok(()));
        assert_eq!(server.requests.len(), 2);
    }

    fn refusal_of(url: &str) -> String {
        let outcome = WebhookHandler::new(url, secret(), AMPLE, TestClock::new());
        outcome.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn only_http_and_https_urls_are_taken() {
        assert_eq!(refusal_of("http://localhost:8080/hook?token=hidden"), "");
        assert_eq!(refusal_of("https://hooks.example/"), "");
        for url in
            ["", "/hook", "hooks.example/hook?hidden", "ftp://hooks.example/?hidden", "https://?hidden"]
        {
            assert_eq!(refusal_of(url), "must be an absolute http or https URL", "{url}");
        }
    }

    #[test]
    fn a_url_with_credentials_is_refused_without_repeating_them() {
        for url in [
            "https://ann:hidden@hooks.example/",
            "https://hidden@hooks.example/",
            "https://:hidden@h.example/",
        ] {
            let expected = "must be a URL without user name and password: the signature proves who sends";
            assert_eq!(refusal_of(url), expected);
        }
    }

    #[test]
    fn a_time_out_of_zero_is_refused() {
        let outcome = WebhookHandler::new("http://localhost/", secret(), Duration::ZERO, TestClock::new());
        assert!(matches!(outcome, Err(InvalidWebhook::Timeout)));
    }

    fn secret_of(bytes: usize) -> String {
        format!("whsec_{}", BASE64.encode(vec![7; bytes]))
    }

    #[test]
    fn a_secret_is_24_to_64_bytes() {
        for bytes in [24, 25, 32, 64] {
            assert!(WebhookSecret::parse(&secret_of(bytes)).is_ok(), "{bytes}");
        }
        for bytes in [0, 23, 65] {
            let outcome = WebhookSecret::parse(&secret_of(bytes));
            assert!(matches!(outcome, Err(InvalidWebhook::SecretLength)), "{bytes}");
        }
    }

    #[test]
    fn a_secret_may_lack_its_prefix_and_signs_the_same() {
        let bare = SECRET.trim_start_matches("whsec_");
        let signed = [SECRET, bare].map(|text| WebhookSecret::parse(text).unwrap().sign("id", "1", b"body"));
        assert_eq!(signed[0], signed[1]);
    }

    #[test]
    fn a_secret_of_another_kind_or_alphabet_is_refused_without_repeating_it() {
        let bare = SECRET.trim_start_matches("whsec_");
        for text in [format!("whsk_{bare}"), format!("whsec_-_{bare}"), format!("{SECRET}\n")] {
            let error = WebhookSecret::parse(&text).unwrap_err();
            let expected = "must be a secret in standard base64, with its padding, `whsec_` before it or not";
            assert_eq!(error.to_string(), expected);
            assert!(!format!("{error:?}").contains(bare));
        }
    }

    #[test]
    fn debug_shows_neither_the_secret_nor_what_follows_the_origin() {
        assert_eq!(format!("{:?}", secret()), "WebhookSecret(..)");
        let handler = handler("https://hooks.example/t0ken?key=hidden", AMPLE, TestClock::new());
        assert_eq!(format!("{handler:?}"), r#"WebhookHandler { origin: "https://hooks.example", .. }"#);
    }
}
