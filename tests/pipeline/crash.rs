//! A process that dies after any single step, or after any two: no task is lost, none overtakes another, and no
//! completed task is handled again.

use harness::{Fault, Outcome, PipelineFixture, Turn};
use shared::{
    Status, TaskId,
    ports::{Depth, TaskRecords},
};

/// More steps than any case here has.
const STEPS_MAX: usize = 20;

/// A crash before or after the `nth` step from now.
fn plan(pipeline: &PipelineFixture, nth: usize, after: bool) {
    let fault = if after { Fault::CrashAfter } else { Fault::CrashBefore };
    pipeline.faults.at_any(nth, fault);
}

/// Works the line with a crash at the `first` step and another one `second` steps later.
async fn work_with_crashes(pipeline: &PipelineFixture, first: usize, second: usize, after: bool) {
    plan(pipeline, first, after);
    plan(pipeline, first + second, after);
    for _ in 0..40 {
        if pipeline.turn().await == Turn::Idle && pipeline.depth().await == Depth::default() {
            break;
        }
        pipeline.clock.advance_seconds(10);
    }
    pipeline.faults.none();
    pipeline.work_until_empty().await;
}

fn all_crashes() -> impl Iterator<Item = (usize, usize, bool)> {
    let pairs = (1..9).flat_map(|first| [1, 2, 3, 5].map(|second| (first, second)));
    let single = (1..STEPS_MAX).map(|first| (first, STEPS_MAX * 100));
    single.chain(pairs).flat_map(|(first, second)| [false, true].map(|after| (first, second, after)))
}

/// `a` is handled before `b`, any number of times.
fn assert_order(pipeline: &PipelineFixture, [a, b]: [TaskId; 2], case: &str) {
    let mut handled = pipeline.handler.task_ids();
    handled.dedup();
    assert_eq!(handled, [a, b], "{case}");
}

#[tokio::test]
async fn a_crash_while_completing_still_completes_the_task() {
    for (first, second, after) in all_crashes() {
        let case = format!("at {first}, then {second}, after: {after}");
        let pipeline = PipelineFixture::new();
        let tasks = pipeline.post_all(["a", "b"]).await;
        work_with_crashes(&pipeline, first, second, after).await;
        assert_order(&pipeline, tasks, &case);
        for task_id in tasks {
            let record = pipeline.record(task_id).await;
            assert_eq!(record.status, Status::Completed, "{case}");
            let attempts: Vec<_> = pipeline.handler.attempts(task_id);
            assert!(attempts.is_sorted_by(|one, next| one < next), "{case}");
            assert_eq!(
                record.attempt as usize,
                record.failures.len() + 1,
                "every run that did not end is explained: {case}"
            );
        }
    }
}

#[tokio::test]
async fn a_crash_while_retrying_still_completes_the_task_in_order() {
    for (first, second, after) in all_crashes() {
        let case = format!("at {first}, then {second}, after: {after}");
        let pipeline = PipelineFixture::new();
        let tasks = pipeline.post_all(["a", "b"]).await;
        pipeline.handler.on("a", vec![Outcome::Transient("busy"); 2]);
        work_with_crashes(&pipeline, first, second, after).await;
        assert_order(&pipeline, tasks, &case);
        assert_eq!(pipeline.status(tasks[0]).await, Status::Completed, "{case}");
        assert_eq!(pipeline.status(tasks[1]).await, Status::Completed, "{case}");
    }
}

#[tokio::test]
async fn a_crash_while_dead_lettering_sends_one_dead_letter_and_the_line_continues() {
    for (first, second, after) in all_crashes() {
        let case = format!("at {first}, then {second}, after: {after}");
        let pipeline = PipelineFixture::new();
        let tasks = pipeline.post_all(["a", "b"]).await;
        pipeline.handler.on("a", vec![Outcome::Permanent("bad"); 4]);
        work_with_crashes(&pipeline, first, second, after).await;
        assert_order(&pipeline, tasks, &case);
        let record = pipeline.record(tasks[0]).await;
        assert_eq!(record.status, Status::DeadLettered, "{case}");
        assert_eq!(record.last_failure().unwrap().code, "bad", "{case}");
        assert_eq!(pipeline.dead_task_ids().await, [tasks[0]], "{case}");
        assert_eq!(pipeline.status(tasks[1]).await, Status::Completed, "{case}");
    }
}

