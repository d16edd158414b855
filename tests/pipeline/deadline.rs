//! Runs that end badly or not at all: panic, overrun and crash are failure classes, and are retried.

use futures_util::FutureExt;
use harness::{Fault, Outcome, PipelineFixture, Step, Turn, within};
use shared::{FailureClass, Status};

#[tokio::test]
async fn a_panic_has_its_failure_class_and_is_retried() {
    let pipeline = PipelineFixture::new();
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.on("a", [Outcome::Panic]);
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    let record = pipeline.record(a).await;
    assert_eq!(record.status, Status::Retrying);
    let failure = record.last_failure().unwrap();
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Panicked, "panic"));
    assert!(failure.message.contains("as scripted"));
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, a, b]);
    assert_eq!(pipeline.status(a).await, Status::Completed);
}

#[tokio::test]
async fn a_task_that_always_panics_is_dead_lettered_when_its_budget_is_spent() {
    let pipeline = PipelineFixture::new();
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.on("a", vec![Outcome::Panic; 10]);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.status(a).await, Status::DeadLettered);
    assert_eq!(pipeline.status(b).await, Status::Completed);
    assert_eq!(pipeline.handler.attempts(a).len(), 10);
}

#[tokio::test]
async fn a_run_that_does_not_end_is_cancelled_at_its_deadline_and_retried() {
    let pipeline = PipelineFixture::new();
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.on("a", [Outcome::NeverEnd]);
    let began = pipeline.now();
    let run = tokio::spawn({
        let pipeline = pipeline.clone();
        async move { pipeline.turn().await }
    });
    harness::eventually(|| async { pipeline.handler.calls().len() }, |calls| *calls == 1).await;
    let timeout = pipeline.settings.handler_timeout;
    assert_eq!(pipeline.handler.calls()[0].deadline, began + timeout);
    pipeline.clock.advance(timeout);
    assert_eq!(within("the run's end", run).await.unwrap(), Turn::Unacknowledged);
    assert!(pipeline.handler.last_is_cancelled(), "and its work is cancelled");
    let record = pipeline.record(a).await;
    assert_eq!((record.status, record.lease_until), (Status::Retrying, None));
    let failure = record.last_failure().unwrap();
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Overran, "deadline_exceeded"));
    assert_eq!(failure.duration_ms, Some(20_000));
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, a, b]);
    assert_eq!(pipeline.status(a).await, Status::Completed);
}

#[tokio::test]
async fn a_run_that_was_suspended_past_its_deadline_does_not_begin_and_is_retried_with_a_reason() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    let late = pipeline.clone();
    let standstill = async move { late.clock.advance(late.settings.handler_timeout) };
    pipeline.faults.at(Step::WriteRecord, 1, Fault::After(standstill.boxed()));
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    let record = pipeline.record(task_id).await;
    assert_eq!(record.status, Status::Retrying);
    assert!(record.last_failure().unwrap().message.contains("before the handler was started"), "{record:?}");
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.attempts(task_id), [2]);
}

#[tokio::test]
async fn a_run_is_not_cancelled_before_its_deadline() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    let gate = harness::Gate::closed();
    pipeline.handler.on("a", [Outcome::Wait(gate.clone())]);
    let run = tokio::spawn({
        let pipeline = pipeline.clone();
        async move { pipeline.turn().await }
    });
    gate.reached().await;
    pipeline.clock.advance(pipeline.settings.handler_timeout - chrono::TimeDelta::milliseconds(1));
    gate.open();
    assert_eq!(within("the run's end", run).await.unwrap(), Turn::Acknowledged);
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn a_task_that_kills_every_run_is_dead_lettered_when_its_budget_is_spent_without_another_run() {
    for holding in [false, true] {
        let mut pipeline = if holding { PipelineFixture::holding() } else { PipelineFixture::new() };
        pipeline.settings.attempt_budget = 3;
        let [a, b] = pipeline.post_all(["a", "b"]).await;
        pipeline.handler.on("a", vec![Outcome::NeverEnd; 3]);
        for _ in 0..3 {
            let killed = pipeline.clone();
            let run = tokio::spawn(async move { killed.turn().await });
            let calls = pipeline.handler.calls().len();
            harness::eventually(|| async { pipeline.handler.calls().len() }, |now| *now > calls).await;
            run.abort();
            run.await.unwrap_err();
            pipeline.visibility_passes();
        }
        pipeline.turn().await;
        let record = pipeline.record(a).await;
        assert_eq!(pipeline.handler.attempts(a), [1, 2, 3]);
        let (attempts, classes): (Vec<_>, Vec<_>) =
            record.failures.iter().map(|failure| (failure.attempt, failure.class)).unzip();
        assert_eq!((attempts, classes), (vec![1, 2, 3], vec![FailureClass::Crashed; 3]));
        if holding {
            assert_eq!(record.status, Status::Held);
            assert_eq!(pipeline.turn().await, Turn::Idle);
        } else {
            assert_eq!(record.status, Status::DeadLettered);
            assert_eq!(pipeline.dead_task_ids().await, [a]);
            pipeline.work_until_empty().await;
            assert_eq!(pipeline.status(b).await, Status::Completed);
        }
    }
}

#[tokio::test]
async fn an_attempt_budget_of_one_allows_one_run() {
    let mut pipeline = PipelineFixture::new();
    pipeline.settings.attempt_budget = 1;
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.on("a", [Outcome::Transient("busy")]);
    pipeline.faults.at(Step::WriteRecord, 5, Fault::CrashBefore);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.attempts(a), [1]);
    assert_eq!(pipeline.status(a).await, Status::DeadLettered);
    assert_eq!(pipeline.handler.attempts(b), [1], "even where the run died");
    assert_eq!(pipeline.status(b).await, Status::DeadLettered);
}
