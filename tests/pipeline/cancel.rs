//! Cancellation: a submitter cancels a task, and no further attempt is made.

use chrono::TimeDelta;
use futures_util::FutureExt;
use harness::{
    Answer, Fault, Gate, Outage, Outcome, PipelineFixture, Step, Turn, delete, eventually, get, within,
};
use shared::{
    AuditAction, Caller, FailureClass, Status, TaskId,
    limits::{DEDUPE_SECONDS, LEASE_SECONDS_MAX, RENEWALS_PER_LEASE},
};

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
async fn a_task_that_is_completed_or_given_up_is_not_cancelled() {
    let pipeline = PipelineFixture::new();
    let [completed, dead] = pipeline.post_all(["a", "b"]).await;
    let holding = PipelineFixture::holding();
    let held = holding.post("b").await;
    for (pipeline, turns) in [(&pipeline, 2), (&holding, 1)] {
        pipeline.handler.on("b", [Outcome::Permanent("bad")]);
        for _ in 0..turns {
            pipeline.turn().await;
        }
    }
    for (pipeline, task_id, status) in
        [(&pipeline, completed, "completed"), (&pipeline, dead, "dead_lettered"), (&holding, held, "held")]
    {
        let before = pipeline.record(task_id).await;
        let answer = cancel(pipeline, task_id).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (409.try_into().unwrap(), "application/problem+json")
        );
        assert_eq!(answer.json()["type"], "urn:taskline:problem:has-begun");
        assert!(answer.json()["detail"].as_str().unwrap().contains(status));
        assert_eq!(pipeline.record(task_id).await, before);
    }
}

#[tokio::test]
async fn a_task_between_two_attempts_is_discarded_at_once() {
    let pipeline = PipelineFixture::new();
    let [retrying, redriven, behind] = pipeline.post_all(["a", "b", "c"]).await;
    pipeline.handler.on("a", [Outcome::Transient("busy")]);
    pipeline.handler.on("b", [Outcome::Permanent("bad")]);
    pipeline.turn().await;
    for answer in [cancel(&pipeline, retrying).await, cancel(&pipeline, retrying).await] {
        assert_eq!((answer.status.as_u16(), answer.json()["status"].as_str()), (200, Some("discarded")));
        assert_eq!(answer.json()["reason"], "cancelled after attempt 1");
    }
    pipeline.work_until_empty().await;
    pipeline.redrive(redriven).await;
    assert_eq!(cancel(&pipeline, redriven).await.status, 200);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [retrying, redriven, behind]);
    for task_id in [retrying, redriven] {
        assert_eq!(pipeline.status(task_id).await, Status::Discarded);
    }
}

#[tokio::test]
async fn a_cancellation_during_a_short_attempt_is_recorded_and_the_attempt_may_complete_the_task() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    let gate = Gate::closed();
    pipeline.handler.on("a", [Outcome::Wait(gate.clone())]);
    let run = tokio::spawn({
        let pipeline = pipeline.clone();
        async move { pipeline.turn().await }
    });
    gate.reached().await;
    let first = cancel(&pipeline, task_id).await;
    assert_eq!((first.status.as_u16(), first.json()["status"].as_str()), (202, Some("processing")));
    assert!(first.json()["cancel_requested_at"].is_string(), "{}", first.json());
    pipeline.clock.advance_seconds(1);
    let record = pipeline.record(task_id).await;
    let second = cancel(&pipeline, task_id).await;
    assert_eq!((second.status, second.json()), (first.status, first.json()));
    assert_eq!(pipeline.record(task_id).await, record, "nothing is written");
    assert_eq!(pipeline.send(get(&format!("/tasks/{task_id}"))).await.json(), first.json());
    gate.open();
    assert_eq!(within("the run's end", run).await.unwrap(), Turn::Acknowledged);
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
    assert_eq!(cancel(&pipeline, task_id).await.status, 409);
}

/// The cancellation is written between the claim and the end of the attempt.
fn cancel_during_the_attempt(pipeline: &PipelineFixture, task_id: TaskId) {
    let submitter = pipeline.clone();
    let cancelled = async move { assert_eq!(cancel(&submitter, task_id).await.status, 202) };
    pipeline.faults.at(Step::WriteRecord, 1, Fault::After(cancelled.boxed()));
}

