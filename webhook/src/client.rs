//! The client of one receiver: it builds, signs and sends requests and explains refusals.

use std::{error::Error, fmt, future::Future, time::Duration};

use http_body_util::Full;
use hyper::{
    Request,
    body::Bytes,
    header::{ACCEPT, CONTENT_TYPE, HOST, PROXY_AUTHORIZATION, USER_AGENT},
};
use url::{Position, Url};

use crate::{
    answer::Answer,
    connector::Connector,
    envelope::Envelope,
    explanation::explanation,
    http_client::HttpClient,
    no_answer::NoAnswer,
    proxies::Proxies,
    proxy::Proxy,
    receiver::{InvalidReceiver, parse_url},
    redaction::Redaction,
    reply::Reply,
    secret::Secret,
    status_line::StatusLine,
};

const PRODUCT: &str = concat!("taskline/", env!("CARGO_PKG_VERSION"));

/// Posts messages to one receiver.
pub struct Client {
    http: HttpClient,
    url: Url,
    secret: Secret,
    redaction: Redaction,
    timeout: Duration,
}

impl Client {
    /// A client that posts to `url`, through one of `proxies` if one applies, and waits for the head of each answer for
    /// at most `timeout`.
    ///
    /// If TLS is needed and the process has no cryptography provider yet, this installs ring.
    ///
    /// # Errors
    /// [`InvalidReceiver`] if the URL or the timeout can't be used, without quoting the URL.
    pub fn new(
        url: &str,
        secret: Secret,
        timeout: Duration,
        proxies: &Proxies,
    ) -> Result<Self, InvalidReceiver> {
        let url = parse_url(url)?;
        if timeout.is_zero() {
            return Err(InvalidReceiver::Timeout);
        }
        let proxy = proxies.for_url(&url);
        let redaction = Redaction::new(&url, &secret, proxy.as_ref());
        let http = HttpClient::new(Connector::new(&url, proxy, timeout)?);
        Ok(Self { http, url, secret, redaction, timeout })
    }

    /// Sends a message and waits for the head of the answer, until the timeout or until `stop` completes, which names
    /// the reason. Nothing is sent if `stop` is complete at the start.
    ///
    /// # Errors
    /// [`NoAnswer`] if no status came.
    pub async fn post(
        &self,
        envelope: Envelope,
        stop: impl Future<Output = NoAnswer>,
    ) -> Result<Reply, NoAnswer> {
        let id = envelope.id.clone();
        let request = self.request(envelope).map_err(NoAnswer::InvalidRequest)?;
        let status = StatusLine::default();
        let sent = tokio::select! {
            biased;
            no_answer = stop => Err(no_answer),
            sent = self.send(request, &id, &status) => sent,
        };
        match (sent, status.status()) {
            (Ok(reply), _) => Ok(reply),
            (Err(_), Some(status)) => Ok(Reply::of_status(status)),
            (Err(no_answer), None) => Err(no_answer),
        }
    }

    async fn send(
        &self,
        request: Request<Full<Bytes>>,
        id: &str,
        status: &StatusLine,
    ) -> Result<Reply, NoAnswer> {
        let sending = tokio::time::timeout(self.timeout, self.http.send(request, status.clone())).await;
        let sent = sending.unwrap_or(Err(NoAnswer::TimedOut));
        if let (Err(no_answer), None) = (&sent, status.status()) {
            let error = no_answer as &(dyn Error + 'static);
            tracing::warn!(webhook_id = id, code = no_answer.code(), error, "no answer from the webhook");
        }
        sent
    }

    /// Reads the rest of an answer: the body of a refusal or of a success with JSON, as far as it comes before `stop`
    /// completes. If the body stalls, the head still counts: the explanation of a refusal may take 2 s, and the JSON of a
    /// success may take the timeout of the request once more.
    pub async fn read(&self, reply: Reply, stop: impl Future<Output = NoAnswer>) -> Answer {
        self.http.read(reply, self.timeout, stop).await
    }

    /// The receiver's explanation of a refusal, without the secrets of the request and without `private` texts, which
    /// frameworks often repeat from the message; None for a success.
    pub fn explanation(&self, answer: &Answer, private: &[&str]) -> Option<String> {
        if answer.status.is_success() {
            return None;
        }
        explanation(&answer.body.bytes, &self.redaction.with_texts(private))
    }

    fn request(&self, envelope: Envelope) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let timestamp = envelope.sent_at.timestamp().to_string();
        // A proxy that forwards the request needs the whole URL.
        let proxy = self.http.connector().forwarding_proxy();
        let from = if proxy.is_some() { Position::BeforeScheme } else { Position::BeforePath };
        let mut request = Request::post(&self.url[from..Position::AfterQuery])
            .header(HOST, &self.url[Position::BeforeHost..Position::AfterPort])
            .header(USER_AGENT, PRODUCT)
            .header(ACCEPT, "*/*")
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-signature", self.secret.sign(&envelope.id, &timestamp, &envelope.body))
            .header("webhook-id", envelope.id)
            .header("webhook-timestamp", timestamp);
        if let Some(trace) = &envelope.trace {
            request = request.header("traceparent", trace.traceparent());
            if let Some(tracestate) = trace.tracestate() {
                request = request.header("tracestate", tracestate);
            }
        }
        if let Some(authorization) = proxy.and_then(Proxy::authorization) {
            request = request.header(PROXY_AUTHORIZATION, authorization);
        }
        request.body(Full::new(Bytes::from(envelope.body)))
    }

    /// Whether the idle connection waits for a request, or is closed.
    #[cfg(test)]
    pub(crate) fn is_settled(&self) -> bool {
        self.http.is_settled()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.url.origin().ascii_serialization();
        formatter.debug_struct("Client").field("origin", &origin).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::fixture::*, *};

    #[test]
    fn a_time_out_of_zero_is_refused() {
        let outcome = Client::new("http://localhost/", secret(), Duration::ZERO, &Proxies::default());
        assert!(matches!(outcome, Err(InvalidReceiver::Timeout)));
    }

    #[test]
    fn debug_shows_only_the_origin_of_the_url() {
        let client = client("https://hooks.example/t0ken?key=hidden", AMPLE);
        assert_eq!(format!("{client:?}"), r#"Client { origin: "https://hooks.example", .. }"#);
    }

    #[tokio::test]
    async fn a_message_that_cant_be_a_request_fails_permanently() {
        let envelope = Envelope { id: "a\nb".to_owned(), ..envelope() };
        let outcome = client("http://localhost/", AMPLE).post(envelope, never()).await;
        let failure = crate::PostFailure::from(&outcome.err().unwrap());
        let expected = crate::PostFailure::Permanent {
            code: "unserialisable".to_owned(),
            message: "the message can't be written as a request".to_owned(),
        };
        assert_eq!(failure, expected);
    }
}
