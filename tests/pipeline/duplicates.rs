//! The same message more than once: SQS may deliver it again at any time, and a run may outlive its claim.

use futures_util::FutureExt;
use harness::{Fault, Gate, Outcome, PipelineFixture, Step, Turn, within};
use shared::{FailureClass, Status, ports::Depth};

#[tokio::test]
async fn while_the_first_run_is_alive_a_duplicate_comes_back_after_the_lease() {
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
    assert_eq!(bench.process(std::slice::from_ref(&delivery)).await, [delivery]);
    assert_eq!(bench.status(task_id).await, Status::Processing);
    gate.open();
    assert_eq!(within("the first run's end", first).await.unwrap(), []);
    assert_eq!(bench.handler.attempts(task_id), [1]);
    assert_eq!(bench.status(task_id).await, Status::Completed);
    assert_eq!(bench.depth().await, Depth::default());
}

#[tokio::test]
async fn a_duplicate_that_met_a_run_which_then_died_is_handled_once_the_lease_lapsed() {
    let bench = PipelineFixture::new();
    let [task_id, behind] = bench.post_all(["a", "b"]).await;
    let delivery = bench.receive_one().await;
    bench.faults.at(Step::WriteRecord, 2, Fault::CrashBefore);
    let died = bench.faults.until_crash(bench.process(std::slice::from_ref(&delivery))).await;
    assert!(died.is_none());
    assert_eq!(bench.process(std::slice::from_ref(&delivery)).await, [delivery]);
    let (waited, turn) = bench.next_turn().await;
    assert_eq!(turn, Turn::Acknowledged);
    let lease = bench.settings.lease().num_seconds();
    assert!((lease..=lease + 1).contains(&waited), "after the lease, not the queue's visibility: {waited}");
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [task_id, task_id, behind]);
}

#[tokio::test]
async fn after_completion_a_duplicate_is_acknowledged_and_not_handled() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    let delivery = bench.receive_one().await;
    assert_eq!(bench.process(std::slice::from_ref(&delivery)).await, []);
    let completed = bench.record(task_id).await;
    for _ in 0..3 {
        bench.clock.advance_seconds(400);
        assert_eq!(bench.process(std::slice::from_ref(&delivery)).await, []);
    }
    assert_eq!(bench.handler.attempts(task_id), [1]);
    assert_eq!(bench.record(task_id).await, completed);
}

#[tokio::test]
async fn when_completed_but_not_acknowledged_the_next_delivery_only_acknowledges() {
    for fault in [Fault::CrashBefore, Fault::FailBefore, Fault::CrashAfter, Fault::FailAfter] {
        let bench = PipelineFixture::new();
        let [task_id, behind] = bench.post_all(["a", "b"]).await;
        bench.faults.at(Step::Delete, 1, fault);
        bench.turn().await;
        assert_eq!(bench.status(task_id).await, Status::Completed);
        bench.work_until_empty().await;
        assert_eq!(bench.handler.task_ids(), [task_id, behind]);
    }
}

#[tokio::test]
async fn after_a_crash_between_effect_and_complete_it_is_handled_again_under_the_next_attempt() {
    let bench = PipelineFixture::new();
    let [task_id, behind] = bench.post_all(["a", "b"]).await;
    bench.faults.at(Step::WriteRecord, 2, Fault::CrashBefore);
    assert_eq!(bench.turn().await, Turn::Crashed);
    assert_eq!(bench.turn().await, Turn::Idle, "nothing behind it is delivered");
    bench.visibility_passes();
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [task_id, task_id, behind]);
    assert_eq!(bench.handler.attempts(task_id), [1, 2]);
    let record = bench.record(task_id).await;
    assert_eq!((record.status, record.attempt), (Status::Completed, 2));
    let [crash] = record.failures.try_into().unwrap();
    assert_eq!((crash.class, crash.attempt), (FailureClass::Crashed, 1));
    assert_eq!(crash.request_id, "invocation-1", "the invocation that crashed, not the one that found it");
}

#[tokio::test]
async fn a_completion_whose_answer_was_lost_stands() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.faults.at(Step::WriteRecord, 2, Fault::FailAfter);
    assert_eq!(bench.turn().await, Turn::ComesBack);
    bench.work_until_empty().await;
    assert_eq!(bench.handler.attempts(task_id), [1]);
    assert_eq!(bench.record(task_id).await.failures, []);
}

