//! hold: the line stands still at a task until an operator decides; nothing overtakes it, ever.

use futures_util::FutureExt;
use harness::{Fault, Outcome, PipelineFixture, Step, Turn};
use shared::{
    Payload, Status, TaskId,
    limits::VISIBILITY_SECONDS_MAX,
    ports::{Depth, TaskRecords, Visibility},
};

/// A line that holds at `a`, with `b` and `c` behind it.
async fn held_line() -> (PipelineFixture, [TaskId; 3]) {
    let bench = PipelineFixture::holding();
    let task_ids = bench.post_all(["a", "b", "c"]).await;
    bench.handler.on("a", [Outcome::Permanent("bad")]);
    assert_eq!(bench.turn().await, Turn::ComesBack);
    assert_eq!(bench.status(task_ids[0]).await, Status::Held);
    (bench, task_ids)
}

#[tokio::test]
async fn nothing_behind_a_held_task_is_handled_for_however_long() {
    let (bench, [a, ..]) = held_line().await;
    const { assert!(30 * 3_600 > VISIBILITY_SECONDS_MAX, "longer than SQS hides a message") };
    let mut receipts = vec![bench.record(a).await.held_receipt];
    for _ in 0..30 {
        assert_eq!(bench.turn().await, Turn::Idle);
        bench.hours_pass(1).await;
        assert_eq!(bench.turn().await, Turn::ComesBack, "redelivered, and held again");
        receipts.push(bench.record(a).await.held_receipt);
    }
    let record = bench.record(a).await;
    assert_eq!((record.status, record.attempt), (Status::Held, 1));
    assert_eq!((record.failures.len(), record.expires_at), (1, None));
    assert_eq!(bench.handler.task_ids(), [a]);
    assert_eq!(bench.dead_letters().await.len(), 0);
    receipts.dedup();
    assert_eq!(receipts.len(), 31, "the receipt is always the latest delivery's");
}

#[tokio::test]
async fn a_held_task_is_listed_as_needing_a_person() {
    let (bench, [a, ..]) = held_line().await;
    let page = bench.records().needing_attention(None, 10).await.unwrap();
    assert_eq!(page.records.len(), 1);
    assert_eq!(page.records[0].task_id, a);
}

#[tokio::test]
async fn resumed_and_shown_again_it_is_the_next_and_the_rest_follows_in_order() {
    for hours_held in [0, 1, 5, 13] {
        let (bench, [a, b, c]) = held_line().await;
        for _ in 0..hours_held {
            bench.hours_pass(1).await;
            bench.turn().await;
        }
        bench.resume(a).await;
        assert_eq!(bench.turn().await, Turn::Acknowledged, "at once");
        assert_eq!(bench.status(a).await, Status::Completed);
        bench.work_until_empty().await;
        assert_eq!(bench.handler.task_ids(), [a, a, b, c]);
        assert_eq!(bench.handler.attempts(a), [1, 2]);
    }
}

#[tokio::test]
async fn a_resumed_task_has_a_new_budget_and_is_held_again_when_that_is_spent() {
    let mut bench = PipelineFixture::holding();
    bench.settings.attempt_budget = 2;
    let [a, b] = bench.post_all(["a", "b"]).await;
    bench.handler.on("a", vec![Outcome::Transient("busy"); 4]);
    for round in 1..=2 {
        while bench.status(a).await != Status::Held {
            bench.next_turn().await;
        }
        assert_eq!(bench.handler.attempts(a).len(), round * 2);
        bench.resume(a).await;
    }
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [a, a, a, a, a, b]);
}

#[tokio::test]
async fn a_resume_that_does_not_reach_the_queue_costs_an_hour_at_most() {
    let (bench, [a, b, c]) = held_line().await;
    bench.faults.at(Step::ChangeVisibility, 1, Fault::CrashBefore);
    assert!(bench.faults.until_crash(bench.resume(a)).await.is_none());
    let (waited, turn) = bench.next_turn().await;
    assert_eq!((waited, turn), (3_600, Turn::Acknowledged));
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [a, a, b, c]);
}

#[tokio::test]
async fn skipped_it_is_dead_lettered_without_another_run_and_the_line_goes_on() {
    let (bench, [a, b, c]) = held_line().await;
    bench.skip(a).await;
    assert_eq!(bench.turn().await, Turn::Acknowledged);
    let record = bench.record(a).await;
    assert_eq!((record.status, record.held_receipt), (Status::DeadLettered, None));
    assert_eq!(bench.dead_task_ids().await, [a]);
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [a, b, c]);
}

