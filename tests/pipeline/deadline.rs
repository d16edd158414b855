//! Runs that end badly or not at all: panic, overrun and crash are classes of their own, and are retried.

use futures_util::FutureExt;
use harness::{Fault, Outcome, PipelineFixture, Step, Turn, within};
use shared::{FailureClass, Status};

#[tokio::test]
async fn a_panic_is_a_failure_of_its_own_class_and_is_retried() {
    let bench = PipelineFixture::new();
    let [a, b] = bench.post_all(["a", "b"]).await;
    bench.handler.on("a", [Outcome::Panic]);
    assert_eq!(bench.turn().await, Turn::ComesBack);
    let record = bench.record(a).await;
    assert_eq!(record.status, Status::Retrying);
    let failure = record.last_failure().unwrap();
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Panicked, "panic"));
    assert!(failure.message.contains("the script says so"));
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [a, a, b]);
    assert_eq!(bench.status(a).await, Status::Completed);
}

#[tokio::test]
async fn a_task_that_always_panics_is_dead_lettered_when_its_budget_is_spent() {
    let bench = PipelineFixture::new();
    let [a, b] = bench.post_all(["a", "b"]).await;
    bench.handler.on("a", vec![Outcome::Panic; 5]);
    bench.work_until_empty().await;
    assert_eq!(bench.status(a).await, Status::DeadLettered);
    assert_eq!(bench.status(b).await, Status::Completed);
    assert_eq!(bench.handler.attempts(a).len(), 5);
}

#[tokio::test]
async fn a_run_that_does_not_end_is_given_up_at_its_deadline_and_retried() {
    let bench = PipelineFixture::new();
    let [a, b] = bench.post_all(["a", "b"]).await;
    bench.handler.on("a", [Outcome::NeverEnd]);
    let began = bench.now();
    let run = tokio::spawn({
        let bench = bench.clone();
        async move { bench.turn().await }
    });
    harness::eventually(|| async { bench.handler.calls().len() }, |calls| *calls == 1).await;
    let timeout = bench.settings.handler_timeout;
    assert_eq!(bench.handler.calls()[0].deadline, began + timeout);
    bench.clock.advance(timeout);
    assert_eq!(within("the run's end", run).await.unwrap(), Turn::ComesBack);
    assert!(bench.handler.last_is_cancelled(), "and its work is told");
    let record = bench.record(a).await;
    assert_eq!((record.status, record.lease_until), (Status::Retrying, None));
    let failure = record.last_failure().unwrap();
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Overran, "deadline_exceeded"));
    assert_eq!(failure.duration_ms, Some(20_000));
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [a, a, b]);
    assert_eq!(bench.status(a).await, Status::Completed);
}

#[tokio::test]
async fn a_run_that_stood_still_until_its_deadline_is_not_begun_and_comes_again_with_a_reason() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    let late = bench.clone();
    let standstill = async move { late.clock.advance(late.settings.handler_timeout) };
    bench.faults.at(Step::WriteRecord, 1, Fault::After(standstill.boxed()));
    assert_eq!(bench.turn().await, Turn::ComesBack);
    let record = bench.record(task_id).await;
    assert_eq!(record.status, Status::Retrying);
    assert!(record.last_failure().unwrap().message.contains("not begun"), "{record:?}");
    bench.work_until_empty().await;
    assert_eq!(bench.handler.attempts(task_id), [2]);
}

#[tokio::test]
async fn a_run_is_not_given_up_before_its_deadline() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    let gate = harness::Gate::closed();
    bench.handler.on("a", [Outcome::Wait(gate.clone())]);
    let run = tokio::spawn({
        let bench = bench.clone();
        async move { bench.turn().await }
    });
    gate.reached().await;
    bench.clock.advance(bench.settings.handler_timeout - chrono::TimeDelta::milliseconds(1));
    gate.open();
    assert_eq!(within("the run's end", run).await.unwrap(), Turn::Acknowledged);
    assert_eq!(bench.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn a_task_that_kills_every_run_is_dead_lettered_when_its_budget_is_spent_without_another_run() {
    for holding in [false, true] {
        let mut bench = if holding { PipelineFixture::holding() } else { PipelineFixture::new() };
        bench.settings.attempt_budget = 3;
        let [a, b] = bench.post_all(["a", "b"]).await;
        bench.handler.on("a", vec![Outcome::NeverEnd; 3]);
        for _ in 0..3 {
            let killed = bench.clone();
            let run = tokio::spawn(async move { killed.turn().await });
            let calls = bench.handler.calls().len();
            harness::eventually(|| async { bench.handler.calls().len() }, |now| *now > calls).await;
            run.abort();
            run.await.unwrap_err();
            bench.visibility_passes();
        }
        bench.turn().await;
        let record = bench.record(a).await;
        assert_eq!(bench.handler.attempts(a), [1, 2, 3]);
        let (attempts, classes): (Vec<_>, Vec<_>) =
            record.failures.iter().map(|failure| (failure.attempt, failure.class)).unzip();
        assert_eq!((attempts, classes), (vec![1, 2, 3], vec![FailureClass::Crashed; 3]));
        if holding {
            assert_eq!(record.status, Status::Held);
            assert_eq!(bench.turn().await, Turn::Idle);
        } else {
            assert_eq!(record.status, Status::DeadLettered);
            assert_eq!(bench.dead_task_ids().await, [a]);
            bench.work_until_empty().await;
            assert_eq!(bench.status(b).await, Status::Completed);
        }
    }
}

#[tokio::test]
async fn a_budget_of_one_is_one_run() {
    let mut bench = PipelineFixture::new();
    bench.settings.attempt_budget = 1;
    let [a, b] = bench.post_all(["a", "b"]).await;
    bench.handler.on("a", [Outcome::Transient("busy")]);
    bench.faults.at(Step::WriteRecord, 5, Fault::CrashBefore);
    bench.work_until_empty().await;
    assert_eq!(bench.handler.attempts(a), [1]);
    assert_eq!(bench.status(a).await, Status::DeadLettered);
    assert_eq!(bench.handler.attempts(b), [1], "also where the run died");
    assert_eq!(bench.status(b).await, Status::DeadLettered);
}
