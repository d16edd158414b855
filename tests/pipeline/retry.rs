//! Retries of transient failures: the line waits for the task, each time a little longer, and nothing overtakes it.

use std::time::Duration;

use harness::{Outcome, PipelineFixture, Turn};
use shared::{FailureClass, Status, ports::Depth};

/// So many transient failures.
fn busy(times: usize) -> Vec<Outcome> {
    vec![Outcome::Transient("busy"); times]
}

#[tokio::test]
async fn tasks_behind_a_retried_task_wait() {
    let pipeline = PipelineFixture::new();
    let [a, b, c] = pipeline.post_all(["a", "b", "c"]).await;
    pipeline.handler.on("a", busy(2));
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    assert_eq!(pipeline.status(a).await, Status::Retrying);
    assert_eq!(pipeline.turn().await, Turn::Idle, "at the same moment");
    let (waited, turn) = pipeline.next_turn().await;
    assert_eq!((waited, turn), (1, Turn::Unacknowledged), "the backoff and no longer");
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, a, a, b, c]);
    let record = pipeline.record(a).await;
    assert_eq!((record.status, record.attempt), (Status::Completed, 3));
    let codes: Vec<_> = record.failures.iter().map(|failure| failure.code.as_str()).collect();
    assert_eq!(codes, ["busy", "busy"], "the failures stay in the record");
}

#[tokio::test]
async fn the_backoff_grows_up_to_the_maximum() {
    let mut pipeline = PipelineFixture::new();
    pipeline.settings.backoff.max_seconds = 20;
    pipeline.post("a").await;
    pipeline.handler.on("a", busy(9));
    pipeline.turn().await;
    for attempt in 1..10 {
        let (waited, _) = pipeline.next_turn().await;
        let ceiling = (1 << (attempt - 1)).min(20);
        assert!(
            (ceiling / 2..=ceiling).contains(&waited) && waited >= 1,
            "{waited} s after attempt {attempt}"
        );
    }
    assert_eq!(pipeline.handler.calls().len(), 10);
}

/// A receiver that is redeployed often fails for one or two minutes.
#[tokio::test]
async fn transient_failures_keep_the_head_for_minutes() {
    let pipeline = PipelineFixture::new();
    for title in ["a", "b", "c", "d", "e"] {
        let task_id = pipeline.post(title).await;
        pipeline.handler.on(title, busy(10));
        let began = pipeline.now();
        while pipeline.status(task_id).await != Status::DeadLettered {
            pipeline.next_turn().await;
        }
        let seconds = (pipeline.now() - began).num_seconds();
        assert!((120..=243).contains(&seconds), "{seconds} s");
    }
}

#[tokio::test]
async fn a_wait_that_the_handler_asks_for_is_kept_up_to_the_maximum() {
    for (asked, kept) in [(0, 1), (7, 7), (60, 60), (86_400, 60)] {
        let pipeline = PipelineFixture::new();
        pipeline.post("a").await;
        let wait = Duration::from_secs(asked);
        pipeline.handler.on("a", [Outcome::TransientAfter("http_429", wait)]);
        assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
        assert_eq!(pipeline.next_turn().await, (kept, Turn::Acknowledged), "asked for {asked} s");
    }
}

#[tokio::test]
async fn a_task_that_spent_its_attempt_budget_is_dead_lettered_with_every_failure() {
    let pipeline = PipelineFixture::new();
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.on("a", busy(10));
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.attempts(a), (1..=10).collect::<Vec<_>>());
    assert_eq!(pipeline.handler.task_ids()[10..], [b], "the line continues");
    let record = pipeline.record(a).await;
    assert_eq!(record.status, Status::DeadLettered);
    assert_eq!(pipeline.dead_task_ids().await, [a]);
    assert_eq!(record.failures.len(), 10);
    for (attempt, failure) in (1..).zip(&record.failures) {
        assert_eq!(failure.class, FailureClass::Transient);
        assert_eq!((failure.code.as_str(), failure.message.as_str()), ("busy", "failed with busy"));
        assert_eq!((failure.attempt, failure.generation), (attempt, 0));
        assert_eq!(failure.request_id, format!("invocation-{attempt}"));
        assert_eq!(failure.xray_trace_id.as_deref(), Some("trace"));
        assert_eq!(failure.code_version, pipeline.settings.code_version);
        assert_eq!(failure.duration_ms, Some(0));
    }
    assert!(record.failures.is_sorted_by_key(|failure| failure.at));
}

#[tokio::test]
async fn the_last_attempt_of_the_budget_can_still_succeed() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.handler.on("a", busy(9));
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
    assert_eq!(pipeline.handler.attempts(task_id).len(), 10);
    assert_eq!(pipeline.dead_letters().await.len(), 0);
}

#[tokio::test]
async fn receives_without_a_run_spend_no_attempt() {
    let pipeline = PipelineFixture::new();
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    for _ in 0..50 {
        pipeline.throttled_receive().await;
    }
    pipeline.handler.on("a", busy(9));
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.attempts(a), (1..=10).collect::<Vec<_>>());
    assert_eq!(pipeline.status(a).await, Status::Completed);
    assert_eq!(pipeline.status(b).await, Status::Completed);
}

#[tokio::test]
async fn the_queue_moves_a_message_received_too_often_without_a_run_and_the_line_continues() {
    let mut pipeline = PipelineFixture::new();
    pipeline.max_receive_count = 8;
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    for _ in 0..8 {
        pipeline.throttled_receive().await;
    }
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [b]);
    assert_eq!(pipeline.dead_task_ids().await, [a]);
    let record = pipeline.record(a).await;
    assert_eq!(
        (record.status, record.attempt),
        (Status::Accepted, 0),
        "no failure is recorded that no run saw"
    );
    assert_eq!(pipeline.dead_letters().await.len(), 1);
    pipeline.reconcile().await;
    let recorded = pipeline.record(a).await;
    assert_eq!(recorded.status, Status::DeadLettered);
    assert_eq!(recorded.last_failure().unwrap().code, "receive_count_exceeded");
}

#[tokio::test]
async fn a_message_that_the_queue_moved_and_an_operator_moves_back_is_handled() {
    let mut pipeline = PipelineFixture::new();
    pipeline.max_receive_count = 3;
    let task_id = pipeline.post("a").await;
    for _ in 0..3 {
        pipeline.throttled_receive().await;
    }
    assert_eq!(pipeline.turn().await, Turn::Idle);
    assert_eq!(pipeline.depth().await, Depth::default());
    pipeline.move_dead_letters_back().await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [task_id]);
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
}
