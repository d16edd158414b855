//! Parts of the world that do not answer, or whose answers are lost: a task waits, and is neither lost nor handled
//! again once completed.

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
async fn a_failure_at_any_single_step_changes_only_when_a_task_ends() {
    for (outcome, end) in [
        (Outcome::Succeed, Status::Completed),
        (Outcome::Transient("busy"), Status::Completed),
        (Outcome::Permanent("bad"), Status::DeadLettered),
    ] {
        for (nth, lost) in (1..15).flat_map(|nth| [(nth, false), (nth, true)]) {
            let case = format!("{outcome:?}, at {nth}, answer lost: {lost}");
            let bench = PipelineFixture::new();
            let [a, b] = bench.post_all(["a", "b"]).await;
            let outcomes = if end == Status::DeadLettered { 3 } else { 1 };
            bench.handler.on("a", vec![outcome.clone(); outcomes]);
            bench.faults.at_any(nth, if lost { Fault::FailAfter } else { Fault::FailBefore });
            bench.work_until_empty().await;
            assert_eq!(bench.status(a).await, end, "{case}");
            assert_eq!(bench.status(b).await, Status::Completed, "{case}");
            let mut handled = bench.handler.task_ids();
            handled.dedup();
            assert_eq!(handled, [a, b], "{case}");
            let dead_letters = usize::from(end == Status::DeadLettered);
            assert_eq!(bench.dead_letters().await.len(), dead_letters, "{case}");
        }
    }
}

#[tokio::test]
async fn while_a_part_of_the_world_is_out_of_order_nothing_is_lost_and_nothing_overtakes() {
    for step in STEPS {
        for outcome in [Outcome::Transient("busy"), Outcome::Permanent("bad")] {
            let case = format!("{step:?}, {outcome:?}");
            let bench = PipelineFixture::new();
            let [a, b] = bench.post_all(["a", "b"]).await;
            bench.handler.on("a", [outcome.clone()]);
            bench.faults.outage(step, Outage::NothingGetsThrough);
            for _ in 0..30 {
                bench.turn().await;
                bench.clock.advance_seconds(60);
            }
            bench.faults.none();
            bench.work_until_empty().await;
            let end = match outcome {
                Outcome::Permanent(_) => Status::DeadLettered,
                _ => Status::Completed,
            };
            assert_eq!(bench.status(a).await, end, "{case}");
            assert_eq!(bench.status(b).await, Status::Completed, "{case}");
            let mut handled = bench.handler.task_ids();
            handled.dedup();
            assert_eq!(handled, [a, b], "{case}");
        }
    }
}

#[tokio::test]
async fn an_outage_of_the_records_spends_no_attempt_and_calls_no_handler() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.faults.outage(Step::WriteRecord, Outage::NothingGetsThrough);
    for _ in 0..20 {
        assert_eq!(bench.next_turn().await.1, Turn::ComesBack);
    }
    assert_eq!(bench.handler.calls(), []);
    bench.faults.none();
    bench.work_until_empty().await;
    assert_eq!(bench.handler.attempts(task_id), [1]);
}

#[tokio::test]
async fn during_an_outage_the_line_waits_longer_with_every_receive() {
    let bench = PipelineFixture::new();
    bench.post("a").await;
    bench.faults.outage(Step::WriteRecord, Outage::NothingGetsThrough);
    let mut waits = Vec::new();
    for _ in 0..10 {
        waits.push(bench.next_turn().await.0);
    }
    assert!(waits[1] <= 1 && waits[9] >= 30 && waits.iter().all(|wait| *wait <= 60), "{waits:?}");
}

#[tokio::test]
async fn an_outage_of_the_dead_letter_queue_stops_the_line_rather_than_lose_a_dead_letter() {
    let bench = PipelineFixture::new();
    let [a, b] = bench.post_all(["a", "b"]).await;
    bench.handler.on("a", [Outcome::Permanent("bad")]);
    bench.faults.outage(Step::SendDeadLetter, Outage::NothingGetsThrough);
    for _ in 0..10 {
        assert_eq!(bench.next_turn().await.1, Turn::ComesBack);
        assert_eq!(bench.status(a).await, Status::DeadLettering);
    }
    assert_eq!(bench.handler.task_ids(), [a]);
    bench.faults.none();
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [a, b]);
    assert_eq!(bench.dead_task_ids().await, [a]);
}

#[tokio::test]
async fn an_answer_from_the_dead_letter_queue_that_is_lost_makes_no_second_dead_letter() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.handler.on("a", [Outcome::Permanent("bad")]);
    bench.faults.outage(Step::SendDeadLetter, Outage::AnswersAreLost);
    for _ in 0..4 {
        assert_eq!(bench.next_turn().await.1, Turn::ComesBack);
    }
    bench.faults.none();
    bench.work_until_empty().await;
    assert_eq!(bench.dead_task_ids().await, [task_id]);
}

#[tokio::test]
async fn where_no_visibility_can_be_changed_the_queues_own_brings_the_task_back() {
    let bench = PipelineFixture::new();
    let [a, b] = bench.post_all(["a", "b"]).await;
    bench.handler.on("a", [Outcome::Transient("busy")]);
    bench.faults.outage(Step::ChangeVisibility, Outage::NothingGetsThrough);
    assert_eq!(bench.turn().await, Turn::ComesBack);
    let (waited, turn) = bench.next_turn().await;
    assert_eq!(turn, Turn::Acknowledged);
    assert_eq!(waited, i64::from(bench.settings.visibility_seconds()));
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [a, a, b]);
}

#[tokio::test]
async fn the_api_answers_503_with_retry_after_says_nothing_internal_and_accepts_the_retry() {
    for (step, key) in [(Step::Enqueue, None), (Step::Enqueue, Some("k")), (Step::WriteRecord, Some("k"))] {
        let bench = PipelineFixture::new();
        bench.faults.outage(step, Outage::NothingGetsThrough);
        let request = || {
            let request = post();
            let request = match key {
                Some(key) => request.header("Idempotency-Key", key),
                None => request,
            };
            request.body(task_json("a").into()).unwrap()
        };
        let refused = bench.send(request()).await;
        assert_eq!(refused.status, 503);
        assert_eq!(refused.header("retry-after"), "5");
        assert_eq!(refused.header("content-type"), "application/problem+json");
        let text = String::from_utf8(refused.body.clone()).unwrap();
        assert!(!text.contains("planned fault") && !text.contains("the world"), "{text}");
        assert_eq!(bench.depth().await, Depth::default());
        bench.faults.none();
        let accepted = bench.send(request()).await;
        assert_eq!(accepted.status, 202);
        bench.work_until_empty().await;
        assert_eq!(bench.handler.titles(), ["a"]);
    }
}

#[tokio::test]
async fn an_outage_when_a_task_is_looked_at_is_a_503_and_not_a_404() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.faults.outage(Step::FindRecord, Outage::NothingGetsThrough);
    let answer = bench.send(get(&format!("/tasks/{task_id}"))).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "5");
}
