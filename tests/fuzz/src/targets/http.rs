//! A request as bytes, through the real routes: the answer is complete, documented in OpenAPI, and contains nothing
//! internal.

use std::sync::LazyLock;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, Uri},
};
use harness::{Answer, PipelineFixture, get};
use serde_json::Value;

use crate::Target;

pub const HTTP: Target = Target {
    name: "http",
    words: &[
        "GET",
        "POST",
        "PUT",
        "DELETE",
        "HEAD",
        "OPTIONS",
        "PATCH",
        "CONNECT",
        "TRACE",
        "get",
        "M-SEARCH",
        " ",
        "/",
        "//",
        "/tasks",
        "/tasks/",
        "/openapi.json",
        "/tasks/01890a5d-ac96-774b-bcce-b302099a8057",
        "/..",
        "/.",
        "/%2e%2e",
        "/%00",
        "/%ff",
        "%",
        "?",
        "?a=1",
        "#",
        "*",
        "http://x.example",
        "\n",
        ": ",
        "\n\n",
        "Content-Type: application/json",
        "Content-Type: text/plain",
        "; charset=utf-8",
        "; charset=utf-16",
        "Content-Encoding: gzip",
        "Content-Length: 1",
        "Transfer-Encoding: chunked",
        "Idempotency-Key: k",
        "Idempotency-Key: ",
        "Origin: https://x.example",
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: idempotency-key",
        "Expect: 100-continue",
        "Host: x.example",
        "\t",
        "\u{7F}",
        "é",
        "{}",
        "{",
        "}",
        "[",
        "\"",
        "null",
        "{\"title\":\"t\",\"description\":\"d\",\"priority\":\"low\"}",
        "\"title\"",
        "\"low\"",
        "<script>",
        "\\u0000",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ],
    outcomes: &["no request", "200", "202", "400", "404", "405", "413", "415", "422"],
    cases: 1_000,
    check,
};

/// Internal words that no caller may see.
const INSIDES: [&str; 10] = [
    "sqlite",
    "rusqlite",
    "panicked",
    ".rs:",
    "serde",
    "/tmp",
    "records",
    "dynamodb",
    "backtrace",
    "revision",
];

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&api::openapi()).unwrap());

fn check(input: &[u8]) -> &'static str {
    let Some((head, body)) = read(input) else { return "no request" };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        let mut pipeline = PipelineFixture::new();
        pipeline.cors_origins = api::CorsOrigins::parse("https://x.example").unwrap();
        let first = send(&pipeline, &head, body).await;
        if first.status != StatusCode::ACCEPTED {
            return name(first.status);
        }
        assert_is_seen(&pipeline, &first).await;
        // Within one microsecond it would be the same attempt.
        pipeline.clock.advance_seconds(1);
        let again = send(&pipeline, &head, body).await;
        let has_key = head.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Idempotency-Key"));
        assert_eq!(again.header("idempotent-replayed") == "true", has_key);
        assert_eq!(
            again.header("location") == first.header("location"),
            has_key,
            "a key is one task, no key is two"
        );
        match has_key {
            true => name(send(&pipeline, &head, &of_other_priority(body)).await.status),
            false => name(again.status),
        }
    })
}

fn name(status: StatusCode) -> &'static str {
    let named = HTTP.outcomes.iter().find(|outcome| **outcome == status.as_str());
    named.unwrap_or_else(|| panic!("{status} is not expected"))
}

/// As far as that needs no escapes; otherwise another body that is no request.
fn of_other_priority(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let (other, priority) = if text.contains("\"low\"") { ("\"low\"", "\"high\"") } else { ("\"", "'") };
    text.replace(other, priority).into_bytes()
}

struct Head {
    method: Method,
    uri: Uri,
    headers: Vec<(String, String)>,
}

/// A method and a path, headers, an empty line and the body; none if a server would refuse it before the routes.
fn read(input: &[u8]) -> Option<(Head, &[u8])> {
    let end = input.windows(2).position(|two| two == b"\n\n").unwrap_or(input.len());
    let (head, body) = (std::str::from_utf8(&input[..end]).ok()?, input.get(end + 2..).unwrap_or_default());
    let mut lines = head.lines();
    let (method, uri) = lines.next()?.split_once(' ')?;
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let head = Head {
        method: method.parse().ok()?,
        uri: uri.parse().ok()?,
        headers: lines.map(header).collect::<Option<_>>()?,
    };
    head.request(body).map(|_| (head, body))
}

impl Head {
    fn request(&self, body: &[u8]) -> Option<Request<Body>> {
        let mut request = Request::builder().method(&self.method).uri(&self.uri);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(body.to_vec().into()).ok()
    }
}

async fn send(pipeline: &PipelineFixture, head: &Head, body: &[u8]) -> Answer {
    let answer = pipeline.send(head.request(body).unwrap()).await;
    let text = String::from_utf8(answer.body.clone()).expect("an answer is text");
    assert!(!answer.status.is_server_error(), "{}: {text}", answer.status);
    assert!(answer.body.len() < 100_000, "an answer of {} bytes", answer.body.len());
    if head.method == Method::HEAD || head.is_preflight() {
        assert_eq!(text, "");
        return answer;
    }
    let json = answer.json();
    if answer.status.is_client_error() {
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(json["status"], answer.status.as_u16());
        assert!(
            json["type"].as_str().unwrap().starts_with("urn:taskline:problem:") && json["title"].is_string()
        );
        assert_shows_nothing_internal(&text, head, body);
    } else {
        assert_eq!(answer.header("content-type"), "application/json");
    }
    assert_documented(head, &answer);
    answer
}

impl Head {
    /// Answered by the CORS layer alone, for any path.
    fn is_preflight(&self) -> bool {
        self.method == Method::OPTIONS
    }
}

/// Unless the sender sent it first.
fn assert_shows_nothing_internal(text: &str, head: &Head, body: &[u8]) {
    let sent = format!("{} {}", head.uri, String::from_utf8_lossy(body)).to_lowercase();
    for inside in INSIDES.iter().filter(|inside| !sent.contains(**inside)) {
        assert!(!text.to_lowercase().contains(inside), "the answer contains {inside}: {text}");
    }
}

/// If the document names the path and method, it names the status.
fn assert_documented(head: &Head, answer: &Answer) {
    let path = match head.uri.path() {
        "/tasks" => "/tasks",
        "/openapi.json" => return,
        path if is_of_a_task(path) => "/tasks/{task_id}",
        _ => return assert_eq!(answer.status, StatusCode::NOT_FOUND),
    };
    let operation = &DOCUMENT["paths"][path][head.method.as_str().to_lowercase()];
    let is_known = head.method.as_str() == head.method.as_str().to_uppercase() && operation.is_object();
    match is_known {
        true => assert!(
            operation["responses"][answer.status.as_str()].is_object(),
            "{} is not documented",
            answer.status
        ),
        false => {
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
            assert!(!answer.header("allow").is_empty(), "a 405 lists the allowed methods");
        }
    }
}

fn is_of_a_task(path: &str) -> bool {
    path.strip_prefix("/tasks/").is_some_and(|task_id| !task_id.is_empty() && !task_id.contains('/'))
}

/// An accepted task is at the answer's location, and is handled.
async fn assert_is_seen(pipeline: &PipelineFixture, accepted: &Answer) {
    let location = accepted.header("location");
    let seen = pipeline.send(get(location)).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert_eq!(seen.json()["task_id"], accepted.json()["task_id"]);
    assert!(location.ends_with(accepted.json()["task_id"].as_str().unwrap()));
}
