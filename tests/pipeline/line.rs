//! The whole line: paused and resumed, stopped cleanly, killed and started again.

use chrono::TimeDelta;
use harness::{Gate, Outcome, ScriptedHandler, TestPipeline, eventually};
use shared::{
    AuditAction, AuditEntry, FailureClass, Status, Timestamp,
    ports::{DeliverySwitch, Switched},
};

fn entry(action: AuditAction) -> AuditEntry {
    AuditEntry::new(action, Timestamp::UNIX_EPOCH, "ann", "because")
}

#[tokio::test]
async fn a_paused_line_accepts_tasks_and_handles_them_in_order_once_resumed() {
    let handler = ScriptedHandler::default();
    let gate = Gate::closed();
    handler.on("a", [Outcome::Wait(gate.clone())]);
    let pipeline = TestPipeline::start(handler.clone()).await;
    let (a, _) = pipeline.post("a").await;
    gate.reached().await;
    for switched in [Switched::Now, Switched::Already] {
        assert_eq!(pipeline.line().pause(&entry(AuditAction::PauseLine)).await.unwrap(), switched);
    }
    let (b, _) = pipeline.post("b").await;
    gate.open();
    pipeline.until(a, Status::Completed).await;
    let status = pipeline.until_line(|line| line.in_flight == 0 && line.waiting == 1).await;
    assert!(status.paused);
    let (c, _) = pipeline.post("c").await;
    assert_eq!(handler.task_ids(), [a]);
    assert_eq!(pipeline.status(b).await, Status::Accepted);
    for switched in [Switched::Now, Switched::Already] {
        assert_eq!(pipeline.line().resume(&entry(AuditAction::ResumeLine)).await.unwrap(), switched);
    }
    pipeline.until(c, Status::Completed).await;
    assert_eq!(handler.task_ids(), [a, b, c]);
    assert_eq!(pipeline.record(b).await.attempt, 1, "a pause uses no attempt");
}

#[tokio::test]
async fn a_pause_survives_a_restart() {
    let handler = ScriptedHandler::default();
    let mut pipeline = TestPipeline::start(handler.clone()).await;
    pipeline.line().pause(&entry(AuditAction::PauseLine)).await.unwrap();
    let (a, _) = pipeline.post("a").await;
    pipeline.restart().await;
    assert!(pipeline.line().status().await.unwrap().paused);
    assert_eq!(pipeline.status(a).await, Status::Accepted);
    pipeline.line().resume(&entry(AuditAction::ResumeLine)).await.unwrap();
    pipeline.until(a, Status::Completed).await;
    assert_eq!(handler.task_ids(), [a]);
}

#[tokio::test]
async fn a_stop_finishes_the_running_task_and_begins_no_other() {
    let handler = ScriptedHandler::default();
    let gate = Gate::closed();
    handler.on("a", [Outcome::Wait(gate.clone())]);
    let mut pipeline = TestPipeline::start(handler.clone()).await;
    let (a, _) = pipeline.post("a").await;
    let (b, _) = pipeline.post("b").await;
    gate.reached().await;
    let (address, opener) = (pipeline.address(), gate.clone());
    tokio::spawn(async move {
        // The address closes once the stop has begun.
        let closed = || async { tokio::net::TcpStream::connect(address).await.is_err() };
        eventually(closed, |closed| *closed).await;
        opener.open();
    });
    pipeline.stop().await;
    assert_eq!(handler.task_ids(), [a]);
    pipeline.start_again().await;
    assert_eq!(pipeline.status(a).await, Status::Completed);
    pipeline.until(b, Status::Completed).await;
    assert_eq!(handler.task_ids(), [a, b]);
    assert_eq!(pipeline.record(b).await.failures, []);
}

#[tokio::test]
async fn after_a_kill_the_running_task_is_resumed_immediately_and_the_others_follow() {
    let handler = ScriptedHandler::default();
    let gate = Gate::closed();
    handler.on("a", [Outcome::Wait(gate.clone())]);
    let mut pipeline = TestPipeline::start(handler.clone()).await;
    let (a, _) = pipeline.post("a").await;
    let (b, _) = pipeline.post("b").await;
    gate.reached().await;
    pipeline.kill().await;
    // The clock does not move: neither lease nor visibility can have timed out.
    pipeline.start_again().await;
    pipeline.until(b, Status::Completed).await;
    let record = pipeline.record(a).await;
    assert_eq!((record.status, record.attempt), (Status::Completed, 2));
    assert_eq!(record.failures[0].class, FailureClass::Crashed);
    assert_eq!(handler.task_ids(), [a, a, b]);
}

#[tokio::test]
async fn after_a_kill_a_task_is_resumed_immediately_even_if_the_clock_was_set() {
    for days in [-20_000, -1, 1, 20_000] {
        let handler = ScriptedHandler::default();
        let gate = Gate::closed();
        handler.on("a", [Outcome::Wait(gate.clone())]);
        let mut pipeline = TestPipeline::start(handler.clone()).await;
        let (a, _) = pipeline.post("a").await;
        gate.reached().await;
        pipeline.kill().await;
        pipeline.clock.advance(TimeDelta::days(days));
        pipeline.start_again().await;
        let record = pipeline.until(a, Status::Completed).await;
        assert_eq!((record.attempt, record.failures[0].class), (2, FailureClass::Crashed), "{days}");
        let (b, _) = pipeline.post("b").await;
        pipeline.until(b, Status::Completed).await;
        assert_eq!(handler.task_ids(), [a, a, b]);
    }
}

#[tokio::test]
async fn a_waiting_retry_survives_a_kill() {
    let handler = ScriptedHandler::default();
    handler.on("a", [Outcome::Transient("busy")]);
    let mut pipeline = TestPipeline::start(handler.clone()).await;
    let (a, _) = pipeline.post("a").await;
    pipeline.until(a, Status::Retrying).await;
    pipeline.kill().await;
    pipeline.start_again().await;
    pipeline.until_after_retries(a, Status::Completed).await;
    assert_eq!(handler.attempts(a), [1, 2]);
}

#[tokio::test]
async fn an_accepted_task_survives_a_kill() {
    let handler = ScriptedHandler::default();
    let mut pipeline = TestPipeline::start(handler.clone()).await;
    pipeline.line().pause(&entry(AuditAction::PauseLine)).await.unwrap();
    let mut accepted = Vec::new();
    for number in 0..20 {
        accepted.push(pipeline.post(&number.to_string()).await.0);
    }
    pipeline.kill().await;
    pipeline.start_again().await;
    pipeline.line().resume(&entry(AuditAction::ResumeLine)).await.unwrap();
    pipeline.until(accepted[19], Status::Completed).await;
    assert_eq!(handler.task_ids(), accepted);
}

#[tokio::test]
async fn a_client_submits_repeats_and_reads_a_task_over_tcp() {
    let pipeline = TestPipeline::start(ScriptedHandler::default()).await;
    let first = pipeline.post_with_key("a", "k").await;
    assert_eq!(first.status(), 202);
    let location = first.headers()["location"].to_str().unwrap().to_owned();
    let task_id = location.strip_prefix("/tasks/").unwrap().parse().unwrap();
    pipeline.until(task_id, Status::Completed).await;
    let second = pipeline.post_with_key("a", "k").await;
    assert_eq!(second.headers()["idempotent-replayed"], "true");
    assert_eq!(second.headers()["location"].to_str().unwrap(), location);
    assert_eq!(pipeline.post_with_key("b", "k").await.status(), 422);
    let seen = pipeline.get(&location).await;
    assert_eq!(seen.status(), 200);
    assert!(seen.text().await.unwrap().contains("completed"));
}
