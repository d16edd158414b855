//! The handler that passes each task on: a POST, signed after the Standard Webhooks specification
//! (<https://www.standardwebhooks.com>).
//!
//! The status of the answer decides, whatever the rest of it looks like. What is kept or logged holds no secret, no payload
//! and no part of the URL behind its origin, where many services put a token.

mod secret;
mod body;
mod proxy;
mod connector;
mod status_line;
mod client;
mod unanswered;
mod answer;
mod retry_after;
mod redaction;
mod explanation;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod odd_answers;
#[cfg(test)]
mod stalled_bodies;
#[cfg(test)]
mod proxied;

use std::{error::Error, fmt, sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, FutureExt};
use http_body_util::Full;
use hyper::{
    Request,
    body::Bytes,
    header::{ACCEPT, CONTENT_TYPE, HOST, PROXY_AUTHORIZATION, USER_AGENT},
};
use shared::ports::Clock;
use url::{Position, Url};

use crate::{Handler, HandlerFailure, Run};

use answer::Answer;
use client::{Client, Reply};
use connector::Connector;
use redaction::Redaction;
use secret::{SECRET_BYTES_MAX, SECRET_BYTES_MIN, SECRET_PREFIX};
use status_line::StatusLine;
use unanswered::Unanswered;

pub use proxy::Proxies;
pub use secret::WebhookSecret;

const PRODUCT: &str = concat!("taskline/", env!("CARGO_PKG_VERSION"));

