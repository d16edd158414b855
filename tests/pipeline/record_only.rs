//! Tasks without a handler: claim and completion are one write, which meets everything else that may have happened to
//! the task like a handler's claim.

use futures_util::FutureExt;
use harness::{Fault, Gate, Outcome, PipelineFixture, Step, Turn, within};
use shared::{
    AuditAction, Caller, FailureClass, Message, Status, TaskId, TaskRecord, lifecycle,
    ports::{Depth, Expected, TaskRecords},
};

/// A record's status, its number of attempts, and how many of them failed.
fn status_and_attempts(record: &TaskRecord) -> (Status, u32, usize) {
    (record.status, record.attempt, record.failures.len())
}

#[tokio::test]
async fn a_fresh_task_is_completed_by_one_write_and_no_read() {
    let pipeline = PipelineFixture::new().record_only();
    let task_id = pipeline.post("a").await;
    let accepted = pipeline.faults.steps().len();
    assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    assert_eq!(pipeline.faults.steps()[accepted..], [Step::Receive, Step::WriteRecord, Step::Delete]);
    let record = pipeline.record(task_id).await;
    assert_eq!(status_and_attempts(&record), (Status::Completed, 1, 0));
    assert_eq!(record.claimed_by.as_deref(), Some("invocation-1"));
    assert_eq!((record.started_at, record.finished_at), (Some(pipeline.now()), Some(pipeline.now())));
    assert_eq!(record.first_sequence_number, record.sequence_number);
    assert!(record.lease_until.is_none() && record.expires_at.is_some() && record.sequence_number.is_some());
    assert_eq!((pipeline.handler.calls(), pipeline.depth().await), (vec![], Depth::default()));
}

#[tokio::test]
async fn a_message_without_a_record_creates_a_completed_record() {
    let pipeline = PipelineFixture::new().record_only();
    let lost = pipeline.record(pipeline.post("a").await).await;
    pipeline.work_until_empty().await;
    let id = TaskId::fresh(pipeline.now(), &[9; 10]);
    let task = lost.task().unwrap().clone();
    let message =
        Message::new(id, 0, pipeline.now(), pipeline.now(), Caller::local(), lost.fingerprint, task);
    pipeline.enqueue_raw(&message.encode().unwrap(), &message.dedupe_id()).await;
    assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    assert_eq!(status_and_attempts(&pipeline.record(id).await), (Status::Completed, 1, 0));
    let late = pipeline.records().write(&lifecycle::accept(&message), Expected::Absent).await;
    assert!(matches!(late, Ok(shared::ports::Written::Conflict(_))), "the write of the accept is late");
}

#[tokio::test]
async fn a_redelivered_completed_task_is_acknowledged_and_its_record_is_unchanged() {
    let pipeline = PipelineFixture::new().record_only();
    let task_id = pipeline.post("a").await;
    let delivery = pipeline.receive_one().await;
    assert_eq!(pipeline.process(std::slice::from_ref(&delivery)).await, []);
    let completed = pipeline.record(task_id).await;
    for _ in 0..3 {
        pipeline.clock.advance_seconds(400);
        assert_eq!(pipeline.process(std::slice::from_ref(&delivery)).await, []);
    }
    assert_eq!(pipeline.record(task_id).await, completed);
}

#[tokio::test]
async fn a_crash_before_the_write_leaves_the_task_accepted_and_one_after_it_completed() {
    for fault in [Fault::CrashBefore, Fault::FailBefore, Fault::CrashAfter, Fault::FailAfter] {
        let left = match fault {
            Fault::CrashBefore | Fault::FailBefore => (Status::Accepted, 0, 0),
            _ => (Status::Completed, 1, 0),
        };
        let pipeline = PipelineFixture::new().record_only();
        let [a, b] = pipeline.post_all(["a", "b"]).await;
        pipeline.faults.at(Step::WriteRecord, 1, fault);
        assert_ne!(pipeline.turn().await, Turn::Acknowledged);
        assert_eq!(status_and_attempts(&pipeline.record(a).await), left);
        assert_eq!(pipeline.status(b).await, Status::Accepted, "nothing overtakes it");
        assert_eq!(pipeline.turn().await, Turn::Idle, "its message is still in flight");
        pipeline.work_until_empty().await;
        let [a, b] = [pipeline.record(a).await, pipeline.record(b).await];
        assert_eq!(
            (status_and_attempts(&a), status_and_attempts(&b)),
            ((Status::Completed, 1, 0), (Status::Completed, 1, 0))
        );
        assert!(a.finished_at <= b.started_at);
    }
}

