//! Failure policy `hold`: the line stops at a task until an operator decides; nothing overtakes it.

use futures_util::FutureExt;
use harness::{Fault, Outcome, PipelineFixture, Step, Turn};
use shared::{
    Content, Status, TaskId,
    limits::VISIBILITY_SECONDS_MAX,
    ports::{Depth, TaskRecords, Visibility},
};

/// A line that is held at `a`, with `b` and `c` behind it.
async fn held_line() -> (PipelineFixture, [TaskId; 3]) {
    let pipeline = PipelineFixture::holding();
    let task_ids = pipeline.post_all(["a", "b", "c"]).await;
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    assert_eq!(pipeline.status(task_ids[0]).await, Status::Held);
    (pipeline, task_ids)
}

#[tokio::test]
async fn no_task_behind_a_held_task_is_handled_at_any_later_time() {
    let (pipeline, [a, ..]) = held_line().await;
    const { assert!(30 * 3_600 > VISIBILITY_SECONDS_MAX, "longer than SQS hides a message") };
    let mut receipts = vec![pipeline.record(a).await.held_receipt];
    for _ in 0..30 {
        assert_eq!(pipeline.turn().await, Turn::Idle);
        pipeline.hours_pass(1).await;
        assert_eq!(pipeline.turn().await, Turn::Unacknowledged, "redelivered, and held again");
        receipts.push(pipeline.record(a).await.held_receipt);
    }
    let record = pipeline.record(a).await;
    assert_eq!((record.status, record.attempt), (Status::Held, 1));
    assert_eq!((record.failures.len(), record.expires_at), (1, None));
    assert_eq!(pipeline.handler.task_ids(), [a]);
    assert_eq!(pipeline.dead_letters().await.len(), 0);
    receipts.dedup();
    assert_eq!(receipts.len(), 31, "the receipt is always the latest delivery's");
}

#[tokio::test]
async fn a_held_task_is_listed_as_needing_attention() {
    let (pipeline, [a, ..]) = held_line().await;
    let page = pipeline.records().needing_attention(None, 10).await.unwrap();
    assert_eq!(page.records.len(), 1);
    assert_eq!(page.records[0].task_id, a);
}

#[tokio::test]
async fn a_resumed_task_is_next_and_the_others_follow_in_order() {
    for hours_held in [0, 1, 5, 13] {
        let (pipeline, [a, b, c]) = held_line().await;
        for _ in 0..hours_held {
            pipeline.hours_pass(1).await;
            pipeline.turn().await;
        }
        pipeline.resume(a).await;
        assert_eq!(pipeline.turn().await, Turn::Acknowledged, "at once");
        assert_eq!(pipeline.status(a).await, Status::Completed);
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.handler.task_ids(), [a, a, b, c]);
        assert_eq!(pipeline.handler.attempts(a), [1, 2]);
    }
}

#[tokio::test]
async fn a_resumed_task_has_a_new_attempt_budget_and_is_held_again_when_it_is_spent() {
    let mut pipeline = PipelineFixture::holding();
    pipeline.settings.attempt_budget = 2;
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.on("a", vec![Outcome::Transient("busy"); 4]);
    for round in 1..=2 {
        while pipeline.status(a).await != Status::Held {
            pipeline.next_turn().await;
        }
        assert_eq!(pipeline.handler.attempts(a).len(), round * 2);
        pipeline.resume(a).await;
    }
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, a, a, a, a, b]);
}

#[tokio::test]
async fn a_resume_that_does_not_reach_the_queue_delays_the_task_by_an_hour_at_most() {
    let (pipeline, [a, b, c]) = held_line().await;
    pipeline.faults.at(Step::ChangeVisibility, 1, Fault::CrashBefore);
    assert!(pipeline.faults.until_crash(pipeline.resume(a)).await.is_none());
    let (waited, turn) = pipeline.next_turn().await;
    assert_eq!((waited, turn), (3_600, Turn::Acknowledged));
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, a, b, c]);
}

#[tokio::test]
async fn a_skipped_task_is_dead_lettered_without_another_run_and_the_line_continues() {
    let (pipeline, [a, b, c]) = held_line().await;
    pipeline.skip(a).await;
    assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    let record = pipeline.record(a).await;
    assert_eq!((record.status, record.held_receipt), (Status::DeadLettered, None));
    assert_eq!(pipeline.dead_task_ids().await, [a]);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, b, c]);
}

