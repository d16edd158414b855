//! Redrive: a dead letter runs again once, by whichever tool it was moved back, and a duplicate of it does not run.

use futures_util::FutureExt;
use harness::{Fault, Outcome, PipelineFixture, Step, Turn};
use shared::{AuditAction, Status, TaskId, limits::DEDUPE_SECONDS, ports::Depth};

/// A pipeline with one dead letter, accepted under the key `k`, whose next run succeeds.
async fn dead_letter() -> (PipelineFixture, TaskId) {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.submit("a", Some("k")).await.unwrap().task_id;
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    assert_eq!(pipeline.status(task_id).await, Status::DeadLettered);
    (pipeline, task_id)
}

#[tokio::test]
async fn a_redrive_within_the_dedupe_window_is_delivered() {
    for seconds in [0, i64::from(DEDUPE_SECONDS) - 1, i64::from(DEDUPE_SECONDS) + 1] {
        let (pipeline, task_id) = dead_letter().await;
        pipeline.clock.advance_seconds(seconds);
        let waiting = pipeline.post("b").await;
        pipeline.redrive(task_id).await;
        let record = pipeline.record(task_id).await;
        assert_eq!((record.status, record.generation), (Status::Accepted, 1));
        pipeline.work_until_empty().await;
        assert_eq!(
            pipeline.handler.task_ids(),
            [task_id, waiting, task_id],
            "{seconds} s later, at the end of the line"
        );
        let record = pipeline.record(task_id).await;
        assert_eq!((record.status, record.attempt), (Status::Completed, 2));
        assert!(record.sequence_number > record.first_sequence_number);
    }
}

#[tokio::test]
async fn a_task_that_is_dead_lettered_again_is_redriven_again_within_the_window() {
    let (pipeline, task_id) = dead_letter().await;
    pipeline.handler.on("a", vec![Outcome::Permanent("bad"); 2]);
    for generation in 1..=3 {
        pipeline.redrive(task_id).await;
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.record(task_id).await.generation, generation);
    }
    let record = pipeline.record(task_id).await;
    let generations: Vec<_> = record.failures.iter().map(|failure| failure.generation).collect();
    assert_eq!((record.status, generations), (Status::Completed, vec![0, 1, 2]));
    assert_eq!(pipeline.handler.attempts(task_id), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_redriven_task_has_its_full_attempt_budget() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.handler.on("a", vec![Outcome::Transient("busy"); 19]);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.calls().len(), 10);
    pipeline.redrive(task_id).await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.calls().len(), 20);
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn a_processor_that_is_faster_than_the_redrive_completes_the_task() {
    let (pipeline, task_id) = dead_letter().await;
    let processor = pipeline.clone();
    let faster = async move {
        assert_eq!(processor.turn().await, Turn::Acknowledged);
    };
    pipeline.faults.at(Step::Enqueue, 1, Fault::After(faster.boxed()));
    pipeline.redrive(task_id).await;
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
    assert_eq!(pipeline.handler.attempts(task_id), [1, 2]);
}

#[tokio::test]
async fn a_task_moved_back_by_aws_runs_and_its_record_names_aws() {
    for seconds in [0, i64::from(DEDUPE_SECONDS) + 1] {
        let (pipeline, task_id) = dead_letter().await;
        pipeline.clock.advance_seconds(seconds);
        pipeline.move_dead_letters_back().await;
        assert_eq!(pipeline.turn().await, Turn::Acknowledged);
        let record = pipeline.record(task_id).await;
        assert_eq!((record.status, record.generation), (Status::Completed, 0));
        assert_eq!(record.audit[0].action, AuditAction::NativeRedrive);
        assert_eq!(pipeline.handler.attempts(task_id), [1, 2]);
        assert_eq!(pipeline.dead_letters().await.len(), 0);
    }
}