/// Before its write the process is suspended until another has completed the task and the one behind it.
#[tokio::test]
async fn a_zombie_that_wakes_before_its_write_changes_nothing() {
    let pipeline = PipelineFixture::new().record_only();
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    let second = pipeline.clone();
    let taken_over = async move {
        second.visibility_passes();
        second.work_until_empty().await;
    };
    pipeline.faults.at(Step::WriteRecord, 1, Fault::Before(taken_over.boxed()));
    assert_eq!(pipeline.turn().await, Turn::Acknowledged, "the message is gone");
    let [a, b] = [pipeline.record(a).await, pipeline.record(b).await];
    assert_eq!(
        (status_and_attempts(&a), status_and_attempts(&b)),
        ((Status::Completed, 1, 0), (Status::Completed, 1, 0))
    );
    assert_eq!(a.claimed_by.as_deref(), Some("invocation-2"));
    assert_eq!(b.claimed_by.as_deref(), Some("invocation-3"));
}

#[tokio::test]
async fn a_concurrent_cancellation_and_completion_have_one_winner() {
    for after in [false, true] {
        let pipeline = PipelineFixture::new().record_only();
        let task_id = pipeline.post("a").await;
        let submitter = pipeline.clone();
        let cancelled = async move { drop(submitter.api().cancel(&Caller::local(), task_id).await) }.boxed();
        let fault = if after { Fault::After(cancelled) } else { Fault::Before(cancelled) };
        pipeline.faults.at(Step::WriteRecord, 1, fault);
        pipeline.work_until_empty().await;
        let expected = if after { (Status::Completed, 1, 0) } else { (Status::Discarded, 0, 0) };
        assert_eq!(status_and_attempts(&pipeline.record(task_id).await), expected, "after: {after}");
    }
}

#[tokio::test]
async fn an_undecodable_body_is_claimed_and_then_failed() {
    let pipeline = PipelineFixture::new().record_only();
    pipeline.enqueue_raw("{", "d").await;
    let behind = pipeline.post("b").await;
    pipeline.work_until_empty().await;
    let record = pipeline.record(TaskId::of_undecodable_body("{")).await;
    assert_eq!(status_and_attempts(&record), (Status::DeadLettered, 1, 1));
    assert_eq!(record.last_failure().unwrap().class, FailureClass::Undecodable);
    assert_eq!(pipeline.dead_letters().await, ["{"]);
    assert_eq!(pipeline.status(behind).await, Status::Completed);
}

#[tokio::test]
async fn a_task_is_left_to_a_live_run_of_the_previous_handler() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    let gate = Gate::closed();
    pipeline.handler.on("a", [Outcome::Wait(gate.clone())]);
    let delivery = pipeline.receive_one().await;
    let first = tokio::spawn({
        let (pipeline, delivery) = (pipeline.clone(), delivery.clone());
        async move { pipeline.process(&[delivery]).await }
    });
    gate.reached().await;
    let running = pipeline.record(task_id).await;
    let again = pipeline.record_only().process(std::slice::from_ref(&delivery)).await;
    assert_eq!(again, [delivery], "busy: it is redelivered");
    assert_eq!(pipeline.record(task_id).await, running);
    gate.open();
    assert_eq!(within("the first run's end", first).await.unwrap(), []);
    assert_eq!(status_and_attempts(&pipeline.record(task_id).await), (Status::Completed, 1, 0));
}