#[tokio::test]
async fn discarded_while_held_it_is_acknowledged_and_leaves_no_dead_letter() {
    let (bench, [a, b, c]) = held_line().await;
    bench.discard(a).await;
    assert_eq!(bench.turn().await, Turn::Acknowledged);
    assert_eq!(bench.status(a).await, Status::Discarded);
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [a, b, c]);
    assert_eq!(bench.dead_letters().await.len(), 0);
}

#[tokio::test]
async fn amended_while_held_the_handler_gets_the_new_words_and_the_original_stays() {
    let (bench, [a, b, c]) = held_line().await;
    let original = bench.record(a).await.payload;
    bench.amend(a, "a, mended").await;
    assert_eq!(bench.status(a).await, Status::Held, "an amendment lets nothing go");
    bench.resume(a).await;
    bench.work_until_empty().await;
    assert_eq!(bench.handler.titles(), ["a", "a, mended", "b", "c"]);
    assert_eq!(bench.handler.task_ids(), [a, a, b, c]);
    let record = bench.record(a).await;
    assert_eq!(record.amendment.unwrap().original, original);
}

#[tokio::test]
async fn an_undecodable_body_holds_the_line_and_is_amended_into_a_task() {
    let bench = PipelineFixture::holding();
    bench.enqueue_raw("{", "d").await;
    let behind = bench.post("b").await;
    let held = TaskId::of_undecodable_body("{");
    assert_eq!(bench.turn().await, Turn::ComesBack);
    assert_eq!(bench.status(held).await, Status::Held);
    bench.amend(held, "told by phone").await;
    bench.resume(held).await;
    bench.work_until_empty().await;
    assert_eq!(bench.handler.titles(), ["told by phone", "b"]);
    assert_eq!(bench.handler.task_ids(), [held, behind]);
    let record = bench.record(held).await;
    assert_eq!(record.amendment.unwrap().original, Payload::Raw("{".to_owned()));
}

async fn resume(bench: PipelineFixture, task_id: TaskId) {
    bench.resume(task_id).await;
}

/// Whether first held or held again: an operator lets it go just before or after each step, and it runs at once.
#[tokio::test]
async fn a_resume_is_not_lost_wherever_it_meets_the_holding() {
    for held_before in [false, true] {
        for after in [false, true] {
            for step in [Step::ChangeVisibility, Step::WriteRecord] {
                let bench = PipelineFixture::holding();
                let [a, b] = bench.post_all(["a", "b"]).await;
                bench.handler.on("a", [Outcome::Permanent("bad")]);
                if held_before {
                    bench.turn().await;
                    bench.hours_pass(1).await;
                }
                let operator = resume(bench.clone(), a).boxed();
                let nth = match (step, held_before) {
                    (Step::ChangeVisibility, _) => 1,
                    // First: claim, held, receipt. Again: an untouched claim that is refused, receipt.
                    (_, false) => 3,
                    (_, true) => 2,
                };
                let fault = if after { Fault::After(operator) } else { Fault::Before(operator) };
                bench.faults.at(step, nth, fault);
                let case = format!("{step:?}, after: {after}, held before: {held_before}");
                assert_eq!(bench.turn().await, Turn::ComesBack, "{case}");
                assert!(!bench.faults.is_waiting(), "{case}");
                assert_eq!(bench.turn().await, Turn::Acknowledged, "at once: {case}");
                assert_eq!(bench.status(a).await, Status::Completed, "{case}");
                bench.work_until_empty().await;
                assert_eq!(bench.handler.task_ids(), [a, a, b], "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_change_of_visibility_by_an_old_receipt_changes_nothing() {
    let (bench, [a, ..]) = held_line().await;
    let old = bench.record(a).await.held_receipt.unwrap();
    bench.hours_pass(1).await;
    bench.turn().await;
    use shared::ports::TaskQueue;
    let changed = bench.line().change_visibility(&old, 0).await.unwrap();
    assert_eq!(changed, Visibility::Stale);
    assert_eq!(bench.turn().await, Turn::Idle);
}

#[tokio::test]
async fn a_held_task_that_is_shown_without_a_decision_is_held_again() {
    let (bench, [a, b, c]) = held_line().await;
    assert_eq!(bench.show_held(a).await, Visibility::Changed);
    assert_eq!(bench.turn().await, Turn::ComesBack);
    assert_eq!(bench.turn().await, Turn::Idle);
    bench.resume(a).await;
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [a, a, b, c]);
    assert_eq!(bench.depth().await, Depth::default());
}