#[tokio::test]
async fn a_task_moved_back_by_aws_has_a_full_attempt_budget_and_can_be_dead_lettered_again() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.handler.on("a", vec![Outcome::Transient("busy"); 20]);
    for calls in [10, 20] {
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.handler.calls().len(), calls);
        assert_eq!(pipeline.status(task_id).await, Status::DeadLettered);
        pipeline.move_dead_letters_back().await;
    }
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn a_duplicate_delivery_of_a_dead_letter_is_acknowledged_and_not_run() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    let delivery = pipeline.receive_one().await;
    assert_eq!(pipeline.process(std::slice::from_ref(&delivery)).await, []);
    let dead = pipeline.record(task_id).await;
    for _ in 0..2 {
        assert_eq!(pipeline.process(std::slice::from_ref(&delivery)).await, []);
        pipeline.visibility_passes();
    }
    assert_eq!(pipeline.handler.calls().len(), 1);
    assert_eq!(pipeline.record(task_id).await, dead);
    assert_eq!(pipeline.dead_letters().await.len(), 1);
}

#[tokio::test]
async fn a_request_enqueued_again_late_does_not_revive_a_dead_letter() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.submit("a", Some("k")).await.unwrap().task_id;
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    pipeline.clock.advance_seconds(i64::from(DEDUPE_SECONDS) + 1);
    let processor = pipeline.clone();
    let dies_meanwhile = async move {
        assert_eq!(processor.turn().await, Turn::Acknowledged);
    };
    pipeline.faults.at(Step::Enqueue, 1, Fault::Before(dies_meanwhile.boxed()));
    assert!(pipeline.submit("a", Some("k")).await.unwrap().replayed);
    assert_eq!(pipeline.status(task_id).await, Status::DeadLettered);
    assert_eq!(pipeline.depth().await.waiting, 1, "the request's second message");
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.calls().len(), 1);
    assert_eq!(pipeline.status(task_id).await, Status::DeadLettered);
    assert_eq!(pipeline.dead_letters().await.len(), 1);
}

#[tokio::test]
async fn a_repeated_request_reports_the_dead_letter_and_does_not_revive_it() {
    let (pipeline, task_id) = dead_letter().await;
    for seconds in [1, i64::from(DEDUPE_SECONDS) + 1] {
        pipeline.clock.advance_seconds(seconds);
        let again = pipeline.submit("a", Some("k")).await.unwrap();
        assert_eq!((again.task_id, again.status), (task_id, Status::DeadLettered));
        assert_eq!(pipeline.depth().await, Depth::default());
    }
}

#[tokio::test]
async fn a_dead_letter_of_an_earlier_generation_moved_back_by_aws_is_acknowledged() {
    let (pipeline, task_id) = dead_letter().await;
    pipeline.redrive(task_id).await;
    pipeline.move_dead_letters_back().await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.attempts(task_id), [1, 2], "once per redrive");
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn a_dead_letter_of_an_earlier_generation_does_not_replace_the_redriven_task() {
    let (pipeline, task_id) = dead_letter().await;
    pipeline.move_dead_letters_back().await;
    pipeline.redrive(task_id).await;
    assert_eq!(pipeline.turn().await, Turn::Acknowledged, "the earlier dead letter");
    assert_eq!(pipeline.handler.calls().len(), 1);
    assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    assert_eq!(pipeline.handler.attempts(task_id), [1, 2]);
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn a_task_amended_and_redriven_is_handled_with_the_new_text() {
    let (pipeline, task_id) = dead_letter().await;
    pipeline.amend(task_id, "a, fixed").await;
    pipeline.redrive(task_id).await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.titles(), ["a", "a, fixed"]);
}

#[tokio::test]
async fn a_task_amended_and_moved_back_by_aws_is_handled_with_the_new_text() {
    let (pipeline, task_id) = dead_letter().await;
    pipeline.amend(task_id, "a, fixed").await;
    pipeline.move_dead_letters_back().await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.titles(), ["a", "a, fixed"]);
}