#[tokio::test]
async fn a_crash_while_holding_keeps_the_line_held_until_an_operator_resumes_it() {
    for (first, after) in (1..10).flat_map(|first| [(first, false), (first, true)]) {
        let case = format!("at {first}, after: {after}");
        let pipeline = PipelineFixture::holding();
        let [a, b] = pipeline.post_all(["a", "b"]).await;
        pipeline.handler.on("a", vec![Outcome::Permanent("bad"); 2]);
        plan(&pipeline, first, after);
        // Longer than the hour for which a message stays hidden if its receipt was not recorded before the crash.
        for _ in 0..40 {
            pipeline.turn().await;
            pipeline.clock.advance_seconds(100);
        }
        pipeline.faults.none();
        let record = pipeline.record(a).await;
        assert_eq!(record.status, Status::Held, "{case}");
        assert!(!pipeline.handler.task_ids().contains(&b), "{case}");
        let runs = pipeline.handler.calls().len();
        pipeline.amend(a, "fixed").await;
        pipeline.resume(a).await;
        pipeline.work_until_empty().await;
        assert_order(&pipeline, [a, b], &case);
        assert_eq!(pipeline.status(a).await, Status::Completed, "{case}");
        assert_eq!(pipeline.handler.calls().len(), runs + 2, "{case}");
    }
}

#[tokio::test]
async fn a_crash_while_accepting_with_a_key_is_finished_by_the_repeated_request() {
    for (nth, after) in (1..4).flat_map(|nth| [(nth, false), (nth, true)]) {
        for (handled_between, seconds) in [(false, 1), (true, 1), (false, 301), (true, 301)] {
            let case = format!("at {nth}, after: {after}, handled: {handled_between}, {seconds} s");
            let pipeline = PipelineFixture::new();
            plan(&pipeline, nth, after);
            let crashed = pipeline.submit_until_crash("a", Some("k")).await;
            assert_eq!(crashed, nth <= 2, "{case}");
            pipeline.faults.none();
            if handled_between {
                pipeline.work_until_empty().await;
            }
            pipeline.clock.advance_seconds(seconds);
            let accepted = pipeline.submit("a", Some("k")).await.unwrap();
            pipeline.work_until_empty().await;
            assert_eq!(pipeline.handler.task_ids(), [accepted.task_id], "{case}");
            assert_eq!(pipeline.status(accepted.task_id).await, Status::Completed, "{case}");
        }
    }
}

#[tokio::test]
async fn a_crash_while_a_repeated_request_is_accepted_is_finished_by_a_third_request() {
    for (nth, after) in (1..5).flat_map(|nth| [(nth, false), (nth, true)]) {
        let case = format!("at {nth}, after: {after}");
        let pipeline = PipelineFixture::new();
        plan(&pipeline, 1, true);
        assert!(pipeline.submit_until_crash("a", Some("k")).await);
        pipeline.clock.advance_seconds(1);
        plan(&pipeline, nth, after);
        pipeline.submit_until_crash("a", Some("k")).await;
        pipeline.faults.none();
        pipeline.clock.advance_seconds(1);
        let accepted = pipeline.submit("a", Some("k")).await.unwrap();
        assert!(accepted.replayed, "{case}");
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.handler.task_ids(), [accepted.task_id], "{case}");
    }
}

#[tokio::test]
async fn a_crash_while_accepting_without_a_key_leaves_an_enqueued_task_handled_once() {
    for (nth, after) in (1..3).flat_map(|nth| [(nth, false), (nth, true)]) {
        let case = format!("at {nth}, after: {after}");
        let pipeline = PipelineFixture::new();
        plan(&pipeline, nth, after);
        assert!(pipeline.submit_until_crash("a", None).await, "{case}");
        pipeline.faults.none();
        let in_line = usize::try_from(pipeline.depth().await.waiting).unwrap();
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.handler.calls().len(), in_line, "{case}");
        let page = pipeline.records().all(None, 10).await.unwrap();
        let [record] = page.records.try_into().unwrap();
        let end = if in_line == 1 { Status::Completed } else { Status::Accepted };
        assert_eq!(record.status, end, "{case}");
        let again = pipeline.post("a").await;
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.status(again).await, Status::Completed, "{case}");
        assert_eq!(pipeline.handler.attempts(again), [1], "{case}");
    }
}

#[tokio::test]
async fn a_crash_while_redriving_is_finished_by_the_repeated_redrive_and_the_task_runs_once() {
    for (nth, after) in (1..4).flat_map(|nth| [(nth, false), (nth, true)]) {
        for works_between in [false, true] {
            let case = format!("at {nth}, after: {after}, worked between: {works_between}");
            let pipeline = PipelineFixture::new();
            let task_id = pipeline.post("a").await;
            pipeline.handler.on("a", [Outcome::Permanent("bad")]);
            pipeline.work_until_empty().await;
            plan(&pipeline, nth, after);
            assert!(pipeline.redrive_until_crash(task_id).await, "{case}");
            if works_between {
                pipeline.work_until_empty().await;
            }
            if matches!(pipeline.status(task_id).await, Status::DeadLettered | Status::Redriving) {
                let listed = pipeline.records().needing_attention(None, 10).await.unwrap();
                assert_eq!(listed.records.len(), 1, "it is listed for operators: {case}");
                pipeline.redrive(task_id).await;
            }
            pipeline.work_until_empty().await;
            let record = pipeline.record(task_id).await;
            assert_eq!((record.status, record.generation), (Status::Completed, 1), "{case}");
            assert_eq!(pipeline.handler.attempts(task_id), [1, 2], "{case}");
        }
    }
}
