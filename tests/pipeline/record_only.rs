//! Where the record is all there is to a task: claim and completion are one write, and what else may have happened to
//! the task is met as a handler's claim meets it.

use futures_util::FutureExt;
use harness::{Fault, Gate, Outcome, PipelineFixture, Step, Turn, within};
use shared::{
    AuditAction, Caller, FailureClass, Message, Status, TaskId, TaskRecord, lifecycle,
    ports::{Depth, Expected, TaskRecords},
};

/// How a record stands, after how many attempts, of which how many failed.
fn stands(record: &TaskRecord) -> (Status, u32, usize) {
    (record.status, record.attempt, record.failures.len())
}

#[tokio::test]
async fn a_fresh_task_is_completed_by_one_write_and_no_read() {
    let bench = PipelineFixture::new().record_only();
    let task_id = bench.post("a").await;
    let accepted = bench.faults.steps().len();
    assert_eq!(bench.turn().await, Turn::Acknowledged);
    assert_eq!(bench.faults.steps()[accepted..], [Step::Receive, Step::WriteRecord, Step::Delete]);
    let record = bench.record(task_id).await;
    assert_eq!(stands(&record), (Status::Completed, 1, 0));
    assert_eq!(record.claimed_by.as_deref(), Some("invocation-1"));
    assert_eq!((record.started_at, record.finished_at), (Some(bench.now()), Some(bench.now())));
    assert_eq!(record.first_sequence_number, record.sequence_number);
    assert!(record.lease_until.is_none() && record.expires_at.is_some() && record.sequence_number.is_some());
    assert_eq!((bench.handler.calls(), bench.depth().await), (vec![], Depth::default()));
}

#[tokio::test]
async fn a_message_whose_record_is_missing_makes_it_completed() {
    let bench = PipelineFixture::new().record_only();
    let lost = bench.record(bench.post("a").await).await;
    bench.work_until_empty().await;
    let id = TaskId::fresh(bench.now(), &[9; 10]);
    let task = lost.task().unwrap().clone();
    let message = Message::new(id, 0, bench.now(), bench.now(), Caller::local(), lost.fingerprint, task);
    bench.enqueue_raw(&message.encode().unwrap(), &message.dedupe_id()).await;
    assert_eq!(bench.turn().await, Turn::Acknowledged);
    assert_eq!(stands(&bench.record(id).await), (Status::Completed, 1, 0));
    let late = bench.records().write(&lifecycle::accept(&message), Expected::Absent).await;
    assert!(matches!(late, Ok(shared::ports::Written::Conflict(_))), "the accept's own write comes late");
}

#[tokio::test]
async fn delivered_again_it_is_acknowledged_and_the_record_stays_as_it_is() {
    let bench = PipelineFixture::new().record_only();
    let task_id = bench.post("a").await;
    let delivery = bench.receive_one().await;
    assert_eq!(bench.process(std::slice::from_ref(&delivery)).await, []);
    let completed = bench.record(task_id).await;
    for _ in 0..3 {
        bench.clock.advance_seconds(400);
        assert_eq!(bench.process(std::slice::from_ref(&delivery)).await, []);
    }
    assert_eq!(bench.record(task_id).await, completed);
}

#[tokio::test]
async fn a_crash_before_the_write_leaves_the_task_as_accepted_and_one_after_it_as_completed() {
    for fault in [Fault::CrashBefore, Fault::FailBefore, Fault::CrashAfter, Fault::FailAfter] {
        let left = match fault {
            Fault::CrashBefore | Fault::FailBefore => (Status::Accepted, 0, 0),
            _ => (Status::Completed, 1, 0),
        };
        let bench = PipelineFixture::new().record_only();
        let [a, b] = bench.post_all(["a", "b"]).await;
        bench.faults.at(Step::WriteRecord, 1, fault);
        assert_ne!(bench.turn().await, Turn::Acknowledged);
        assert_eq!(stands(&bench.record(a).await), left);
        assert_eq!(bench.status(b).await, Status::Accepted, "nothing overtakes it");
        assert_eq!(bench.turn().await, Turn::Idle, "its message is in flight still");
        bench.work_until_empty().await;
        let [a, b] = [bench.record(a).await, bench.record(b).await];
        assert_eq!((stands(&a), stands(&b)), ((Status::Completed, 1, 0), (Status::Completed, 1, 0)));
        assert!(a.finished_at <= b.started_at);
    }
}

/// Before its write the process stands still, until another has finished the task and the one behind it.
#[tokio::test]
async fn a_zombie_that_wakes_before_its_write_changes_nothing() {
    let bench = PipelineFixture::new().record_only();
    let [a, b] = bench.post_all(["a", "b"]).await;
    let second = bench.clone();
    let taken_over = async move {
        second.visibility_passes();
        second.work_until_empty().await;
    };
    bench.faults.at(Step::WriteRecord, 1, Fault::Before(taken_over.boxed()));
    assert_eq!(bench.turn().await, Turn::Acknowledged, "of a message that is gone");
    let [a, b] = [bench.record(a).await, bench.record(b).await];
    assert_eq!((stands(&a), stands(&b)), ((Status::Completed, 1, 0), (Status::Completed, 1, 0)));
    assert_eq!(a.claimed_by.as_deref(), Some("invocation-2"));
    assert_eq!(b.claimed_by.as_deref(), Some("invocation-3"));
}

#[tokio::test]
async fn of_a_cancel_and_the_write_at_the_same_time_one_is_made() {
    for after in [false, true] {
        let bench = PipelineFixture::new().record_only();
        let task_id = bench.post("a").await;
        let submitter = bench.clone();
        let cancelled = async move { drop(submitter.api().cancel(&Caller::local(), task_id).await) }.boxed();
        let fault = if after { Fault::After(cancelled) } else { Fault::Before(cancelled) };
        bench.faults.at(Step::WriteRecord, 1, fault);
        bench.work_until_empty().await;
        let expected = if after { (Status::Completed, 1, 0) } else { (Status::Discarded, 0, 0) };
        assert_eq!(stands(&bench.record(task_id).await), expected, "after: {after}");
    }
}

