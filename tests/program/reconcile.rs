//! `taskline dead-letters reconcile`, on data that another program changed.

use local::{DataDirectory, QueueTerms, SqliteTaskQueue, SqliteTaskRecords, SteadyClock};
use serde_json::json;
use shared::{
    AuditAction, AuditEntry, Message, TaskId,
    lifecycle::{Force, PresentHandler, begin_redrive},
    ports::{Clock, Expected, TaskQueue, TaskRecords, Written},
};
use std::sync::Arc;

use crate::{receiver::Receiver, taskline::Taskline};

/// Writes the data of a stopped pipeline directly, without the program.
struct DataWriter {
    records: SqliteTaskRecords,
    line: SqliteTaskQueue,
    dead_letters: SqliteTaskQueue,
    clock: Arc<SteadyClock>,
}

fn open_for_writing(taskline: &Taskline, max_receive_count: u32) -> DataWriter {
    let store = DataDirectory::new(taskline.data()).open().unwrap();
    let clock = Arc::new(SteadyClock::default());
    let terms = QueueTerms { visibility_seconds: 0, max_receive_count };
    DataWriter {
        records: SqliteTaskRecords::new(store.clone()),
        line: SqliteTaskQueue::line(store.clone(), Arc::clone(&clock) as Arc<dyn Clock>, terms),
        dead_letters: SqliteTaskQueue::dead_letters(store, Arc::clone(&clock) as Arc<dyn Clock>, terms),
        clock,
    }
}

