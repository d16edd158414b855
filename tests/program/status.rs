//! What is told of the line at each look: what is so, and nothing new as long as nothing is.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{console::Console, receiver::Receiver, taskline::Taskline};

/// A pipeline that was killed while the task at its head waited for its next attempt, which is due by now.
async fn killed_while_it_waited() -> (Receiver, Taskline) {
    let receiver = Receiver::start().await;
    receiver.answer("a", StatusCode::SERVICE_UNAVAILABLE);
    let taskline = receiver.taskline().with("ATTEMPT_BUDGET", "100");
    let running = taskline.start();
    taskline.submit("a");
    taskline.until(&["line", "status"], |status| status["head"]["status"] == "retrying");
    running.kill();
    // Hidden no longer.
    taskline.until(&["line", "status"], |status| status["waiting"] == 1);
    (receiver, taskline)
}

/// Waits for as long as who watches needs for some looks.
fn some_looks_pass(taskline: &Taskline) {
    let age = |status: &Value| status["head_age_seconds"].as_u64().unwrap();
    let now = age(&taskline.json(&["line", "status"]));
    taskline.until(&["line", "status"], |status| age(status) >= now + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_tries_nothing_tells_no_next_attempt() {
    let (_receiver, taskline) = killed_while_it_waited().await;
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
async fn a_line_that_stands_still_is_shown_once_to_who_watches() {
    let (_receiver, taskline) = killed_while_it_waited().await;
    let mut command = taskline.command(&["--json", "line", "status", "--watch"]);
    let mut watching = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["state"], "stopped");
    some_looks_pass(&taskline);
    taskline.run(&["line", "pause", "--reason", "a test"]);
    assert_eq!(next()["paused"], true, "the first news");
    watching.kill().unwrap();
    watching.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_stands_still_has_one_revision_for_its_pages() {
    let (_receiver, taskline) = killed_while_it_waited().await;
    let running = taskline.start_with(&["console"]);
    let console = Console::at(&running.console);
    let first = console.get("/api/snapshot").await;
    assert_eq!((&first["waiting"], &first["next_attempt_at"]), (&json!(1), &Value::Null));
    some_looks_pass(&taskline);
    let second = console.get("/api/snapshot").await;
    assert_eq!(first["revision"], second["revision"]);
}

/// Killed when its task was completed, and its message not yet deleted.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_completed_is_not_in_the_line_though_its_message_is() {
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