/// Why a webhook can't be set up. The text goes behind the name of the setting at fault.
#[derive(Debug, thiserror::Error)]
pub enum InvalidWebhook {
    /// No URL, or one of another scheme.
    #[error("must be an absolute http or https URL")]
    Url,
    /// Its port is one that no connection can be made to.
    #[error("must have a port other than 0, to which nothing can connect")]
    Port,
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
    /// TLS can't be set up: usually the system has no root certificates.
    #[error("must be called over TLS, which could not be set up: are root certificates installed?")]
    Tls(#[source] rustls::Error),
}

/// Completes a task when a POST of it is answered with 2xx.
pub struct WebhookHandler {
    client: Client,
    url: Url,
    secret: WebhookSecret,
    redaction: Redaction,
    timeout: Duration,
    clock: Arc<dyn Clock>,
}

impl WebhookHandler {
    /// A handler that posts to `url`, by one of `proxies` where one is for it, and waits for each answer no longer than
    /// `timeout`.
    ///
    /// Where TLS is spoken, it installs ring as the process's provider where none is installed yet.
    pub fn new(
        url: &str,
        secret: WebhookSecret,
        timeout: Duration,
        proxies: &Proxies,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, InvalidWebhook> {
        let url = parse_url(url)?;
        if timeout.is_zero() {
            return Err(InvalidWebhook::Timeout);
        }
        let proxy = proxies.between(&url);
        let redaction = Redaction::of(&url, &secret, proxy.as_ref());
        let client = Client::new(Connector::new(&url, proxy)?);
        Ok(Self { client, url, secret, redaction, timeout, clock })
    }

    async fn post(&self, run: &Run, status: StatusLine) -> Result<Reply, HandlerFailure> {
        let request = self.request(run)?;
        let sending = tokio::time::timeout(self.timeout, self.client.send(request, status.clone())).await;
        sending.unwrap_or(Err(Unanswered::TimedOut)).map_err(|unanswered| {
            if status.status().is_none() {
                let task_id = run.task_id;
                let error = &unanswered as &(dyn Error + 'static);
                tracing::warn!(%task_id, code = unanswered.code(), error, "no answer from the webhook");
            }
            HandlerFailure::from(&unanswered)
        })
    }

    async fn given_up(&self, run: &Run) -> HandlerFailure {
        tokio::select! {
            biased;
            () = run.cancellation.cancelled() => cancelled(),
            () = self.clock.sleep_until(run.deadline) => HandlerFailure::from(&Unanswered::TimedOut),
        }
    }

    /// The body has no part in the time-out: when it hangs, the head counts all the same.
    async fn read(&self, run: &Run, reply: Reply) -> Answer {
        if let Some(version) = reply.head().handler_version() {
            run.report.version(version);
        }
        self.client.read(reply, self.given_up(run).map(drop)).await
    }

    fn settle(&self, run: &Run, answer: &Answer) -> Result<(), HandlerFailure> {
        let redaction = self.redaction.and_of(&run.task);
        if let Some(explanation) = explanation::explanation(&answer.body, &redaction) {
            run.report.answer(explanation);
        }
        answer.outcome(self.clock.wall())
    }

    fn request(&self, run: &Run) -> Result<Request<Full<Bytes>>, HandlerFailure> {
        // A receiver compares it with its own clock (Standard Webhooks, "webhook-timestamp").
        let now = self.clock.wall();
        let id = run.task_id.to_string();
        let timestamp = now.timestamp().to_string();
        let body = body::body(run, now)?;
        // A proxy that is sent the whole request needs the whole URL.
        let proxy = self.client.connector().forwarder();
        let from = if proxy.is_some() { Position::BeforeScheme } else { Position::BeforePath };
        let mut request = Request::post(&self.url[from..Position::AfterQuery])
            .header(HOST, &self.url[Position::BeforeHost..Position::AfterPort])
            .header(USER_AGENT, PRODUCT)
            .header(ACCEPT, "*/*")
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-signature", self.secret.sign(&id, &timestamp, &body))
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp);
        if let Some(trace) = &run.trace {
            request = request.header("traceparent", trace.traceparent());
            if let Some(tracestate) = trace.tracestate() {
                request = request.header("tracestate", tracestate);
            }
        }
        if let Some(authorization) = proxy.and_then(proxy::Proxy::authorization) {
            request = request.header(PROXY_AUTHORIZATION, authorization);
        }
        request.body(Full::new(Bytes::from(body))).map_err(|_| HandlerFailure::Permanent {
            code: "unserialisable".to_owned(),
            message: "the task can't be written as a request".to_owned(),
        })
    }
}

impl Handler for WebhookHandler {
    fn handle(&self, run: Run) -> BoxFuture<'_, Result<(), HandlerFailure>> {
        async move {
            let status = StatusLine::default();
            let posted = tokio::select! {
                // The post comes last so that nothing is sent for an attempt that is already given up.
                biased;
                failure = self.given_up(&run) => Err(failure),
                posted = self.post(&run, status.clone()) => posted,
            };
            let answer = match (posted, status.status()) {
                (Ok(reply), _) => self.read(&run, reply).await,
                (Err(_), Some(status)) => Answer::of(status),
                (Err(failure), None) => return Err(failure),
            };
            self.settle(&run, &answer)
        }
        .boxed()
    }

    fn is_of_code(&self) -> bool {
        false
    }
}

impl fmt::Debug for WebhookHandler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.url.origin().ascii_serialization();
        formatter.debug_struct("WebhookHandler").field("origin", &origin).finish_non_exhaustive()
    }
}

fn parse_url(text: &str) -> Result<Url, InvalidWebhook> {
    let mut url = Url::parse(text).map_err(|_| InvalidWebhook::Url)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(InvalidWebhook::Url);
    }
    if url.port() == Some(0) {
        return Err(InvalidWebhook::Port);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidWebhook::Credentials);
    }
    url.set_fragment(None);
    Ok(url)
}

