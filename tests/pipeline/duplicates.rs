//! Duplicate deliveries: SQS may deliver a message again at any time, and a run may outlive its claim.

use futures_util::FutureExt;
use harness::{Fault, Gate, Outcome, PipelineFixture, Step, Turn, within};
use shared::{FailureClass, Status, ports::Depth};

#[tokio::test]
async fn a_duplicate_during_the_first_run_is_redelivered_after_the_lease() {
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
    assert_eq!(pipeline.process(std::slice::from_ref(&delivery)).await, [delivery]);
    assert_eq!(pipeline.status(task_id).await, Status::Processing);
    gate.open();
    assert_eq!(within("the first run's end", first).await.unwrap(), []);
    assert_eq!(pipeline.handler.attempts(task_id), [1]);
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
    assert_eq!(pipeline.depth().await, Depth::default());
}

#[tokio::test]
async fn a_duplicate_of_a_run_that_died_is_handled_after_the_lease() {
    let pipeline = PipelineFixture::new();
    let [task_id, behind] = pipeline.post_all(["a", "b"]).await;
    let delivery = pipeline.receive_one().await;
    pipeline.faults.at(Step::WriteRecord, 2, Fault::CrashBefore);
    let died = pipeline.faults.until_crash(pipeline.process(std::slice::from_ref(&delivery))).await;
    assert!(died.is_none());
    assert_eq!(pipeline.process(std::slice::from_ref(&delivery)).await, [delivery]);
    let (waited, turn) = pipeline.next_turn().await;
    assert_eq!(turn, Turn::Acknowledged);
    let lease = pipeline.settings.attempt_terms().lease().num_seconds();
    assert!((lease..=lease + 1).contains(&waited), "after the lease, not the queue's visibility: {waited}");
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [task_id, task_id, behind]);
}

#[tokio::test]
async fn after_completion_a_duplicate_is_acknowledged_and_not_handled() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    let delivery = pipeline.receive_one().await;
    assert_eq!(pipeline.process(std::slice::from_ref(&delivery)).await, []);
    let completed = pipeline.record(task_id).await;
    for _ in 0..3 {
        pipeline.clock.advance_seconds(400);
        assert_eq!(pipeline.process(std::slice::from_ref(&delivery)).await, []);
    }
    assert_eq!(pipeline.handler.attempts(task_id), [1]);
    assert_eq!(pipeline.record(task_id).await, completed);
}

#[tokio::test]
async fn a_completed_but_unacknowledged_task_is_only_acknowledged_by_the_next_delivery() {
    for fault in [Fault::CrashBefore, Fault::FailBefore, Fault::CrashAfter, Fault::FailAfter] {
        let pipeline = PipelineFixture::new();
        let [task_id, behind] = pipeline.post_all(["a", "b"]).await;
        pipeline.faults.at(Step::Delete, 1, fault);
        pipeline.turn().await;
        assert_eq!(pipeline.status(task_id).await, Status::Completed);
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.handler.task_ids(), [task_id, behind]);
    }
}

#[tokio::test]
async fn after_a_crash_between_effect_and_complete_it_is_handled_again_under_the_next_attempt() {
    let pipeline = PipelineFixture::new();
    let [task_id, behind] = pipeline.post_all(["a", "b"]).await;
    pipeline.faults.at(Step::WriteRecord, 2, Fault::CrashBefore);
    assert_eq!(pipeline.turn().await, Turn::Crashed);
    assert_eq!(pipeline.turn().await, Turn::Idle, "no message behind it is delivered");
    pipeline.visibility_passes();
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [task_id, task_id, behind]);
    assert_eq!(pipeline.handler.attempts(task_id), [1, 2]);
    let record = pipeline.record(task_id).await;
    assert_eq!((record.status, record.attempt), (Status::Completed, 2));
    let [crash] = record.failures.try_into().unwrap();
    assert_eq!((crash.class, crash.attempt), (FailureClass::Crashed, 1));
    assert_eq!(crash.request_id, "invocation-1", "the invocation that crashed, not the one that found it");
}

#[tokio::test]
async fn a_completion_whose_answer_was_lost_is_kept() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.faults.at(Step::WriteRecord, 2, Fault::FailAfter);
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.attempts(task_id), [1]);
    assert_eq!(pipeline.record(task_id).await.failures, []);
}

