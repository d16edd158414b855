//! redrive: a dead letter runs again, once, however it was brought back, and a mere duplicate of it does not.

use futures_util::FutureExt;
use harness::{Fault, Outcome, PipelineFixture, Step, Turn};
use shared::{AuditAction, Status, TaskId, limits::DEDUPE_SECONDS, ports::Depth};

/// A pipeline with one dead letter, accepted under the key `k`, whose next run succeeds.
async fn dead_letter() -> (PipelineFixture, TaskId) {
    let bench = PipelineFixture::new();
    let task_id = bench.submit("a", Some("k")).await.unwrap().task_id;
    bench.handler.on("a", [Outcome::Permanent("bad")]);
    assert_eq!(bench.turn().await, Turn::Acknowledged);
    assert_eq!(bench.status(task_id).await, Status::DeadLettered);
    (bench, task_id)
}

#[tokio::test]
async fn a_redrive_within_the_dedupe_window_is_not_swallowed() {
    for seconds in [0, i64::from(DEDUPE_SECONDS) - 1, i64::from(DEDUPE_SECONDS) + 1] {
        let (bench, task_id) = dead_letter().await;
        bench.clock.advance_seconds(seconds);
        let waiting = bench.post("b").await;
        bench.redrive(task_id).await;
        let record = bench.record(task_id).await;
        assert_eq!((record.status, record.generation), (Status::Accepted, 1));
        bench.work_until_empty().await;
        assert_eq!(
            bench.handler.task_ids(),
            [task_id, waiting, task_id],
            "{seconds} s later, at the end of the line"
        );
        let record = bench.record(task_id).await;
        assert_eq!((record.status, record.attempt), (Status::Completed, 2));
        assert!(record.sequence_number > record.first_sequence_number);
    }
}

