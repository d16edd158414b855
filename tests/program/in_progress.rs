//! `taskline dead-letters reconcile` on actions in progress and on harmless differences.

use std::sync::Arc;

use axum::http::StatusCode;
use local::{DataDirectory, QueueTerms, SqliteTaskQueue, SteadyClock};
use serde_json::json;
use shared::ports::TaskQueue;

use crate::{receiver::Receiver, taskline::Taskline};

/// The process is killed after the dead letter was sent to the dead-letter queue and before the record says so.
#[tokio::test(flavor = "multi_thread")]
async fn reconcile_leaves_a_task_that_is_being_dead_lettered_to_the_processor() {
    let receiver = Receiver::start().await;
    receiver.answer("poison", StatusCode::UNPROCESSABLE_ENTITY);
    let taskline = receiver.taskline();
    taskline.start().terminate();
    let id = taskline.submit("poison");
    let mut doomed = taskline.command(&["--json", "local", "--listen", "127.0.0.1:0"]);
    let doomed = taskline.try_start(doomed.env("CRASH_AT", "enqueue:after:1"));
    doomed.map_or_else(|ended| ended, crate::taskline::Running::ended);
    assert_eq!(taskline.status_of(&id)["status"], "dead_lettering");

    let output = taskline.run(&["dead-letters", "reconcile", "--yes"]);
    assert_eq!((output.code, output.out.as_str()), (0, ""), "{}", output.err);
    assert!(output.err.contains("The queues and the records agree."), "{}", output.err);
    assert_eq!(taskline.status_of(&id)["status"], "dead_lettering");
    let running = taskline.start();
    taskline.until(&["line", "status"], |status| status["dead_lettered"] == 1);
    running.terminate();
    let dead_letter = taskline.status_of(&id);
    assert_eq!((&dead_letter["audit"], &dead_letter["failure"]["code"]), (&json!([]), &json!("http_422")));
}

/// A pipeline with dead letters of these titles.
async fn with_dead(titles: &[&str]) -> (Receiver, Taskline) {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline();
    let running = taskline.start();
    for title in titles {
        receiver.answer(title, StatusCode::UNPROCESSABLE_ENTITY);
        taskline.submit(title);
    }
    taskline.until(&["line", "status"], |status| {
        status["dead_lettered"] == titles.len() && status["state"] == "idle"
    });
    running.terminate();
    (receiver, taskline)
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_without_a_message_are_counted_and_redriven_from_their_record() {
    let (receiver, taskline) = with_dead(&["one", "two"]).await;
    let store = DataDirectory::new(taskline.data()).open().unwrap();
    let terms = QueueTerms { visibility_seconds: 0, max_receive_count: 1 };
    let queue = SqliteTaskQueue::dead_letters(store, Arc::new(SteadyClock::default()), terms);
    for message in queue.read(None, 10).await.unwrap().unwrap() {
        queue.delete_read(message.sequence_number).await.unwrap();
    }
    let output = taskline.run(&["dead-letters", "reconcile"]);
    assert!(
        output.err.contains("2 dead letters have no message in the dead-letter queue."),
        "{}",
        output.err
    );
    assert!(output.err.contains("no harm: a redrive sends what is on record"), "{}", output.err);
    assert!(!output.err.contains("agree"), "{}", output.err);
    assert_eq!(taskline.json(&["dead-letters", "reconcile"])["dead_letters_without_message"], 2);
    ["one", "two"].iter().for_each(|title| receiver.answer(title, StatusCode::OK));
    let redrive = ["dead-letters", "redrive", "--all", "--yes", "--reason", "it is back"];
    assert_eq!(taskline.run(&redrive).code, 0);
    let running = taskline.start();
    taskline.until_idle();
    running.terminate();
    assert_eq!(receiver.titles(), ["one", "two", "one", "two"]);
    assert!(taskline.run(&["dead-letters", "reconcile"]).err.contains("The queues and the records agree."));
}