#[tokio::test]
async fn a_task_discarded_while_held_is_acknowledged_and_leaves_no_dead_letter() {
    let (pipeline, [a, b, c]) = held_line().await;
    pipeline.discard(a).await;
    assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    assert_eq!(pipeline.status(a).await, Status::Discarded);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, b, c]);
    assert_eq!(pipeline.dead_letters().await.len(), 0);
}

#[tokio::test]
async fn a_task_amended_while_held_is_handled_with_the_new_text_and_keeps_the_original() {
    let (pipeline, [a, b, c]) = held_line().await;
    let original = pipeline.record(a).await.content;
    pipeline.amend(a, "a, fixed").await;
    assert_eq!(pipeline.status(a).await, Status::Held, "an amendment does not resume the line");
    pipeline.resume(a).await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.titles(), ["a", "a, fixed", "b", "c"]);
    assert_eq!(pipeline.handler.task_ids(), [a, a, b, c]);
    let record = pipeline.record(a).await;
    assert_eq!(record.amendment.unwrap().original, original);
}

#[tokio::test]
async fn an_undecodable_body_holds_the_line_and_can_be_amended_to_a_task() {
    let pipeline = PipelineFixture::holding();
    pipeline.enqueue_raw("{", "d").await;
    let behind = pipeline.post("b").await;
    let held = TaskId::of_undecodable_body("{");
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    assert_eq!(pipeline.status(held).await, Status::Held);
    pipeline.amend(held, "agreed by phone").await;
    pipeline.resume(held).await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.titles(), ["agreed by phone", "b"]);
    assert_eq!(pipeline.handler.task_ids(), [held, behind]);
    let record = pipeline.record(held).await;
    assert_eq!(record.amendment.unwrap().original, Content::Raw("{".to_owned()));
}

async fn resume(pipeline: PipelineFixture, task_id: TaskId) {
    pipeline.resume(task_id).await;
}

/// Held for the first time or again: an operator resumes the task just before or after each step, and it runs
/// immediately.
#[tokio::test]
async fn a_resume_at_any_step_of_holding_is_not_lost() {
    for held_before in [false, true] {
        for after in [false, true] {
            for step in [Step::ChangeVisibility, Step::WriteRecord] {
                let pipeline = PipelineFixture::holding();
                let [a, b] = pipeline.post_all(["a", "b"]).await;
                pipeline.handler.on("a", [Outcome::Permanent("bad")]);
                if held_before {
                    pipeline.turn().await;
                    pipeline.hours_pass(1).await;
                }
                let operator = resume(pipeline.clone(), a).boxed();
                let nth = match (step, held_before) {
                    (Step::ChangeVisibility, _) => 1,
                    // First: claim, held, receipt. Again: a claim of an untouched record that is refused, receipt.
                    (_, false) => 3,
                    (_, true) => 2,
                };
                let fault = if after { Fault::After(operator) } else { Fault::Before(operator) };
                pipeline.faults.at(step, nth, fault);
                let case = format!("{step:?}, after: {after}, held before: {held_before}");
                assert_eq!(pipeline.turn().await, Turn::Unacknowledged, "{case}");
                assert!(!pipeline.faults.is_waiting(), "{case}");
                assert_eq!(pipeline.turn().await, Turn::Acknowledged, "at once: {case}");
                assert_eq!(pipeline.status(a).await, Status::Completed, "{case}");
                pipeline.work_until_empty().await;
                assert_eq!(pipeline.handler.task_ids(), [a, a, b], "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_visibility_change_with_an_old_receipt_is_ignored() {
    let (pipeline, [a, ..]) = held_line().await;
    let old = pipeline.record(a).await.held_receipt.unwrap();
    pipeline.hours_pass(1).await;
    pipeline.turn().await;
    use shared::ports::TaskQueue;
    let changed = pipeline.line().change_visibility(&old, 0).await.unwrap();
    assert_eq!(changed, Visibility::Stale);
    assert_eq!(pipeline.turn().await, Turn::Idle);
}

#[tokio::test]
async fn a_held_task_whose_message_is_made_visible_without_a_decision_is_held_again() {
    let (pipeline, [a, b, c]) = held_line().await;
    assert_eq!(pipeline.make_held_visible(a).await, Visibility::Changed);
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    assert_eq!(pipeline.turn().await, Turn::Idle);
    pipeline.resume(a).await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, a, b, c]);
    assert_eq!(pipeline.depth().await, Depth::default());
}
