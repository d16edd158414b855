//! The guard of a redrive refuses tasks that are known to fail again, and reports what it knows from which version.

use axum::http::StatusCode;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{
    receiver::Receiver,
    taskline::{Running, Taskline},
};

const REASON: [&str; 2] = ["--reason", "the receiver was fixed"];

/// A pipeline whose receiver, in version 1, completed `before` and then refused these tasks.
async fn refused_by_version_1(titles: &[&str]) -> (Receiver, Taskline, Running, Vec<String>) {
    let receiver = Receiver::start().await;
    receiver.report_version("1");
    let taskline = receiver.taskline();
    let running = taskline.start();
    taskline.submit("before");
    titles.iter().for_each(|title| receiver.answer(title, StatusCode::UNPROCESSABLE_ENTITY));
    let ids: Vec<_> = titles.iter().map(|title| taskline.submit(title)).collect();
    taskline.until_idle();
    titles.iter().for_each(|title| receiver.answer(title, StatusCode::OK));
    (receiver, taskline, running, ids)
}

fn complete(taskline: &Taskline, title: &str) {
    taskline.submit(title);
    taskline.until_idle();
}

/// The reasons why a redrive of all dead letters would be refused, and why it may fail again.
fn preview(taskline: &Taskline) -> [Vec<String>; 2] {
    let preview = taskline.json(&[&["dead-letters", "redrive", "--all"][..], &REASON].concat());
    ["would_refuse", "may_fail_again"].map(|name| {
        let reason = |it: &Value| it["reason"].as_str().unwrap().to_owned();
        preview[name].as_array().unwrap().iter().map(reason).collect()
    })
}

fn redrive(taskline: &Taskline, id: &str, options: &[&str]) {
    let output = taskline.run(&[&["dead-letters", "redrive", id, "--yes"][..], &REASON, options].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    taskline.until_idle();
}

const NOTHING: Vec<String> = Vec::new();

#[tokio::test(flavor = "multi_thread")]
async fn a_redriven_task_completed_by_another_version_removes_the_doubt_about_the_others() {
    let (receiver, taskline, _running, ids) = refused_by_version_1(&["one", "two", "three"]).await;
    receiver.report_version("2");
    redrive(&taskline, &ids[0], &[]);
    assert_eq!(preview(&taskline), [NOTHING, NOTHING]);
    let preview_text = taskline.run(&[&["dead-letters", "redrive", "--all"][..], &REASON].concat()).err;
    assert!(!preview_text.contains("may fail again"), "{preview_text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redriven_task_completed_by_the_same_version_is_reported_and_refuses_nothing() {
    let (_receiver, taskline, _running, ids) = refused_by_version_1(&["one", "two"]).await;
    redrive(&taskline, &ids[0], &["--force"]);
    let [refused, doubts] = preview(&taskline);
    assert_eq!((refused, doubts.len()), (NOTHING, 1));
    let expected =
        "reported version 1 with this failure, and the same one with a redriven task that it completed at ";
    assert!(doubts[0].contains(expected), "{doubts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_stops_reporting_after_another_version_counts_as_changed() {
    let (receiver, taskline, _running, _) = refused_by_version_1(&["one"]).await;
    complete(&taskline, "by version 1");
    let [refused, _] = preview(&taskline);
    assert!(refused[0].contains("the same handler, version 1, completed another task at"), "{refused:?}");
    receiver.report_version("");
    complete(&taskline, "silently");
    let [refused, doubts] = preview(&taskline);
    assert_eq!((refused, doubts.len()), (NOTHING, 1));
    assert!(doubts[0].contains("and none with the task that was completed last"), "{doubts:?}");
    receiver.report_version("2");
    complete(&taskline, "by version 2");
    receiver.report_version("");
    complete(&taskline, "silently again");
    assert_eq!(preview(&taskline), [NOTHING, NOTHING]);
}

/// Changes the record of this task as if it was completed under a clock that was years ahead.
fn complete_in_the_future(taskline: &Taskline, title: &str) {
    let change = "UPDATE records SET finished_at = finished_at + 100000000000000,
                         record = json_set(record, '$.finished_at', '2099-01-01T00:00:00Z')
                  WHERE record ->> '$.payload.task.title' = ?1";
    let connection = Connection::open(taskline.data().join("taskline.db")).unwrap();
    assert_eq!(connection.execute(change, [title]).unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_completion_under_a_clock_that_was_ahead_refuses_nothing() {
    let (receiver, taskline, running, _) = refused_by_version_1(&["one"]).await;
    running.terminate();
    complete_in_the_future(&taskline, "before");
    let [refused, doubts] = preview(&taskline);
    assert_eq!((refused, doubts.len()), (NOTHING, 1));
    assert!(doubts[0].contains("no version is known since"), "{doubts:?}");

    let _running = taskline.start();
    receiver.report_version("2");
    complete(&taskline, "by version 2");
    assert_eq!(preview(&taskline), [NOTHING, NOTHING], "the last task to leave the line counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_without_departure_numbers_refuse_nothing() {
    let (_receiver, taskline, running, _) = refused_by_version_1(&["one"]).await;
    complete(&taskline, "by version 1");
    running.terminate();
    let connection = Connection::open(taskline.data().join("taskline.db")).unwrap();
    connection.execute("UPDATE records SET departure = NULL, began_after = NULL", []).unwrap();
    let [refused, doubts] = preview(&taskline);
    assert_eq!((refused, doubts.len()), (NOTHING, 1));
    assert!(doubts[0].contains("no version is known since"), "{doubts:?}");
    let output = taskline.json(&[&["dead-letters", "redrive", "--all", "--yes"][..], &REASON].concat());
    assert_eq!(output["refused"], json!([]));
}
