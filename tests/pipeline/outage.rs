//! Outages, and calls whose answers are lost: a task waits; it is neither lost nor handled again once completed.

use harness::{Fault, Outage, Outcome, PipelineFixture, Step, Turn, get, post, task_json};
use shared::{Status, ports::Depth};

const STEPS: [Step; 6] = [
    Step::WriteRecord,
    Step::Receive,
    Step::Delete,
    Step::ChangeVisibility,
    Step::SendDeadLetter,
    Step::FindRecord,
];

#[tokio::test]
async fn a_failed_call_at_any_step_only_delays_the_end_of_the_task() {
    for (outcome, end) in [
        (Outcome::Succeed, Status::Completed),
        (Outcome::Transient("busy"), Status::Completed),
        (Outcome::Permanent("bad"), Status::DeadLettered),
    ] {
        for (nth, lost) in (1..15).flat_map(|nth| [(nth, false), (nth, true)]) {
            let case = format!("{outcome:?}, at {nth}, answer lost: {lost}");
            let pipeline = PipelineFixture::new();
            let [a, b] = pipeline.post_all(["a", "b"]).await;
            let outcomes = if end == Status::DeadLettered { 3 } else { 1 };
            pipeline.handler.on("a", vec![outcome.clone(); outcomes]);
            pipeline.faults.at_any(nth, if lost { Fault::FailAfter } else { Fault::FailBefore });
            pipeline.work_until_empty().await;
            assert_eq!(pipeline.status(a).await, end, "{case}");
            assert_eq!(pipeline.status(b).await, Status::Completed, "{case}");
            let mut handled = pipeline.handler.task_ids();
            handled.dedup();
            assert_eq!(handled, [a, b], "{case}");
            let dead_letters = usize::from(end == Status::DeadLettered);
            assert_eq!(pipeline.dead_letters().await.len(), dead_letters, "{case}");
        }
    }
}

#[tokio::test]
async fn an_outage_of_any_dependency_loses_nothing_and_keeps_the_order() {
    for step in STEPS {
        for outcome in [Outcome::Transient("busy"), Outcome::Permanent("bad")] {
            let case = format!("{step:?}, {outcome:?}");
            let pipeline = PipelineFixture::new();
            let [a, b] = pipeline.post_all(["a", "b"]).await;
            pipeline.handler.on("a", [outcome.clone()]);
            pipeline.faults.outage(step, Outage::NothingGetsThrough);
            for _ in 0..30 {
                pipeline.turn().await;
                pipeline.clock.advance_seconds(60);
            }
            pipeline.faults.none();
            pipeline.work_until_empty().await;
            let end = match outcome {
                Outcome::Permanent(_) => Status::DeadLettered,
                _ => Status::Completed,
            };
            assert_eq!(pipeline.status(a).await, end, "{case}");
            assert_eq!(pipeline.status(b).await, Status::Completed, "{case}");
            let mut handled = pipeline.handler.task_ids();
            handled.dedup();
            assert_eq!(handled, [a, b], "{case}");
        }
    }
}

#[tokio::test]
async fn an_outage_of_the_table_spends_no_attempt_and_calls_no_handler() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.faults.outage(Step::WriteRecord, Outage::NothingGetsThrough);
    for _ in 0..20 {
        assert_eq!(pipeline.next_turn().await.1, Turn::Unacknowledged);
    }
    assert_eq!(pipeline.handler.calls(), []);
    pipeline.faults.none();
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.attempts(task_id), [1]);
}

#[tokio::test]
async fn during_an_outage_the_line_waits_longer_with_every_receive() {
    let pipeline = PipelineFixture::new();
    pipeline.post("a").await;
    pipeline.faults.outage(Step::WriteRecord, Outage::NothingGetsThrough);
    let mut waits = Vec::new();
    for _ in 0..10 {
        waits.push(pipeline.next_turn().await.0);
    }
    assert!(waits[1] <= 1 && waits[9] >= 30 && waits.iter().all(|wait| *wait <= 60), "{waits:?}");
}

#[tokio::test]
async fn an_outage_of_the_dead_letter_queue_stops_the_line_and_loses_no_dead_letter() {
    let pipeline = PipelineFixture::new();
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    pipeline.faults.outage(Step::SendDeadLetter, Outage::NothingGetsThrough);
    for _ in 0..10 {
        assert_eq!(pipeline.next_turn().await.1, Turn::Unacknowledged);
        assert_eq!(pipeline.status(a).await, Status::DeadLettering);
    }
    assert_eq!(pipeline.handler.task_ids(), [a]);
    pipeline.faults.none();
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, b]);
    assert_eq!(pipeline.dead_task_ids().await, [a]);
}

#[tokio::test]
async fn a_lost_answer_of_the_dead_letter_queue_makes_no_second_dead_letter() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    pipeline.faults.outage(Step::SendDeadLetter, Outage::AnswersAreLost);
    for _ in 0..4 {
        assert_eq!(pipeline.next_turn().await.1, Turn::Unacknowledged);
    }
    pipeline.faults.none();
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.dead_task_ids().await, [task_id]);
}

#[tokio::test]
async fn if_visibility_cannot_be_changed_the_queues_timeout_redelivers_the_task() {
    let pipeline = PipelineFixture::new();
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.on("a", [Outcome::Transient("busy")]);
    pipeline.faults.outage(Step::ChangeVisibility, Outage::NothingGetsThrough);
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    let (waited, turn) = pipeline.next_turn().await;
    assert_eq!(turn, Turn::Acknowledged);
    assert_eq!(waited, i64::from(pipeline.settings.visibility_seconds()));
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, a, b]);
}

#[tokio::test]
async fn the_api_answers_503_with_retry_after_and_nothing_internal_and_accepts_the_retry() {
    for (step, key) in [(Step::Enqueue, None), (Step::Enqueue, Some("k")), (Step::WriteRecord, Some("k"))] {
        let pipeline = PipelineFixture::new();
        pipeline.faults.outage(step, Outage::NothingGetsThrough);
        let request = || {
            let request = post();
            let request = match key {
                Some(key) => request.header("Idempotency-Key", key),
                None => request,
            };
            request.body(task_json("a").into()).unwrap()
        };
        let refused = pipeline.send(request()).await;
        assert_eq!(refused.status, 503);
        assert_eq!(refused.header("retry-after"), "5");
        assert_eq!(refused.header("content-type"), "application/problem+json");
        let text = String::from_utf8(refused.body.clone()).unwrap();
        assert!(!text.contains("planned fault") && !text.contains("the world"), "{text}");
        assert_eq!(pipeline.depth().await, Depth::default());
        pipeline.faults.none();
        let accepted = pipeline.send(request()).await;
        assert_eq!(accepted.status, 202);
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.handler.titles(), ["a"]);
    }
}

#[tokio::test]
async fn an_outage_while_a_task_is_read_is_a_503_and_not_a_404() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.faults.outage(Step::FindRecord, Outage::NothingGetsThrough);
    let answer = pipeline.send(get(&format!("/tasks/{task_id}"))).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "5");
}