#[tokio::test]
async fn a_dead_run_of_the_previous_handler_stays_in_the_record() {
    for (budget, ends) in [(2, (Status::Completed, 2, 1)), (1, (Status::DeadLettered, 1, 1))] {
        let mut pipeline = PipelineFixture::new();
        pipeline.settings.attempt_budget = budget;
        let task_id = pipeline.post("a").await;
        pipeline.faults.at(Step::WriteRecord, 2, Fault::CrashBefore);
        assert_eq!(pipeline.turn().await, Turn::Crashed);
        pipeline.record_only().work_until_empty().await;
        let record = pipeline.record(task_id).await;
        assert_eq!(status_and_attempts(&record), ends);
        assert_eq!(record.last_failure().unwrap().class, FailureClass::Crashed);
    }
}

#[tokio::test]
async fn a_retrying_task_is_completed_by_its_next_attempt() {
    let pipeline = PipelineFixture::new();
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.on("a", [Outcome::Transient("busy")]);
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    pipeline.record_only().work_until_empty().await;
    let [a, b] = [pipeline.record(a).await, pipeline.record(b).await];
    assert_eq!(
        (status_and_attempts(&a), status_and_attempts(&b)),
        ((Status::Completed, 2, 1), (Status::Completed, 1, 0))
    );
    assert!(a.finished_at <= b.started_at);
}

#[tokio::test]
async fn a_held_task_stays_held_until_an_operator_resumes_it() {
    let pipeline = PipelineFixture::holding();
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    let pipeline = pipeline.record_only();
    pipeline.hours_pass(1).await;
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    assert_eq!(status_and_attempts(&pipeline.record(a).await), (Status::Held, 1, 1));
    pipeline.resume(a).await;
    pipeline.work_until_empty().await;
    let [a, b] = [pipeline.record(a).await, pipeline.record(b).await];
    assert_eq!(
        (status_and_attempts(&a), status_and_attempts(&b)),
        ((Status::Completed, 2, 1), (Status::Completed, 1, 0))
    );
    assert_eq!(a.audit.last().unwrap().action, AuditAction::Resume);
}

#[tokio::test]
async fn an_interrupted_dead_lettering_is_finished_by_the_next_delivery() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    pipeline.faults.at(Step::SendDeadLetter, 1, Fault::CrashBefore);
    assert_eq!(pipeline.turn().await, Turn::Crashed);
    pipeline.record_only().work_until_empty().await;
    assert_eq!(status_and_attempts(&pipeline.record(task_id).await), (Status::DeadLettered, 1, 1));
    assert_eq!(pipeline.dead_task_ids().await, [task_id]);
}

#[tokio::test]
async fn a_dead_letter_is_completed_once_it_is_redriven_by_an_operator_or_by_aws() {
    for by_aws in [false, true] {
        let pipeline = PipelineFixture::new();
        let task_id = pipeline.post("a").await;
        pipeline.handler.on("a", [Outcome::Permanent("bad")]);
        let delivery = pipeline.receive_one().await;
        assert_eq!(pipeline.process(std::slice::from_ref(&delivery)).await, []);
        let pipeline = pipeline.record_only();
        assert_eq!(pipeline.process(std::slice::from_ref(&delivery)).await, []);
        assert_eq!(
            status_and_attempts(&pipeline.record(task_id).await),
            (Status::DeadLettered, 1, 1),
            "a duplicate"
        );
        if by_aws {
            pipeline.move_dead_letters_back().await;
        } else {
            pipeline.redrive(task_id).await;
        }
        assert_eq!(pipeline.turn().await, Turn::Acknowledged);
        let record = pipeline.record(task_id).await;
        assert_eq!(
            (status_and_attempts(&record), record.generation),
            ((Status::Completed, 2, 1), u32::from(!by_aws))
        );
    }
}