#[tokio::test]
async fn an_attempt_that_fails_after_a_cancellation_is_the_last() {
    for mut pipeline in [PipelineFixture::new(), PipelineFixture::holding()] {
        pipeline.settings.attempt_budget = 2;
        for outcome in [Outcome::Transient("busy"), Outcome::Permanent("bad"), Outcome::Panic] {
            let [task_id, behind] = pipeline.post_all(["a", "b"]).await;
            let before = pipeline.handler.calls().len();
            pipeline.handler.on("a", [outcome.clone()]);
            cancel_during_the_attempt(&pipeline, task_id);
            assert_eq!(pipeline.turn().await, Turn::Acknowledged, "{outcome:?}");
            pipeline.work_until_empty().await;
            assert_eq!(pipeline.handler.task_ids()[before..], [task_id, behind], "{outcome:?}");
            let record = pipeline.record(task_id).await;
            assert_eq!((record.status, record.attempt, record.failures.len()), (Status::Discarded, 1, 1));
            let answer = cancel(&pipeline, task_id).await;
            assert_eq!((answer.status.as_u16(), answer.json()["status"].as_str()), (200, Some("discarded")));
            assert_eq!(answer.json()["reason"], "cancelled after attempt 1");
        }
        assert_eq!(pipeline.dead_letters().await.len(), 0);
    }
}

#[tokio::test]
async fn an_attempt_that_crashes_after_a_cancellation_is_the_last() {
    for attempt_budget in [1, 5] {
        let mut pipeline = PipelineFixture::new();
        pipeline.settings.attempt_budget = attempt_budget;
        let [task_id, behind] = pipeline.post_all(["a", "b"]).await;
        cancel_during_the_attempt(&pipeline, task_id);
        pipeline.faults.at(Step::WriteRecord, 3, Fault::CrashBefore);
        assert_eq!(pipeline.turn().await, Turn::Crashed);
        assert!(pipeline.record(task_id).await.cancel_requested_at.is_some());
        pipeline.visibility_passes();
        assert_eq!(pipeline.turn().await, Turn::Acknowledged);
        let record = pipeline.record(task_id).await;
        assert_eq!((record.status, record.attempt), (Status::Discarded, 1));
        assert_eq!(record.last_failure().unwrap().class, FailureClass::Crashed);
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.handler.task_ids(), [task_id, behind]);
        assert_eq!(pipeline.dead_letters().await.len(), 0);
    }
}

#[tokio::test]
async fn a_long_attempt_learns_of_a_cancellation_at_its_next_renewal() {
    let mut pipeline = PipelineFixture::new();
    pipeline.settings.handler_timeout = TimeDelta::hours(1);
    let [task_id, behind] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.on("a", [Outcome::StopWhenCancelled("stopped")]);
    let run = tokio::spawn({
        let pipeline = pipeline.clone();
        async move { pipeline.turn().await }
    });
    eventually(|| async { pipeline.handler.calls().len() }, |calls| *calls == 1).await;
    assert_eq!(cancel(&pipeline, task_id).await.status, 202);
    assert!(!pipeline.handler.last_is_cancelled());
    pipeline.clock.advance_seconds((LEASE_SECONDS_MAX / RENEWALS_PER_LEASE).into());
    assert_eq!(within("the run's end", run).await.unwrap(), Turn::Acknowledged);
    let record = pipeline.record(task_id).await;
    assert_eq!((record.status, record.last_failure().unwrap().code.as_str()), (Status::Discarded, "stopped"));
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [task_id, behind]);
}

#[tokio::test]
async fn a_long_attempt_that_goes_on_after_a_cancellation_keeps_its_claim_and_may_complete_the_task() {
    let mut pipeline = PipelineFixture::new();
    pipeline.settings.handler_timeout = TimeDelta::hours(1);
    let task_id = pipeline.post("a").await;
    let gate = Gate::closed();
    pipeline.handler.on("a", [Outcome::Wait(gate.clone())]);
    let run = tokio::spawn({
        let pipeline = pipeline.clone();
        async move { pipeline.turn().await }
    });
    gate.reached().await;
    assert_eq!(cancel(&pipeline, task_id).await.status, 202);
    for _ in 0..5 {
        pipeline.clock.advance_seconds((LEASE_SECONDS_MAX / RENEWALS_PER_LEASE).into());
        let until = pipeline.now() + TimeDelta::seconds(LEASE_SECONDS_MAX.into());
        eventually(|| pipeline.record(task_id), |record| record.lease_until == Some(until)).await;
        eventually(|| async { pipeline.handler.last_is_cancelled() }, |is_cancelled| *is_cancelled).await;
    }
    gate.open();
    assert_eq!(within("the run's end", run).await.unwrap(), Turn::Acknowledged);
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
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