#[tokio::test]
async fn a_zombie_that_completes_after_the_second_run_changes_nothing() {
    let pipeline = PipelineFixture::new();
    let [task_id, behind] = pipeline.post_all(["a", "b"]).await;
    let second = pipeline.clone();
    let taken_over = async move {
        second.visibility_passes();
        assert_eq!(second.turn().await, Turn::Acknowledged);
    };
    // The first run's handler has ended; the whole second run happens before its completion is written.
    pipeline.faults.at(Step::WriteRecord, 2, Fault::Before(taken_over.boxed()));
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged, "the zombie is fenced");
    let record = pipeline.record(task_id).await;
    assert_eq!((record.status, record.attempt), (Status::Completed, 2));
    assert_eq!(record.claimed_by.as_deref(), Some("invocation-2"));
    assert_eq!(record.failures.len(), 1);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [task_id, task_id, behind]);
}

/// Between its claim and its handler the process is suspended until another has claimed and completed the task. Found
/// by simulation.
#[tokio::test]
async fn a_zombie_that_wakes_before_its_handler_does_not_call_it() {
    let pipeline = PipelineFixture::new();
    let [task_id, behind] = pipeline.post_all(["a", "b"]).await;
    let second = pipeline.clone();
    let taken_over = async move {
        second.visibility_passes();
        assert_eq!(second.turn().await, Turn::Acknowledged);
    };
    pipeline.faults.at(Step::WriteRecord, 1, Fault::After(taken_over.boxed()));
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    assert_eq!(pipeline.handler.attempts(task_id), [2], "only the successor's run called the handler");
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [task_id, behind]);
}

#[tokio::test]
async fn a_zombie_neither_completes_nor_acknowledges_a_task_that_its_successor_still_handles() {
    let pipeline = PipelineFixture::new();
    let [task_id, behind] = pipeline.post_all(["a", "b"]).await;
    let gate = Gate::closed();
    pipeline.handler.on("a", [Outcome::Succeed, Outcome::Wait(gate.clone())]);
    let successor = std::sync::Arc::new(std::sync::Mutex::new(None));
    let taken_over = {
        let (pipeline, gate, successor) = (pipeline.clone(), gate.clone(), successor.clone());
        async move {
            pipeline.visibility_passes();
            let run = tokio::spawn({
                let pipeline = pipeline.clone();
                async move { pipeline.turn().await }
            });
            gate.reached().await;
            *successor.lock().unwrap() = Some(run);
        }
    };
    pipeline.faults.at(Step::WriteRecord, 2, Fault::Before(taken_over.boxed()));
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    let record = pipeline.record(task_id).await;
    assert_eq!((record.status, record.attempt), (Status::Processing, 2));
    assert_eq!(pipeline.turn().await, Turn::Idle, "its successor's message is still hidden");
    gate.open();
    let run = successor.lock().unwrap().take().unwrap();
    assert_eq!(within("the successor's end", run).await.unwrap(), Turn::Acknowledged);
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [task_id, task_id, behind]);
}

#[tokio::test]
async fn a_zombie_that_failed_neither_retries_nor_dead_letters_a_completed_task() {
    for outcome in [Outcome::Transient("busy"), Outcome::Permanent("bad"), Outcome::Panic] {
        for mut pipeline in [PipelineFixture::new(), PipelineFixture::holding()] {
            pipeline.settings.attempt_budget = 2;
            let task_id = pipeline.post("a").await;
            pipeline.handler.on("a", [outcome.clone()]);
            let second = pipeline.clone();
            let taken_over = async move {
                second.visibility_passes();
                assert_eq!(second.turn().await, Turn::Acknowledged);
            };
            pipeline.faults.at(Step::WriteRecord, 2, Fault::Before(taken_over.boxed()));
            assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
            pipeline.work_until_empty().await;
            assert_eq!(pipeline.status(task_id).await, Status::Completed);
            assert_eq!(pipeline.dead_letters().await.len(), 0);
        }
    }
}

#[tokio::test]
async fn the_attempt_number_only_ever_rises_through_retries_crashes_and_redrives() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.handler.on("a", [Outcome::Transient("busy"), Outcome::Succeed, Outcome::Permanent("bad")]);
    pipeline.turn().await;
    pipeline.clock.advance_seconds(1);
    // The claim of a task that has begun takes two writes: the first fails because of it.
    pipeline.faults.at(Step::WriteRecord, 3, Fault::CrashBefore);
    assert_eq!(pipeline.turn().await, Turn::Crashed);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.status(task_id).await, Status::DeadLettered);
    pipeline.redrive(task_id).await;
    pipeline.work_until_empty().await;
    pipeline.move_dead_letters_back().await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.attempts(task_id), [1, 2, 3, 4]);
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
}
