//! A process that dies after any single step, or after any two: nothing is lost, nothing overtakes, and nothing that
//! completed is handled again.

use harness::{Fault, Outcome, PipelineFixture, Turn};
use shared::{
    Status, TaskId,
    ports::{Depth, TaskRecords},
};

/// More steps than any scenario here has.
const STEPS_MAX: usize = 20;

/// A crash before or after the `nth` step from now.
fn plan(bench: &PipelineFixture, nth: usize, after: bool) {
    let fault = if after { Fault::CrashAfter } else { Fault::CrashBefore };
    bench.faults.at_any(nth, fault);
}

/// Works the line with a crash at the `first` step and another one at the `second` from there.
async fn work_with_crashes(bench: &PipelineFixture, first: usize, second: usize, after: bool) {
    plan(bench, first, after);
    plan(bench, first + second, after);
    for _ in 0..40 {
        if bench.turn().await == Turn::Idle && bench.depth().await == Depth::default() {
            break;
        }
        bench.clock.advance_seconds(10);
    }
    bench.faults.none();
    bench.work_until_empty().await;
}

fn all_crashes() -> impl Iterator<Item = (usize, usize, bool)> {
    let pairs = (1..9).flat_map(|first| [1, 2, 3, 5].map(|second| (first, second)));
    let single = (1..STEPS_MAX).map(|first| (first, STEPS_MAX * 100));
    single.chain(pairs).flat_map(|(first, second)| [false, true].map(|after| (first, second, after)))
}

/// `a` is handled before `b`, however often.
fn assert_order(bench: &PipelineFixture, [a, b]: [TaskId; 2], case: &str) {
    let mut handled = bench.handler.task_ids();
    handled.dedup();
    assert_eq!(handled, [a, b], "{case}");
}