fn cancelled() -> HandlerFailure {
    HandlerFailure::Transient {
        code: "cancelled".to_owned(),
        message: "the attempt was cancelled before the webhook answered".to_owned(),
        retry_after: None,
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::{Body as AnswerBody, Bytes},
        extract::State,
        http::{HeaderMap, Method, StatusCode, Uri},
        response::IntoResponse,
    };
    use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
    use futures_util::stream;
    use hmac::{Hmac, KeyInit, Mac};
    use serde_json::{Value, json};
    use sha2::Sha256;
    use shared::TraceContext;
    use std::net::SocketAddr;
    use tokio::{net::TcpListener, sync::mpsc};

    use super::{fixture::*, *};

    #[derive(Clone)]
    enum Said {
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

    type ServerState = (Said, mpsc::UnboundedSender<Recorded>);

    impl Server {
        async fn that_answers(answer: Said) -> Self {
            let (sender, requests) = mpsc::unbounded_channel();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let router = Router::new().fallback(respond).with_state((answer, sender));
            tokio::spawn(async move { axum::serve(listener, router).await });
            Self { address, requests }
        }

        async fn with_status(status: u16) -> Self {
            Self::that_answers(Said::Status(status, Vec::new())).await
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
            Said::Never => std::future::pending().await,
            Said::EndlessBody => {
                *response.body_mut() =
                    AnswerBody::from_stream(stream::pending::<Result<Bytes, std::fmt::Error>>());
            }
            Said::Status(status, headers) => {
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
                for (name, value) in headers {
                    response.headers_mut().insert(name, value.parse().unwrap());
                }
            }
        }
        response
    }

    async fn outcome_of(answer: Said) -> Result<(), HandlerFailure> {
        let server = Server::that_answers(answer).await;
        outcome_at(&server.url(), AMPLE).await
    }

    #[tokio::test]
    async fn the_tasks_trace_is_passed_on_unchanged() {
        let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        for tracestate in [None, Some("a=1,b=2")] {
            let mut server = Server::with_status(204).await;
            let trace = TraceContext::read([traceparent.as_bytes()], tracestate.map(str::as_bytes));
            let run = Run { trace, ..run() };
            let handler = handler(&server.url(), AMPLE, TestClock::new());
            assert_eq!(outcome_by(&handler, run).await, Ok(()));
            let request = server.requests.recv().await.unwrap();
            assert_eq!(request.header("traceparent"), traceparent);
            let passed_on = request.headers.get("tracestate").map(|value| value.to_str().unwrap());
            assert_eq!(passed_on, tracestate);
        }
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
        assert!(!request.headers.contains_key("traceparent") && !request.headers.contains_key("tracestate"));
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
    async fn a_redirect_is_not_followed() {
        for status in [301, 302, 303, 307, 308] {
            let mut target = Server::with_status(200).await;
            let location = vec![("location", target.url())];
            let outcome = outcome_of(Said::Status(status, location)).await;
            assert_eq!(code_of(outcome), format!("permanent http_{status}"));
            assert!(target.requests.try_recv().is_err());
        }
    }

    #[tokio::test]
    async fn the_status_counts_before_the_body_has_ended() {
        assert_eq!(outcome_of(Said::EndlessBody).await, Ok(()));
    }

    #[tokio::test]
    async fn no_answer_within_the_time_out_is_transient() {
        let server = Server::that_answers(Said::Never).await;
        let outcome = outcome_at(&server.url(), Duration::from_millis(50)).await;
        assert_eq!(code_of(outcome), "transient timed_out");
    }

    #[tokio::test]
    async fn the_deadline_ends_the_wait_for_an_answer() {
        let mut server = Server::that_answers(Said::Never).await;
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
        let mut server = Server::that_answers(Said::Never).await;
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
        let outcome = WebhookHandler::new(url, secret(), AMPLE, &Proxies::default(), TestClock::new());
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
    fn a_url_of_port_0_is_refused() {
        for url in ["http://localhost:0/", "https://hooks.example:0/?hidden", "http://127.0.0.1:00"] {
            assert_eq!(
                refusal_of(url),
                "must have a port other than 0, to which nothing can connect",
                "{url}"
            );
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
        let outcome = WebhookHandler::new(
            "http://localhost/",
            secret(),
            Duration::ZERO,
            &Proxies::default(),
            TestClock::new(),
        );
        assert!(matches!(outcome, Err(InvalidWebhook::Timeout)));
    }

    #[test]
    fn debug_does_not_show_what_follows_the_origin() {
        let handler = handler("https://hooks.example/t0ken?key=hidden", AMPLE, TestClock::new());
        assert_eq!(format!("{handler:?}"), r#"WebhookHandler { origin: "https://hooks.example", .. }"#);
    }
}