fn stopped() -> Taskline {
    let taskline = Taskline::new();
    taskline.start().terminate();
    taskline
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_queue_moved_automatically_is_recorded_and_can_be_redriven() {
    let taskline = stopped();
    let id = taskline.submit("throttled");
    let queue = open_for_writing(&taskline, 2);
    for _ in 0..3 {
        queue.line.receive(1, 0).await.unwrap();
    }
    assert_eq!(taskline.status_of(&id)["status"], "accepted");
    let shown = taskline.json(&["dead-letters", "reconcile"]);
    assert_eq!(shown["differences"][0]["task_id"], id.as_str());
    assert_eq!(taskline.status_of(&id)["status"], "accepted");
    assert_eq!(taskline.run(&["dead-letters", "reconcile", "--yes"]).code, 0);
    let dead_letter = taskline.json(&["dead-letters", "show", &id]);
    assert_eq!(dead_letter["failure"]["code"], "receive_count_exceeded");
    let redriven = taskline.run(&["dead-letters", "redrive", &id, "--yes", "--reason", "capacity is back"]);
    assert_eq!(redriven.code, 0, "{}", redriven.err);
    let running = taskline.start();
    taskline.until_idle();
    running.terminate();
    assert_eq!(taskline.status_of(&id)["status"], "completed");
    assert!(taskline.run(&["dead-letters", "reconcile"]).err.contains("agree"));
    assert_eq!(taskline.run(&["verify"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_redrive_is_found_and_finished() {
    let receiver = Receiver::start().await;
    receiver.answer("poison", axum::http::StatusCode::UNPROCESSABLE_ENTITY);
    let taskline = receiver.taskline();
    let running = taskline.start();
    let id = taskline.submit("poison");
    taskline.until_idle();
    running.terminate();
    let data = open_for_writing(&taskline, 1000);
    let task_id: TaskId = id.parse().unwrap();
    let record = data.records.find(task_id).await.unwrap().unwrap();
    let now = data.clock.now();
    let entry = AuditEntry::new(AuditAction::Redrive, now, "bob", "and then the power went");
    let redriving = begin_redrive(&record, Force::Yes, &PresentHandler::default(), entry, now).unwrap();
    let written = data.records.write(&redriving, Expected::Revision(record.revision)).await.unwrap();
    assert_eq!(written, Written::Made);

    assert!(taskline.run(&["verify"]).out.contains("its redrive is not finished"));
    assert_eq!(taskline.json(&["dead-letters", "list"])["dead_letters"][0]["status"], "redriving");
    assert_eq!(taskline.run(&["dead-letters", "reconcile", "--yes"]).code, 0);
    receiver.answer("poison", axum::http::StatusCode::OK);
    let running = taskline.start();
    taskline.until_idle();
    running.terminate();
    assert_eq!(taskline.status_of(&id)["status"], "completed");
    assert_eq!(receiver.calls().len(), 2);
}

/// More than an SQS FIFO queue would show, with the differences at the end.
#[tokio::test(flavor = "multi_thread")]
async fn reconcile_examines_every_dead_letter_and_changes_nothing_without_yes() {
    let taskline = stopped();
    let id = taskline.submit("fine");
    let running = taskline.start();
    taskline.until_idle();
    running.terminate();
    let data = open_for_writing(&taskline, 1000);
    let completed = data.records.find(id.parse().unwrap()).await.unwrap().unwrap();
    for number in 0..30 {
        data.dead_letters.enqueue(&format!("body {number}"), &number.to_string()).await.unwrap();
    }
    let stale = Message::carrying(&completed, data.clock.now()).unwrap().encode().unwrap();
    for number in 30..33 {
        data.dead_letters.enqueue(&stale, &number.to_string()).await.unwrap();
    }
    // Another client has received them, which hides them from every other client.
    let in_progress = open_for_writing(&taskline, 1000).dead_letters.receive(1, 0).await.unwrap();
    assert_eq!(in_progress.len(), 1);

    let depth = data.dead_letters.depth().await.unwrap();
    for _ in 0..2 {
        let shown = taskline.json(&["dead-letters", "reconcile"]);
        assert_eq!(shown["differences"].as_array().unwrap().len(), 30, "{shown}");
        let counts = ["stale_messages", "messages_seen", "messages_not_seen"].map(|name| shown[name].clone());
        assert_eq!(counts, [json!(3), json!(33), json!(0)]);
        let text = taskline.run(&["dead-letters", "reconcile"]);
        assert_eq!(text.out.lines().count(), 30);
        assert!(text.err.contains("3 stale messages") && !text.err.contains("agree"), "{}", text.err);
    }
    assert_eq!(data.dead_letters.depth().await.unwrap(), depth);
    assert_eq!(taskline.json(&["dead-letters", "list"])["dead_letters"], json!([]));

    let done = taskline.json(&["dead-letters", "reconcile", "--yes"]);
    assert_eq!((done["fixed"].as_array().unwrap().len(), &done["deleted"]), (30, &json!(3)), "{done}");
    assert_eq!(taskline.json(&["dead-letters", "list"])["dead_letters"].as_array().unwrap().len(), 30);
    assert!(taskline.run(&["dead-letters", "reconcile"]).err.contains("The queues and the records agree."));
    let nothing = taskline.json(&["dead-letters", "reconcile", "--yes"]);
    let members =
        |document: &serde_json::Value| document.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&nothing), members(&done), "programs get the same members in every case");
    assert_eq!(
        [&nothing["fixed"], &nothing["refused"], &nothing["deleted"]],
        [&json!([]), &json!([]), &json!(0)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_previews_the_same_differences_and_changes_nothing() {
    let taskline = stopped();
    let data = open_for_writing(&taskline, 1000);
    for number in 0..12 {
        data.dead_letters.enqueue(&format!("body {number}"), &number.to_string()).await.unwrap();
    }
    let running = taskline.start_with(&["console"]);
    let console = crate::console::Console::at(&running.console);
    for _ in 0..2 {
        let (status, preview) = console.post("/api/preview", &json!({"action": "reconcile"})).await;
        assert_eq!((status, &preview["count"]), (200, &json!(12)), "{preview}");
    }
    let (_, outcome) = console.act(&json!({"action": "reconcile"})).await;
    assert_eq!(outcome["done"].as_array().unwrap().len(), 12);
    let (_, preview) = console.post("/api/preview", &json!({"action": "reconcile"})).await;
    assert_eq!(preview["sentences"], json!(["The queues and the records agree."]));
}
