//! `taskline line`.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    sync::mpsc,
    thread,
    time::Duration,
};

use axum::http::StatusCode;
use serde_json::Value;

use crate::{receiver::Receiver, taskline::Taskline};

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_line_takes_tasks_and_handles_none_until_it_is_resumed() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline();
    let running = taskline.start();
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    for title in ["a", "b", "c"] {
        taskline.submit(title);
    }
    let status = taskline.json(&["line", "status"]);
    assert_eq!((status["state"].as_str(), status["waiting"].as_u64()), (Some("paused"), Some(3)));
    assert!(receiver.titles().is_empty());
    assert_eq!(taskline.run(&["line", "resume", "--reason", "a test"]).code, 0);
    taskline.until_idle();
    assert_eq!(receiver.titles(), ["a", "b", "c"]);
    running.terminate();
}

#[test]
fn a_pause_outlives_the_process() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    taskline.run(&["line", "pause", "--reason", "a test"]);
    let id = taskline.submit("waits");
    let running = taskline.start();
    assert_eq!(taskline.json(&["line", "status"])["state"], "paused");
    assert_eq!(taskline.status_of(&id)["status"], "accepted");
    taskline.run(&["line", "resume", "--reason", "a test"]);
    taskline.until_idle();
    assert_eq!(taskline.status_of(&id)["status"], "completed");
    running.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_failures_are_told_newest_first() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline();
    let _running = taskline.start();
    let mut dead = Vec::new();
    for title in ["a", "b", "c", "d"] {
        receiver.answer(title, StatusCode::FORBIDDEN);
        dead.push(taskline.submit(title));
    }
    let status = taskline.until(&["line", "status"], |status| status["dead_lettered"] == 4);
    let newest = status["newest_failures"].as_array().unwrap();
    let newest: Vec<_> = newest.iter().map(|letter| letter["task_id"].as_str().unwrap()).collect();
    assert_eq!(newest, [&dead[3], &dead[2], &dead[1]]);
    let text = taskline.run(&["line", "status"]).out;
    assert!(text.contains("failed        ") && text.contains("permanent http_403"), "{text}");
}

#[test]
fn a_watched_line_is_shown_again_when_it_changes() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    let mut command = taskline.command(&["--json", "line", "status", "--watch"]);
    let mut watching = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let (seen, shown) = mpsc::channel();
    let lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let reading = thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let _ = seen.send(serde_json::from_str::<Value>(&line).unwrap());
        }
    });
    let until = |state: &str| while shown.recv_timeout(Duration::from_secs(60)).unwrap()["state"] != state {};
    until("idle");
    taskline.run(&["line", "pause", "--reason", "a test"]);
    until("paused");
    taskline.run(&["line", "resume", "--reason", "a test"]);
    taskline.submit("a");
    until("moving");
    watching.kill().unwrap();
    watching.wait().unwrap();
    reading.join().unwrap();
}
