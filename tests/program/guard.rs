//! The guard of a redrive: it refuses what is known to fail again, and says what is known, and by whom.

use axum::http::StatusCode;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{
    receiver::Receiver,
    taskline::{Running, Taskline},
};

const WHY: [&str; 2] = ["--reason", "the receiver was mended"];

/// A pipeline whose receiver, of version 1, completed `before` and then refused these.
async fn refused_by_version_1(titles: &[&str]) -> (Receiver, Taskline, Running, Vec<String>) {
    let receiver = Receiver::start().await;
    receiver.report_version("1");
    let taskline = receiver.taskline();
    let running = taskline.start();
    taskline.submit("before");
    titles.iter().for_each(|title| receiver.answer(title, StatusCode::FORBIDDEN));
    let ids: Vec<_> = titles.iter().map(|title| taskline.submit(title)).collect();
    taskline.until_idle();
    titles.iter().for_each(|title| receiver.answer(title, StatusCode::OK));
    (receiver, taskline, running, ids)
}

fn completes(taskline: &Taskline, title: &str) {
    taskline.submit(title);
    taskline.until_idle();
}

/// Why the redrive of all that is left would be refused, and why it is in doubt.
fn preview(taskline: &Taskline) -> [Vec<String>; 2] {
    let preview = taskline.json(&[&["dead-letters", "redrive", "--all"][..], &WHY].concat());
    ["would_refuse", "may_fail_again"].map(|name| {
        let reason = |it: &Value| it["reason"].as_str().unwrap().to_owned();
        preview[name].as_array().unwrap().iter().map(reason).collect()
    })
}

fn redrive(taskline: &Taskline, id: &str, more: &[&str]) {
    let said = taskline.run(&[&["dead-letters", "redrive", id, "--yes"][..], &WHY, more].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    taskline.until_idle();
}

const NOTHING: Vec<String> = Vec::new();

#[tokio::test(flavor = "multi_thread")]
async fn a_redriven_task_that_another_version_completed_clears_the_others_of_doubt() {
    let (receiver, taskline, _running, ids) = refused_by_version_1(&["one", "two", "three"]).await;
    receiver.report_version("2");
    redrive(&taskline, &ids[0], &[]);
    assert_eq!(preview(&taskline), [NOTHING, NOTHING]);
    let told = taskline.run(&[&["dead-letters", "redrive", "--all"][..], &WHY].concat()).err;
    assert!(!told.contains("may fail again"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redriven_task_that_the_same_version_completed_is_told_and_refuses_nothing() {
    let (_receiver, taskline, _running, ids) = refused_by_version_1(&["one", "two"]).await;
    redrive(&taskline, &ids[0], &["--force"]);
    let [refused, doubts] = preview(&taskline);
    assert_eq!((refused, doubts.len()), (NOTHING, 1));
    let words =
        "reported version 1 with this failure, and the same one with a redriven task that it completed at ";
    assert!(doubts[0].contains(words), "{doubts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_falls_silent_after_another_version_has_changed() {
    let (receiver, taskline, _running, _) = refused_by_version_1(&["one"]).await;
    completes(&taskline, "by version 1");
    let [refused, _] = preview(&taskline);
    assert!(refused[0].contains("the same handler, version 1, completed another task at"), "{refused:?}");
    receiver.report_version("");
    completes(&taskline, "silently");
    let [refused, doubts] = preview(&taskline);
    assert_eq!((refused, doubts.len()), (NOTHING, 1));
    assert!(doubts[0].contains("and none with the task that was completed last"), "{doubts:?}");
    receiver.report_version("2");
    completes(&taskline, "by version 2");
    receiver.report_version("");
    completes(&taskline, "silently again");
    assert_eq!(preview(&taskline), [NOTHING, NOTHING]);
}

/// Makes the record of this task into one that was completed by a clock that was years ahead.
fn complete_in_the_future(taskline: &Taskline, title: &str) {
    let change = "UPDATE records SET finished_at = finished_at + 100000000000000,
                         record = json_set(record, '$.finished_at', '2099-01-01T00:00:00Z')
                  WHERE record ->> '$.payload.task.title' = ?1";
    let connection = Connection::open(taskline.data().join("taskline.db")).unwrap();
    assert_eq!(connection.execute(change, [title]).unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_completed_before_by_a_clock_that_was_ahead_refuses_nothing() {
    let (receiver, taskline, running, _) = refused_by_version_1(&["one"]).await;
    running.terminate();
    complete_in_the_future(&taskline, "before");
    let [refused, doubts] = preview(&taskline);
    assert_eq!((refused, doubts.len()), (NOTHING, 1));
    assert!(doubts[0].contains("no version is known since"), "{doubts:?}");

    let _running = taskline.start();
    receiver.report_version("2");
    completes(&taskline, "by version 2");
    assert_eq!(preview(&taskline), [NOTHING, NOTHING], "the last is the one that left the line last");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_before_departures_were_counted_refuses_nothing() {
    let (_receiver, taskline, running, _) = refused_by_version_1(&["one"]).await;
    completes(&taskline, "by version 1");
    running.terminate();
    let connection = Connection::open(taskline.data().join("taskline.db")).unwrap();
    connection.execute("UPDATE records SET departure = NULL, began_after = NULL", []).unwrap();
    let [refused, doubts] = preview(&taskline);
    assert_eq!((refused, doubts.len()), (NOTHING, 1));
    assert!(doubts[0].contains("no version is known since"), "{doubts:?}");
    let said = taskline.json(&[&["dead-letters", "redrive", "--all", "--yes"][..], &WHY].concat());
    assert_eq!(said["refused"], json!([]));
}