#[tokio::test]
async fn in_completing_the_task_completes() {
    for (first, second, after) in all_crashes() {
        let case = format!("at {first}, then {second}, after: {after}");
        let bench = PipelineFixture::new();
        let tasks = bench.post_all(["a", "b"]).await;
        work_with_crashes(&bench, first, second, after).await;
        assert_order(&bench, tasks, &case);
        for task_id in tasks {
            let record = bench.record(task_id).await;
            assert_eq!(record.status, Status::Completed, "{case}");
            let attempts: Vec<_> = bench.handler.attempts(task_id);
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
async fn in_retrying_the_task_completes_at_its_place() {
    for (first, second, after) in all_crashes() {
        let case = format!("at {first}, then {second}, after: {after}");
        let bench = PipelineFixture::new();
        let tasks = bench.post_all(["a", "b"]).await;
        bench.handler.on("a", vec![Outcome::Transient("busy"); 2]);
        work_with_crashes(&bench, first, second, after).await;
        assert_order(&bench, tasks, &case);
        assert_eq!(bench.status(tasks[0]).await, Status::Completed, "{case}");
        assert_eq!(bench.status(tasks[1]).await, Status::Completed, "{case}");
    }
}

#[tokio::test]
async fn in_dead_lettering_the_dead_letter_is_sent_once_and_the_line_goes_on() {
    for (first, second, after) in all_crashes() {
        let case = format!("at {first}, then {second}, after: {after}");
        let bench = PipelineFixture::new();
        let tasks = bench.post_all(["a", "b"]).await;
        bench.handler.on("a", vec![Outcome::Permanent("bad"); 4]);
        work_with_crashes(&bench, first, second, after).await;
        assert_order(&bench, tasks, &case);
        let record = bench.record(tasks[0]).await;
        assert_eq!(record.status, Status::DeadLettered, "{case}");
        assert_eq!(record.last_failure().unwrap().code, "bad", "{case}");
        assert_eq!(bench.dead_task_ids().await, [tasks[0]], "{case}");
        assert_eq!(bench.status(tasks[1]).await, Status::Completed, "{case}");
    }
}

#[tokio::test]
async fn in_holding_the_line_stands_and_an_operator_can_let_it_go_on() {
    for (first, after) in (1..10).flat_map(|first| [(first, false), (first, true)]) {
        let case = format!("at {first}, after: {after}");
        let bench = PipelineFixture::holding();
        let [a, b] = bench.post_all(["a", "b"]).await;
        bench.handler.on("a", vec![Outcome::Permanent("bad"); 2]);
        plan(&bench, first, after);
        // Longer than the hour for which a message is hidden whose receipt was not published before the crash.
        for _ in 0..40 {
            bench.turn().await;
            bench.clock.advance_seconds(100);
        }
        bench.faults.none();
        let record = bench.record(a).await;
        assert_eq!(record.status, Status::Held, "{case}");
        assert!(!bench.handler.task_ids().contains(&b), "{case}");
        let runs = bench.handler.calls().len();
        bench.amend(a, "mended").await;
        bench.resume(a).await;
        bench.work_until_empty().await;
        assert_order(&bench, [a, b], &case);
        assert_eq!(bench.status(a).await, Status::Completed, "{case}");
        assert_eq!(bench.handler.calls().len(), runs + 2, "{case}");
    }
}

#[tokio::test]
async fn in_accepting_under_a_key_the_request_sent_again_finishes_it() {
    for (nth, after) in (1..4).flat_map(|nth| [(nth, false), (nth, true)]) {
        for (handled_between, seconds) in [(false, 1), (true, 1), (false, 301), (true, 301)] {
            let case = format!("at {nth}, after: {after}, handled: {handled_between}, {seconds} s");
            let bench = PipelineFixture::new();
            plan(&bench, nth, after);
            let crashed = bench.submit_until_crash("a", Some("k")).await;
            assert_eq!(crashed, nth <= 2, "{case}");
            bench.faults.none();
            if handled_between {
                bench.work_until_empty().await;
            }
            bench.clock.advance_seconds(seconds);
            let accepted = bench.submit("a", Some("k")).await.unwrap();
            bench.work_until_empty().await;
            assert_eq!(bench.handler.task_ids(), [accepted.task_id], "{case}");
            assert_eq!(bench.status(accepted.task_id).await, Status::Completed, "{case}");
        }
    }
}

#[tokio::test]
async fn in_accepting_again_under_a_key_a_third_request_finishes_it() {
    for (nth, after) in (1..5).flat_map(|nth| [(nth, false), (nth, true)]) {
        let case = format!("at {nth}, after: {after}");
        let bench = PipelineFixture::new();
        plan(&bench, 1, true);
        assert!(bench.submit_until_crash("a", Some("k")).await);
        bench.clock.advance_seconds(1);
        plan(&bench, nth, after);
        bench.submit_until_crash("a", Some("k")).await;
        bench.faults.none();
        bench.clock.advance_seconds(1);
        let accepted = bench.submit("a", Some("k")).await.unwrap();
        assert!(accepted.replayed, "{case}");
        bench.work_until_empty().await;
        assert_eq!(bench.handler.task_ids(), [accepted.task_id], "{case}");
    }
}

#[tokio::test]
async fn in_accepting_a_fresh_task_what_got_into_the_line_is_handled_once() {
    for (nth, after) in (1..3).flat_map(|nth| [(nth, false), (nth, true)]) {
        let case = format!("at {nth}, after: {after}");
        let bench = PipelineFixture::new();
        plan(&bench, nth, after);
        assert!(bench.submit_until_crash("a", None).await, "{case}");
        bench.faults.none();
        let in_line = usize::try_from(bench.depth().await.waiting).unwrap();
        bench.work_until_empty().await;
        assert_eq!(bench.handler.calls().len(), in_line, "{case}");
        let page = bench.records().all(None, 10).await.unwrap();
        let [record] = page.records.try_into().unwrap();
        let end = if in_line == 1 { Status::Completed } else { Status::Accepted };
        assert_eq!(record.status, end, "{case}");
        let again = bench.post("a").await;
        bench.work_until_empty().await;
        assert_eq!(bench.status(again).await, Status::Completed, "{case}");
        assert_eq!(bench.handler.attempts(again), [1], "{case}");
    }
}

#[tokio::test]
async fn in_redriving_the_redrive_made_again_finishes_it_and_the_task_runs_once() {
    for (nth, after) in (1..4).flat_map(|nth| [(nth, false), (nth, true)]) {
        for works_between in [false, true] {
            let case = format!("at {nth}, after: {after}, worked between: {works_between}");
            let bench = PipelineFixture::new();
            let task_id = bench.post("a").await;
            bench.handler.on("a", [Outcome::Permanent("bad")]);
            bench.work_until_empty().await;
            plan(&bench, nth, after);
            assert!(bench.redrive_until_crash(task_id).await, "{case}");
            if works_between {
                bench.work_until_empty().await;
            }
            if matches!(bench.status(task_id).await, Status::DeadLettered | Status::Redriving) {
                let listed = bench.records().needing_attention(None, 10).await.unwrap();
                assert_eq!(listed.records.len(), 1, "it is seen by an operator: {case}");
                bench.redrive(task_id).await;
            }
            bench.work_until_empty().await;
            let record = bench.record(task_id).await;
            assert_eq!((record.status, record.generation), (Status::Completed, 1), "{case}");
            assert_eq!(bench.handler.attempts(task_id), [1, 2], "{case}");
        }
    }
}
