//! Webhook receivers that send malformed responses or none, and what then happens to a task.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};

use harness::eventually;

use crate::taskline::Taskline;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Answers each request with these bytes, and closes the connection.
struct RawReceiver {
    url: String,
    answer: Arc<Mutex<Vec<u8>>>,
    requests: Arc<AtomicUsize>,
}

impl RawReceiver {
    async fn that_answers(answer: impl Into<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks/T0KENT0KEN", listener.local_addr().unwrap());
        let receiver = Self { url, answer: Arc::new(Mutex::new(answer.into())), requests: Arc::default() };
        let (answer, requests) = (Arc::clone(&receiver.answer), Arc::clone(&receiver.requests));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                read_request(&mut stream).await;
                requests.fetch_add(1, Ordering::SeqCst);
                let answer = answer.lock().unwrap().clone();
                // A client that has read enough closes the connection.
                let _ = stream.write_all(&answer).await;
            }
        });
        receiver
    }

    fn set_answer(&self, answer: impl Into<Vec<u8>>) {
        *self.answer.lock().unwrap() = answer.into();
    }
}

async fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    // The body is one line of JSON after the blank line.
    while !request.ends_with(b"}}") && !is_tls(&request) {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
}

/// A handshake begins with this byte (RFC 8446, section 5.1), and waits for an answer.
fn is_tls(request: &[u8]) -> bool {
    request.first() == Some(&0x16)
}

fn taskline_to(url: &str) -> Taskline {
    Taskline::new()
        .with("TASK_HANDLER", "webhook")
        .with("WEBHOOK_URL", url)
        .with("WEBHOOK_SECRET", SECRET)
        .with("ATTEMPT_BUDGET", "1")
        .with("RETRY_MAX_SECONDS", "1")
        .with("UNAVAILABLE_SECONDS_MAX", "0")
        .with("HANDLER_TIMEOUT_SECONDS", "600")
        .with("WEBHOOK_TIMEOUT_SECONDS", "600")
}

fn handled(taskline: &Taskline, title: &str) -> Value {
    let id = taskline.submit(title);
    taskline.until(&["task", "show", &id], |task| {
        task["status"] == "completed" || task["status"] == "dead_lettered"
    })
}