#[tokio::test]
async fn a_zombie_that_completes_after_the_second_run_did_changes_nothing() {
    let bench = PipelineFixture::new();
    let [task_id, behind] = bench.post_all(["a", "b"]).await;
    let second = bench.clone();
    let taken_over = async move {
        second.visibility_passes();
        assert_eq!(second.turn().await, Turn::Acknowledged);
    };
    // The first run's handler has ended; before its completion is written the whole second run happens.
    bench.faults.at(Step::WriteRecord, 2, Fault::Before(taken_over.boxed()));
    assert_eq!(bench.turn().await, Turn::ComesBack, "the zombie is fenced");
    let record = bench.record(task_id).await;
    assert_eq!((record.status, record.attempt), (Status::Completed, 2));
    assert_eq!(record.claimed_by.as_deref(), Some("invocation-2"));
    assert_eq!(record.failures.len(), 1);
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [task_id, task_id, behind]);
}

/// Between its claim and its handler the process stands still until another has taken the task over and finished it.
/// Found by simulation.
#[tokio::test]
async fn a_zombie_that_wakes_before_its_handler_begins_does_not_begin_it() {
    let bench = PipelineFixture::new();
    let [task_id, behind] = bench.post_all(["a", "b"]).await;
    let second = bench.clone();
    let taken_over = async move {
        second.visibility_passes();
        assert_eq!(second.turn().await, Turn::Acknowledged);
    };
    bench.faults.at(Step::WriteRecord, 1, Fault::After(taken_over.boxed()));
    assert_eq!(bench.turn().await, Turn::ComesBack);
    assert_eq!(bench.handler.attempts(task_id), [2], "only the run that took it over was handled");
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [task_id, behind]);
}

#[tokio::test]
async fn a_zombie_neither_completes_nor_acknowledges_what_its_successor_still_handles() {
    let bench = PipelineFixture::new();
    let [task_id, behind] = bench.post_all(["a", "b"]).await;
    let gate = Gate::closed();
    bench.handler.on("a", [Outcome::Succeed, Outcome::Wait(gate.clone())]);
    let successor = std::sync::Arc::new(std::sync::Mutex::new(None));
    let taken_over = {
        let (bench, gate, successor) = (bench.clone(), gate.clone(), successor.clone());
        async move {
            bench.visibility_passes();
            let run = tokio::spawn({
                let bench = bench.clone();
                async move { bench.turn().await }
            });
            gate.reached().await;
            *successor.lock().unwrap() = Some(run);
        }
    };
    bench.faults.at(Step::WriteRecord, 2, Fault::Before(taken_over.boxed()));
    assert_eq!(bench.turn().await, Turn::ComesBack);
    let record = bench.record(task_id).await;
    assert_eq!((record.status, record.attempt), (Status::Processing, 2));
    assert_eq!(bench.turn().await, Turn::Idle, "its successor's message is hidden still");
    gate.open();
    let run = successor.lock().unwrap().take().unwrap();
    assert_eq!(within("the successor's end", run).await.unwrap(), Turn::Acknowledged);
    assert_eq!(bench.status(task_id).await, Status::Completed);
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [task_id, task_id, behind]);
}

#[tokio::test]
async fn a_zombie_that_failed_neither_retries_nor_dead_letters_what_was_completed() {
    for outcome in [Outcome::Transient("busy"), Outcome::Permanent("bad"), Outcome::Panic] {
        for mut bench in [PipelineFixture::new(), PipelineFixture::holding()] {
            bench.settings.attempt_budget = 2;
            let task_id = bench.post("a").await;
            bench.handler.on("a", [outcome.clone()]);
            let second = bench.clone();
            let taken_over = async move {
                second.visibility_passes();
                assert_eq!(second.turn().await, Turn::Acknowledged);
            };
            bench.faults.at(Step::WriteRecord, 2, Fault::Before(taken_over.boxed()));
            assert_eq!(bench.turn().await, Turn::ComesBack);
            bench.work_until_empty().await;
            assert_eq!(bench.status(task_id).await, Status::Completed);
            assert_eq!(bench.dead_letters().await.len(), 0);
        }
    }
}

#[tokio::test]
async fn the_attempt_number_only_ever_rises_through_retries_crashes_and_redrives() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.handler.on("a", [Outcome::Transient("busy"), Outcome::Succeed, Outcome::Permanent("bad")]);
    bench.turn().await;
    bench.clock.advance_seconds(1);
    // The claim of a task that began takes two writes: the first finds out that it began.
    bench.faults.at(Step::WriteRecord, 3, Fault::CrashBefore);
    assert_eq!(bench.turn().await, Turn::Crashed);
    bench.work_until_empty().await;
    assert_eq!(bench.status(task_id).await, Status::DeadLettered);
    bench.redrive(task_id).await;
    bench.work_until_empty().await;
    bench.move_dead_letters_back().await;
    bench.work_until_empty().await;
    assert_eq!(bench.handler.attempts(task_id), [1, 2, 3, 4]);
    assert_eq!(bench.status(task_id).await, Status::Completed);
}
