//! The reported status of the line: it is true at each poll, and is reported again only when it changes.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{console::Console, receiver::Receiver, taskline::Taskline};

/// A pipeline that was killed while its head waited for the next attempt, which is due by now.
async fn killed_during_a_retry_delay() -> (Receiver, Taskline) {
    let receiver = Receiver::start().await;
    receiver.answer("a", StatusCode::SERVICE_UNAVAILABLE);
    let taskline = receiver.taskline().with("ATTEMPT_BUDGET", "100");
    let running = taskline.start();
    taskline.submit("a");
    taskline.until(&["line", "status"], |status| status["head"]["status"] == "retrying");
    running.kill();
    // The message is visible again.
    taskline.until(&["line", "status"], |status| status["waiting"] == 1);
    (receiver, taskline)
}

/// Waits for as long as a watcher needs for several polls.
fn several_polls_pass(taskline: &Taskline) {
    let age = |status: &Value| status["head_age_seconds"].as_u64().unwrap();
    let now = age(&taskline.json(&["line", "status"]));
    taskline.until(&["line", "status"], |status| age(status) >= now + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_line_reports_no_next_attempt() {
    let (_receiver, taskline) = killed_during_a_retry_delay().await;
    let status = taskline.json(&["line", "status"]);
    assert_eq!((&status["state"], &status["head"]["next_attempt_at"]), (&json!("stopped"), &Value::Null));
    let text = taskline.run(&["line", "status"]).out;
    assert!(!text.contains("next attempt"), "{text}");
    taskline.run(&["line", "pause", "--reason", "a test"]);
    let _running = taskline.start();
    let status = taskline.json(&["line", "status"]);
    assert_eq!((&status["state"], &status["head"]["next_attempt_at"]), (&json!("paused"), &Value::Null));
    assert_eq!(status["head"]["status"], "retrying");
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_prints_an_unchanged_status_once() {
    let (_receiver, taskline) = killed_during_a_retry_delay().await;
    let mut command = taskline.command(&["--json", "line", "status", "--watch"]);
    let mut watching = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["state"], "stopped");
    several_polls_pass(&taskline);
    taskline.run(&["line", "pause", "--reason", "a test"]);
    assert_eq!(next()["paused"], true, "the first change");
    watching.kill().unwrap();
    watching.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_line_keeps_its_revision() {
    let (_receiver, taskline) = killed_during_a_retry_delay().await;
    let running = taskline.start_with(&["console"]);
    let console = Console::at(&running.console);
    let first = console.get("/api/snapshot").await;
    assert_eq!((&first["waiting"], &first["next_attempt_at"]), (&json!(1), &Value::Null));
    several_polls_pass(&taskline);
    let second = console.get("/api/snapshot").await;
    assert_eq!(first["revision"], second["revision"]);
}

/// The process is killed after its task was completed and before its message was deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_completed_task_is_not_counted_as_waiting_though_its_message_remains() {
    let taskline = Taskline::new();
    let doomed = taskline.try_start(
        taskline.command(&["--json", "local", "--listen", "127.0.0.1:0"]).env("CRASH_AT", "delete:before:1"),
    );
    let doomed = doomed.unwrap();
    let [first, second] = ["first", "second"].map(|title| taskline.submit(title));
    doomed.ended();
    assert_eq!(taskline.status_of(&first)["status"], "completed");
    let status = taskline.json(&["line", "status"]);
    assert_eq!((&status["waiting"], &status["in_flight"]), (&json!(1), &json!(0)), "{status}");
    assert_eq!(status["head"]["task_id"], second.as_str());
    let verified = taskline.run(&["verify"]).out;
    assert!(verified.contains("2 records: 1 completed, 1 waiting"), "{verified}");
    let running = taskline.start();
    taskline.until_idle();
    running.terminate();
    assert_eq!(taskline.status_of(&first)["attempts"], 1);
}
