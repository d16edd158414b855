//! The trace of a request on one machine: in the log, at the receiver, and in the operator's view.

use axum::{Router, http::HeaderMap, routing::post};
use tokio::{net::TcpListener, sync::mpsc};

use crate::taskline::{Taskline, http, task};

const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The address of a receiver that passes on the headers of each post and completes its task.
async fn receiver() -> (String, mpsc::UnboundedReceiver<HeaderMap>) {
    let (sender, headers) = mpsc::unbounded_channel();
    let receive = move |headers: HeaderMap| {
        sender.send(headers).unwrap();
        std::future::ready(())
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", post(receive))).await });
    (url, headers)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_id_is_logged_shown_and_sent_to_the_receiver() {
    let (url, mut headers) = receiver().await;
    let taskline = Taskline::new()
        .with("TASK_HANDLER", "webhook")
        .with("WEBHOOK_URL", url)
        .with("WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let running = taskline.start();
    let request = http().post(format!("{}/tasks", running.url)).header("content-type", "application/json");
    let request = request.header("traceparent", TRACEPARENT).header("tracestate", "vendor=1");
    let accepted = request.body(task("Water")).send().await.unwrap().text().await.unwrap();
    let accepted: serde_json::Value = serde_json::from_str(&accepted).unwrap();
    let task_id = accepted["task_id"].as_str().unwrap();

    let posted = harness::within("the post", headers.recv()).await.unwrap();
    assert_eq!(
        (&posted["traceparent"], &posted["tracestate"]),
        (&TRACEPARENT.parse().unwrap(), &"vendor=1".parse().unwrap())
    );
    let shown = taskline.until(&["task", "show", task_id], |task| task["status"] == "completed");
    assert_eq!(shown["trace"]["traceparent"], TRACEPARENT);
    let printed = taskline.run(&["task", "show", task_id]).out;
    assert!(printed.contains(&format!("trace        {TRACEPARENT}\n")), "{printed}");
    assert_eq!(running.terminate(), 0);
    let log = taskline.log();
    for message in ["accepted", "completed"] {
        let line = log.lines().find(|line| line.contains(message) && line.contains(task_id)).unwrap();
        assert!(line.contains(TRACE_ID), "{line}");
    }
}