#[tokio::test]
async fn a_body_that_cant_be_decoded_is_claimed_and_then_failed() {
    let bench = PipelineFixture::new().record_only();
    bench.enqueue_raw("{", "d").await;
    let behind = bench.post("b").await;
    bench.work_until_empty().await;
    let record = bench.record(TaskId::of_undecodable_body("{")).await;
    assert_eq!(stands(&record), (Status::DeadLettered, 1, 1));
    assert_eq!(record.last_failure().unwrap().class, FailureClass::Undecodable);
    assert_eq!(bench.dead_letters().await, ["{"]);
    assert_eq!(bench.status(behind).await, Status::Completed);
}

#[tokio::test]
async fn while_a_run_of_the_handler_before_is_alive_the_task_is_left_to_it() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    let gate = Gate::closed();
    bench.handler.on("a", [Outcome::Wait(gate.clone())]);
    let delivery = bench.receive_one().await;
    let first = tokio::spawn({
        let (bench, delivery) = (bench.clone(), delivery.clone());
        async move { bench.process(&[delivery]).await }
    });
    gate.reached().await;
    let running = bench.record(task_id).await;
    let again = bench.record_only().process(std::slice::from_ref(&delivery)).await;
    assert_eq!(again, [delivery], "busy: it comes back");
    assert_eq!(bench.record(task_id).await, running);
    gate.open();
    assert_eq!(within("the first run's end", first).await.unwrap(), []);
    assert_eq!(stands(&bench.record(task_id).await), (Status::Completed, 1, 0));
}

#[tokio::test]
async fn a_run_of_the_handler_before_that_died_stays_on_record() {
    for (budget, ends) in [(2, (Status::Completed, 2, 1)), (1, (Status::DeadLettered, 1, 1))] {
        let mut bench = PipelineFixture::new();
        bench.settings.attempt_budget = budget;
        let task_id = bench.post("a").await;
        bench.faults.at(Step::WriteRecord, 2, Fault::CrashBefore);
        assert_eq!(bench.turn().await, Turn::Crashed);
        bench.record_only().work_until_empty().await;
        let record = bench.record(task_id).await;
        assert_eq!(stands(&record), ends);
        assert_eq!(record.last_failure().unwrap().class, FailureClass::Crashed);
    }
}

#[tokio::test]
async fn a_task_that_was_to_be_retried_is_completed_as_its_next_attempt() {
    let bench = PipelineFixture::new();
    let [a, b] = bench.post_all(["a", "b"]).await;
    bench.handler.on("a", [Outcome::Transient("busy")]);
    assert_eq!(bench.turn().await, Turn::ComesBack);
    bench.record_only().work_until_empty().await;
    let [a, b] = [bench.record(a).await, bench.record(b).await];
    assert_eq!((stands(&a), stands(&b)), ((Status::Completed, 2, 1), (Status::Completed, 1, 0)));
    assert!(a.finished_at <= b.started_at);
}

#[tokio::test]
async fn a_held_task_stays_held_until_an_operator_lets_it_go_on() {
    let bench = PipelineFixture::holding();
    let [a, b] = bench.post_all(["a", "b"]).await;
    bench.handler.on("a", [Outcome::Permanent("bad")]);
    assert_eq!(bench.turn().await, Turn::ComesBack);
    let bench = bench.record_only();
    bench.hours_pass(1).await;
    assert_eq!(bench.turn().await, Turn::ComesBack);
    assert_eq!(stands(&bench.record(a).await), (Status::Held, 1, 1));
    bench.resume(a).await;
    bench.work_until_empty().await;
    let [a, b] = [bench.record(a).await, bench.record(b).await];
    assert_eq!((stands(&a), stands(&b)), ((Status::Completed, 2, 1), (Status::Completed, 1, 0)));
    assert_eq!(a.audit.last().unwrap().action, AuditAction::Resume);
}

#[tokio::test]
async fn a_dead_lettering_that_was_interrupted_is_finished() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.handler.on("a", [Outcome::Permanent("bad")]);
    bench.faults.at(Step::SendDeadLetter, 1, Fault::CrashBefore);
    assert_eq!(bench.turn().await, Turn::Crashed);
    bench.record_only().work_until_empty().await;
    assert_eq!(stands(&bench.record(task_id).await), (Status::DeadLettered, 1, 1));
    assert_eq!(bench.dead_task_ids().await, [task_id]);
}

#[tokio::test]
async fn a_dead_letter_is_completed_once_it_is_redriven_by_an_operator_or_by_aws() {
    for by_aws in [false, true] {
        let bench = PipelineFixture::new();
        let task_id = bench.post("a").await;
        bench.handler.on("a", [Outcome::Permanent("bad")]);
        let delivery = bench.receive_one().await;
        assert_eq!(bench.process(std::slice::from_ref(&delivery)).await, []);
        let bench = bench.record_only();
        assert_eq!(bench.process(std::slice::from_ref(&delivery)).await, []);
        assert_eq!(stands(&bench.record(task_id).await), (Status::DeadLettered, 1, 1), "a duplicate");
        if by_aws {
            bench.move_dead_letters_back().await;
        } else {
            bench.redrive(task_id).await;
        }
        assert_eq!(bench.turn().await, Turn::Acknowledged);
        let record = bench.record(task_id).await;
        assert_eq!((stands(&record), record.generation), ((Status::Completed, 2, 1), u32::from(!by_aws)));
    }
}