#[tokio::test]
async fn a_task_that_dies_again_is_redriven_again_within_the_window() {
    let (bench, task_id) = dead_letter().await;
    bench.handler.on("a", vec![Outcome::Permanent("bad"); 2]);
    for generation in 1..=3 {
        bench.redrive(task_id).await;
        bench.work_until_empty().await;
        assert_eq!(bench.record(task_id).await.generation, generation);
    }
    assert_eq!(bench.status(task_id).await, Status::Completed);
    assert_eq!(bench.handler.attempts(task_id), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_redriven_task_has_a_whole_budget() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.handler.on("a", vec![Outcome::Transient("busy"); 9]);
    bench.work_until_empty().await;
    assert_eq!(bench.handler.calls().len(), 5);
    bench.redrive(task_id).await;
    bench.work_until_empty().await;
    assert_eq!(bench.handler.calls().len(), 10);
    assert_eq!(bench.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn a_processor_that_is_faster_than_the_redrive_ends_it_just_as_well() {
    let (bench, task_id) = dead_letter().await;
    let processor = bench.clone();
    let faster = async move {
        assert_eq!(processor.turn().await, Turn::Acknowledged);
    };
    bench.faults.at(Step::Enqueue, 1, Fault::After(faster.boxed()));
    bench.redrive(task_id).await;
    assert_eq!(bench.status(task_id).await, Status::Completed);
    assert_eq!(bench.handler.attempts(task_id), [1, 2]);
}

#[tokio::test]
async fn moved_back_by_aws_it_runs_and_the_record_says_who_did_it() {
    for seconds in [0, i64::from(DEDUPE_SECONDS) + 1] {
        let (bench, task_id) = dead_letter().await;
        bench.clock.advance_seconds(seconds);
        bench.move_dead_letters_back().await;
        assert_eq!(bench.turn().await, Turn::Acknowledged);
        let record = bench.record(task_id).await;
        assert_eq!((record.status, record.generation), (Status::Completed, 0));
        assert_eq!(record.audit[0].action, AuditAction::NativeRedrive);
        assert_eq!(bench.handler.attempts(task_id), [1, 2]);
        assert_eq!(bench.dead_letters().await.len(), 0);
    }
}

#[tokio::test]
async fn moved_back_by_aws_it_has_a_whole_budget_and_may_die_again() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.handler.on("a", vec![Outcome::Transient("busy"); 10]);
    for calls in [5, 10] {
        bench.work_until_empty().await;
        assert_eq!(bench.handler.calls().len(), calls);
        assert_eq!(bench.status(task_id).await, Status::DeadLettered);
        bench.move_dead_letters_back().await;
    }
    bench.work_until_empty().await;
    assert_eq!(bench.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn a_duplicate_delivery_of_a_dead_letter_is_acknowledged_and_not_run() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.handler.on("a", [Outcome::Permanent("bad")]);
    let delivery = bench.receive_one().await;
    assert_eq!(bench.process(std::slice::from_ref(&delivery)).await, []);
    let dead = bench.record(task_id).await;
    for _ in 0..2 {
        assert_eq!(bench.process(std::slice::from_ref(&delivery)).await, []);
        bench.visibility_passes();
    }
    assert_eq!(bench.handler.calls().len(), 1);
    assert_eq!(bench.record(task_id).await, dead);
    assert_eq!(bench.dead_letters().await.len(), 1);
}

#[tokio::test]
async fn the_request_enqueued_again_late_does_not_bring_a_dead_letter_back() {
    let bench = PipelineFixture::new();
    let task_id = bench.submit("a", Some("k")).await.unwrap().task_id;
    bench.handler.on("a", [Outcome::Permanent("bad")]);
    bench.clock.advance_seconds(i64::from(DEDUPE_SECONDS) + 1);
    let processor = bench.clone();
    let dies_meanwhile = async move {
        assert_eq!(processor.turn().await, Turn::Acknowledged);
    };
    bench.faults.at(Step::Enqueue, 1, Fault::Before(dies_meanwhile.boxed()));
    assert!(bench.submit("a", Some("k")).await.unwrap().replayed);
    assert_eq!(bench.status(task_id).await, Status::DeadLettered);
    assert_eq!(bench.depth().await.waiting, 1, "the request's second message");
    bench.work_until_empty().await;
    assert_eq!(bench.handler.calls().len(), 1);
    assert_eq!(bench.status(task_id).await, Status::DeadLettered);
    assert_eq!(bench.dead_letters().await.len(), 1);
}

#[tokio::test]
async fn the_request_sent_again_shows_the_dead_letter_and_does_not_bring_it_back() {
    let (bench, task_id) = dead_letter().await;
    for seconds in [1, i64::from(DEDUPE_SECONDS) + 1] {
        bench.clock.advance_seconds(seconds);
        let again = bench.submit("a", Some("k")).await.unwrap();
        assert_eq!((again.task_id, again.status), (task_id, Status::DeadLettered));
        assert_eq!(bench.depth().await, Depth::default());
    }
}

#[tokio::test]
async fn the_dead_letter_of_an_earlier_generation_moved_back_by_aws_is_acknowledged() {
    let (bench, task_id) = dead_letter().await;
    bench.redrive(task_id).await;
    bench.move_dead_letters_back().await;
    bench.work_until_empty().await;
    assert_eq!(bench.handler.attempts(task_id), [1, 2], "once per redrive");
    assert_eq!(bench.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn the_dead_letter_of_an_earlier_generation_does_not_take_the_redriven_ones_place() {
    let (bench, task_id) = dead_letter().await;
    bench.move_dead_letters_back().await;
    bench.redrive(task_id).await;
    assert_eq!(bench.turn().await, Turn::Acknowledged, "the earlier one");
    assert_eq!(bench.handler.calls().len(), 1);
    assert_eq!(bench.turn().await, Turn::Acknowledged);
    assert_eq!(bench.handler.attempts(task_id), [1, 2]);
    assert_eq!(bench.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn amended_and_redriven_the_handler_gets_the_new_words() {
    let (bench, task_id) = dead_letter().await;
    bench.amend(task_id, "a, mended").await;
    bench.redrive(task_id).await;
    bench.work_until_empty().await;
    assert_eq!(bench.handler.titles(), ["a", "a, mended"]);
}

#[tokio::test]
async fn amended_and_moved_back_by_aws_the_handler_gets_the_new_words_too() {
    let (bench, task_id) = dead_letter().await;
    bench.amend(task_id, "a, mended").await;
    bench.move_dead_letters_back().await;
    bench.work_until_empty().await;
    assert_eq!(bench.handler.titles(), ["a", "a, mended"]);
}
