//! Cancellation: a submitter cancels a task that has not begun; a task that has begun continues.

use futures_util::FutureExt;
use harness::{Answer, Fault, Outage, Outcome, PipelineFixture, Step, Turn, delete, get};
use shared::{AuditAction, Caller, Status, TaskId, limits::DEDUPE_SECONDS};

async fn cancel(pipeline: &PipelineFixture, task_id: TaskId) -> Answer {
    pipeline.send(delete(task_id)).await
}

#[tokio::test]
async fn a_cancelled_task_is_not_handled_and_its_message_is_acknowledged() {
    let pipeline = PipelineFixture::new();
    let [a, b, c] = pipeline.post_all(["a", "b", "c"]).await;
    let answer = cancel(&pipeline, b).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["status"], "discarded");
    assert_eq!(answer.json()["reason"], "cancelled before it began");
    assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    assert_eq!(pipeline.turn().await, Turn::Acknowledged, "the cancelled task");
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, c]);
    let record = pipeline.record(b).await;
    assert_eq!((record.status, record.attempt), (Status::Discarded, 0));
    assert_eq!((record.audit[0].action, record.audit[0].by.as_str()), (AuditAction::Cancel, "local"));
    assert_eq!(pipeline.dead_letters().await.len(), 0);
}

#[tokio::test]
async fn a_repeated_cancellation_is_answered_alike_and_writes_nothing() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    let first = cancel(&pipeline, task_id).await;
    pipeline.clock.advance_seconds(1);
    pipeline.faults.outage(Step::WriteRecord, Outage::NothingGetsThrough);
    let second = cancel(&pipeline, task_id).await;
    assert_eq!((second.status, second.json()), (first.status, first.json()));
}

#[tokio::test]
async fn a_task_that_has_begun_is_not_cancelled_in_any_status() {
    let pipeline = PipelineFixture::new();
    let [completed, dead, retrying] = pipeline.post_all(["a", "b", "c"]).await;
    pipeline.handler.on("b", [Outcome::Permanent("bad")]);
    pipeline.handler.on("c", [Outcome::Transient("busy")]);
    for _ in 0..3 {
        pipeline.turn().await;
    }
    let redriven = pipeline.record(dead).await;
    for (task_id, status) in [(completed, "completed"), (dead, "dead_lettered"), (retrying, "retrying")] {
        let before = pipeline.record(task_id).await;
        let answer = cancel(&pipeline, task_id).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (409.try_into().unwrap(), "application/problem+json")
        );
        assert_eq!(answer.json()["type"], "urn:taskline:problem:has-begun");
        assert!(answer.json()["detail"].as_str().unwrap().contains(status));
        assert_eq!(pipeline.record(task_id).await, before);
    }
    pipeline.redrive(dead).await;
    assert_eq!(cancel(&pipeline, dead).await.status, 409, "its handler may have had an effect");
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.status(dead).await, Status::Completed);
    assert!(pipeline.record(dead).await.revision > redriven.revision);
}

#[tokio::test]
async fn another_callers_task_is_neither_cancelled_nor_revealed() {
    let mut pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.caller = Caller::parse("bob").unwrap();
    assert_eq!(cancel(&pipeline, task_id).await.status, 404);
    pipeline.enqueue_raw("{", "d").await;
    pipeline.work_until_empty().await;
    pipeline.caller = Caller::unknown();
    assert_eq!(cancel(&pipeline, TaskId::of_undecodable_body("{")).await.status, 404);
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
}

/// Either the cancellation or the claim succeeds: no task is reported as cancelled and runs, and none neither runs nor
/// is cancelled.
#[tokio::test]
async fn a_concurrent_cancellation_and_claim_have_one_winner() {
    for after in [false, true] {
        let pipeline = PipelineFixture::new();
        let task_id = pipeline.post("a").await;
        let submitter = pipeline.clone();
        let cancelled = async move { drop(cancel(&submitter, task_id).await) }.boxed();
        let fault = if after { Fault::After(cancelled) } else { Fault::Before(cancelled) };
        pipeline.faults.at(Step::WriteRecord, 1, fault);
        pipeline.work_until_empty().await;
        let expected = if after { (Status::Completed, 1) } else { (Status::Discarded, 0) };
        assert_eq!(
            (pipeline.status(task_id).await, pipeline.handler.calls().len()),
            expected,
            "after: {after}"
        );
    }
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    let processor = pipeline.clone();
    let claims = async move {
        assert_eq!(processor.turn().await, Turn::Acknowledged);
    };
    pipeline.faults.at(Step::WriteRecord, 1, Fault::Before(claims.boxed()));
    assert_eq!(cancel(&pipeline, task_id).await.status, 409);
    assert_eq!(pipeline.handler.task_ids(), [task_id]);
}

#[tokio::test]
async fn a_repeated_request_with_its_key_does_not_undo_a_cancellation() {
    for seconds in [1, i64::from(DEDUPE_SECONDS) + 1] {
        let pipeline = PipelineFixture::new();
        let task_id = pipeline.submit("a", Some("k")).await.unwrap().task_id;
        cancel(&pipeline, task_id).await;
        pipeline.clock.advance_seconds(seconds);
        let again = pipeline.submit("a", Some("k")).await.unwrap();
        assert_eq!((again.task_id, again.status, again.replayed), (task_id, Status::Discarded, true));
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.handler.calls().len(), 0, "{seconds} seconds later");
    }
}

#[tokio::test]
async fn a_request_that_is_repeated_during_its_cancellation_does_not_undo_it() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.submit("a", Some("k")).await.unwrap().task_id;
    pipeline.clock.advance_seconds(i64::from(DEDUPE_SECONDS) + 1);
    let submitter = pipeline.clone();
    let cancelled = async move { assert_eq!(cancel(&submitter, task_id).await.status, 200) };
    pipeline.faults.at(Step::Enqueue, 1, Fault::Before(cancelled.boxed()));
    assert!(pipeline.submit("a", Some("k")).await.unwrap().replayed);
    assert_eq!(pipeline.depth().await.waiting, 2, "the request's second message");
    pipeline.work_until_empty().await;
    assert_eq!((pipeline.status(task_id).await, pipeline.handler.calls().len()), (Status::Discarded, 0));
}

#[tokio::test]
async fn a_cancellation_that_cannot_be_written_is_answered_503_and_can_be_repeated() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.faults.outage(Step::WriteRecord, Outage::NothingGetsThrough);
    let answer = cancel(&pipeline, task_id).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503.try_into().unwrap(), "5"));
    assert_eq!(pipeline.status(task_id).await, Status::Accepted);
}

#[tokio::test]
async fn a_view_shows_the_reason_for_the_tasks_status() {
    let pipeline = PipelineFixture::new();
    let [fine, dead, panicked] = pipeline.post_all(["a", "b", "c"]).await;
    pipeline.handler.on("b", [Outcome::Permanent("bad")]);
    pipeline.handler.on("c", [Outcome::Panic]);
    for _ in 0..3 {
        pipeline.turn().await;
    }
    let view = async |task_id| pipeline.send(get(&format!("/tasks/{task_id}"))).await.json();
    assert_eq!(view(fine).await["reason"], serde_json::Value::Null);
    assert_eq!(view(dead).await["reason"], "bad: failed with bad");
    assert!(!view(panicked).await["reason"].as_str().unwrap().contains("script"), "no insides");
    pipeline.discard(dead).await;
    assert_eq!(view(dead).await["reason"], "given up by an operator", "without the operator's reason");
}