fn failure(task: &Value) -> (&str, &str) {
    (task["failure"]["class"].as_str().unwrap_or("none"), task["failure"]["code"].as_str().unwrap_or("none"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successful_status_completes_the_task_however_malformed_the_rest_of_the_response_is() {
    let receiver = RawReceiver::that_answers("").await;
    let taskline = taskline_to(&receiver.url);
    let _running = taskline.start();
    let headers: String = (0..300).map(|number| format!("X-{number}: x\r\n")).collect();
    let rests = [
        "X-Long: a\r\n b\r\n c\r\nContent-Length: 0\r\n\r\n".to_owned(),
        format!("{headers}Content-Length: 0\r\n\r\n"),
        format!("X: {}\r\n\r\n", "x".repeat(1 << 20)),
        "Content-Length: many\r\n\r\n".to_owned(),
        "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_owned(),
        "no colon\u{7}\r\n: no name\r\n\r\n".to_owned(),
        "Content-Length: 100\r\n\r\nbroken of".to_owned(),
        "Transfer-Encoding: chunked\r\n\r\nzz".to_owned(),
        String::new(),
    ];
    for (index, rest) in rests.iter().enumerate() {
        receiver.set_answer(format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n{rest}"));
        let task = handled(&taskline, "handled");
        assert_eq!(task["status"], "completed", "answer {index}: {task}");
        receiver.set_answer(format!("HTTP/1.1 422 No\r\n{rest}"));
        assert_eq!(failure(&handled(&taskline, "refused")), ("permanent", "http_422"), "answer {index}");
    }
    assert_eq!(receiver.requests.load(Ordering::SeqCst), 2 * rests.len(), "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_missing_response_has_its_failure_code() {
    let receiver = RawReceiver::that_answers("").await;
    // The port is bound but not listened to, so no other process can take it.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let refused = format!("http://{}/", closed.local_addr().unwrap());
    let interim = RawReceiver::that_answers("HTTP/1.1 100 Continue\r\n\r\n").await;
    let garbage = RawReceiver::that_answers("SSH-2.0-OpenSSH_9.2\r\n").await;
    for (url, class, code) in [
        (receiver.url.clone(), "transient", "connection_closed"),
        (interim.url.clone(), "transient", "connection_closed"),
        (refused, "unavailable", "connection_refused"),
        (format!("http://{}.invalid/", "x".repeat(64)), "unavailable", "dns_failed"),
        (garbage.url.replace("http:", "https:"), "unavailable", "tls_failed"),
        (garbage.url.clone(), "transient", "unreadable_answer"),
    ] {
        let taskline = taskline_to(&url);
        let _running = taskline.start();
        let task = handled(&taskline, "unanswered");
        assert_eq!(failure(&task), (class, code), "{url}");
        assert!(!task.to_string().contains("T0KENT0KEN") && !taskline.log().contains("T0KENT0KEN"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receivers_message_is_sanitised_and_shown_to_operators_only() {
    let output = format!(
        r#"{{"detail":"no account 7\nfailure      forged \u001b[31m at /hooks/T0KENT0KEN by {SECRET} {}"}}"#,
        "é".repeat(2_000)
    );
    let head = "HTTP/1.1 422 No\r\nTaskline-Handler-Version: 1.4\x0b[1m\r\nContent-Type: application/problem+json\r\n";
    let answer = format!("{head}Content-Length: {}\r\n\r\n{output}", output.len());
    let receiver = RawReceiver::that_answers(answer).await;
    let taskline = taskline_to(&receiver.url);
    let running = taskline.start();
    let task = handled(&taskline, "secret title");
    let kept = task["failures"][0]["answer"].as_str().unwrap();
    let shown = "no account 7 failure forged at (redacted) by whsec_(redacted) ééé";
    assert!(kept.starts_with(shown) && (1_023..=1_024).contains(&kept.len()), "{kept}");
    let id = task["task_id"].as_str().unwrap();
    for command in [["task", "show", id], ["dead-letters", "show", id]] {
        let text = taskline.run(&command).out;
        assert!(text.contains(&format!("the handler answered: {shown}")), "{text}");
        assert_eq!(text.matches("\nfailure ").count(), 1, "{text}");
        assert!(!text.contains('\u{1b}'));
    }
    let view = crate::taskline::http().get(format!("{}/tasks/{id}", running.url)).send().await.unwrap();
    let view: Value = serde_json::from_str(&view.text().await.unwrap()).unwrap();
    assert_eq!(view["failures"][0]["message"], "the webhook answered 422 Unprocessable Entity");
    assert!(!view.to_string().contains("no account"), "{view}");
    assert!(!taskline.log().contains("no account"), "{}", taskline.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn task_contents_that_a_receiver_repeats_are_redacted() {
    let output = r#"{"detail":[{"loc":["body","data","title"],"input":"PATIENT HAS FLU"}]}"#;
    let answer = format!("HTTP/1.1 422 No\r\nContent-Length: {}\r\n\r\n{output}", output.len());
    let receiver = RawReceiver::that_answers(answer).await;
    let taskline = taskline_to(&receiver.url);
    let _running = taskline.start();
    let task = handled(&taskline, "PATIENT HAS FLU");
    let id = task["task_id"].as_str().unwrap();
    for command in [["task", "show", id], ["dead-letters", "show", id]] {
        let text = taskline.run(&command).out;
        assert!(text.contains("(redacted)") && !text.contains("PATIENT"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_in_the_environment_is_not_used_for_a_receiver_on_this_machine() {
    let receiver = RawReceiver::that_answers("HTTP/1.1 204 No Content\r\n\r\n").await;
    let mut taskline = taskline_to(&receiver.url.replace("127.0.0.1", "localhost"));
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        taskline = taskline.with(name, "http://127.0.0.1:1");
    }
    let _running = taskline.start();
    assert_eq!(handled(&taskline, "near")["status"], "completed");
}

#[test]
fn an_unusable_proxy_is_refused_at_the_start_and_named() {
    for (name, value) in [("HTTPS_PROXY", "socks5://p:1080"), ("http_proxy", "http://ann:hunter2@p:port")] {
        let taskline = taskline_to("https://hooks.example/").with(name, value);
        let refused = taskline.run(&["local", "--listen", "127.0.0.1:0"]);
        assert_ne!(refused.code, 0);
        assert!(refused.err.contains(&format!("{name} must be the URL of an HTTP proxy")), "{}", refused.err);
        assert!(!refused.err.contains("hunter2"), "{}", refused.err);
    }
}

#[test]
fn an_unusable_webhook_url_or_proxy_exception_is_refused_at_the_start_and_named() {
    for (url, no_proxy, expected) in [
        ("https://hooks.example/", "hooks.example:443", "NO_PROXY must list, separated by commas, hosts"),
        ("https://hooks.example:0/", "", "WEBHOOK_URL must have a port other than 0"),
    ] {
        let taskline = taskline_to(url).with("HTTPS_PROXY", "http://127.0.0.1:9").with("NO_PROXY", no_proxy);
        let refused = taskline.run(&["local", "--listen", "127.0.0.1:0"]);
        assert_ne!(refused.code, 0);
        assert!(refused.err.contains(expected), "{}", refused.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_is_counted_from_the_receivers_date_header() {
    let head = "HTTP/1.1 503 Later\r\nDate: Wed, 21 Oct 2009 07:28:00 GMT\r\n";
    let answer = format!("{head}Retry-After: Wed, 21 Oct 2009 07:57:59 GMT\r\nContent-Length: 0\r\n\r\n");
    let receiver = RawReceiver::that_answers(answer).await;
    let taskline = taskline_to(&receiver.url).with("ATTEMPT_BUDGET", "2").with("RETRY_MAX_SECONDS", "3600");
    let _running = taskline.start();
    let id = taskline.submit("later");
    taskline.until(&["task", "show", &id], |task| task["status"] == "retrying");
    // The record is written before the log line.
    eventually(|| async { taskline.log() }, |log| log.contains("after_seconds=1799")).await;
    assert_eq!(receiver.requests.load(Ordering::SeqCst), 1);
}
