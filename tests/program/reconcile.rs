//! `taskline dead-letters reconcile` and `taskline verify`, on data that somebody meddled with.

use local::{DataDirectory, QueueTerms, SqliteTaskQueue, SqliteTaskRecords, SystemClock};
use shared::{
    AuditAction, AuditEntry, TaskId,
    lifecycle::{Force, begin_redrive},
    ports::{Clock, Expected, TaskQueue, TaskRecords, Written},
};
use std::sync::Arc;

use crate::{receiver::Receiver, taskline::Taskline};

/// The data of a stopped pipeline, without the program in between.
struct Meddler {
    records: SqliteTaskRecords,
    line: SqliteTaskQueue,
    clock: Arc<SystemClock>,
}

fn meddle(taskline: &Taskline, max_receive_count: u32) -> Meddler {
    let store = DataDirectory::new(taskline.data()).open().unwrap();
    let clock = Arc::new(SystemClock::default());
    let terms = QueueTerms { visibility_seconds: 0, max_receive_count };
    Meddler {
        records: SqliteTaskRecords::new(store.clone()),
        line: SqliteTaskQueue::line(store, Arc::clone(&clock) as Arc<dyn Clock>, terms),
        clock,
    }
}

fn stopped() -> Taskline {
    let taskline = Taskline::new();
    taskline.start().terminate();
    taskline
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_queue_gave_up_on_by_itself_is_recorded_and_can_be_redriven() {
    let taskline = stopped();
    let id = taskline.submit("throttled");
    let queue = meddle(&taskline, 2);
    for _ in 0..3 {
        queue.line.receive(1, 0).await.unwrap();
    }
    assert_eq!(taskline.status_of(&id)["status"], "accepted");
    let shown = taskline.json(&["dead-letters", "reconcile"]);
    assert_eq!(shown["differences"][0]["task_id"], id.as_str());
    assert_eq!(taskline.status_of(&id)["status"], "accepted");
    assert_eq!(taskline.run(&["dead-letters", "reconcile", "--yes"]).code, 0);
    let letter = taskline.json(&["dead-letters", "show", &id]);
    assert_eq!(letter["failure"]["code"], "receive_count_exceeded");
    let redriven = taskline.run(&["dead-letters", "redrive", &id, "--yes", "--reason", "capacity is back"]);
    assert_eq!(redriven.code, 0, "{}", redriven.err);
    let running = taskline.start();
    taskline.until_idle();
    running.terminate();
    assert_eq!(taskline.status_of(&id)["status"], "completed");
    assert!(taskline.run(&["dead-letters", "reconcile"]).err.contains("agree"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redrive_that_was_interrupted_is_seen_and_finished() {
    let receiver = Receiver::start().await;
    receiver.answer("poison", axum::http::StatusCode::FORBIDDEN);
    let taskline = receiver.taskline();
    let running = taskline.start();
    let id = taskline.submit("poison");
    taskline.until_idle();
    running.terminate();
    let data = meddle(&taskline, 1000);
    let task_id: TaskId = id.parse().unwrap();
    let record = data.records.find(task_id).await.unwrap().unwrap();
    let now = data.clock.now();
    let entry = AuditEntry::new(AuditAction::Redrive, now, "bob", "and then the power went");
    let begun = begin_redrive(&record, Force::Yes, "another version", entry, now).unwrap();
    let written = data.records.write(&begun, Expected::Revision(record.revision)).await.unwrap();
    assert_eq!(written, Written::Made);

    assert!(taskline.run(&["verify"]).out.contains("its redrive is not finished"));
    assert_eq!(taskline.json(&["dead-letters", "list"])[0]["status"], "redriving");
    assert_eq!(taskline.run(&["dead-letters", "reconcile", "--yes"]).code, 0);
    receiver.answer("poison", axum::http::StatusCode::OK);
    let running = taskline.start();
    taskline.until_idle();
    running.terminate();
    assert_eq!(taskline.status_of(&id)["status"], "completed");
    assert_eq!(receiver.calls().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn order_that_was_broken_is_found() {
    let taskline = stopped();
    taskline.submit("one");
    taskline.submit("two");
    let running = taskline.start();
    taskline.until_idle();
    running.terminate();
    assert_eq!(taskline.run(&["verify"]).code, 0);

    let data = meddle(&taskline, 1000);
    let page = data.records.all(None, 10).await.unwrap();
    let mut second = page.records.into_iter().max_by_key(|record| record.sequence_number).unwrap();
    let revision = second.revision;
    second.started_at = Some(second.accepted_at - chrono::TimeDelta::hours(1));
    second.revision += 1;
    data.records.write(&second, Expected::Revision(revision)).await.unwrap();
    let said = taskline.run(&["verify"]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("VIOLATION") && said.out.contains("NOT in order"), "{}", said.out);
}
