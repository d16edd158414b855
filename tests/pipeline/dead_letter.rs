//! dead-letter: a task that can't succeed leaves the line, explained, and the line goes on.

use chrono::TimeDelta;
use harness::{Outcome, PipelineFixture, Turn};
use shared::{
    FailureClass, Payload, Status, TaskId,
    limits::{FAILURES_KEPT, RAW_BODY_BYTES_KEPT, RECORD_SECONDS_KEPT},
    ports::{Depth, TaskRecords},
};

#[tokio::test]
async fn a_permanent_failure_is_dead_lettered_at_once_and_the_line_goes_on() {
    let bench = PipelineFixture::new();
    let [a, b] = bench.post_all(["a", "b"]).await;
    bench.handler.on("a", [Outcome::Permanent("bad")]);
    assert_eq!(bench.turn().await, Turn::Acknowledged);
    let record = bench.record(a).await;
    assert_eq!((record.status, record.lease_until), (Status::DeadLettered, None));
    assert_eq!(record.finished_at, Some(bench.now()));
    let [failure] = record.failures.try_into().unwrap();
    assert_eq!(failure.class, FailureClass::Permanent);
    assert_eq!((failure.code.as_str(), failure.message.as_str()), ("bad", "said bad"));
    assert_eq!((failure.attempt, failure.request_id.as_str()), (1, "invocation-1"));
    assert_eq!(bench.dead_task_ids().await, [a]);
    assert_eq!(bench.turn().await, Turn::Acknowledged);
    assert_eq!(bench.handler.task_ids(), [a, b]);
}

#[tokio::test]
async fn the_dead_letter_is_the_message_as_it_came() {
    let bench = PipelineFixture::new();
    bench.post("a").await;
    bench.handler.on("a", [Outcome::Permanent("bad")]);
    let delivery = bench.receive_one().await;
    assert_eq!(bench.process(std::slice::from_ref(&delivery)).await, []);
    assert_eq!(bench.dead_letters().await, [delivery.body]);
}

#[tokio::test]
async fn dead_letters_are_listed_by_their_places_in_the_line() {
    let bench = PipelineFixture::new();
    let [a, _, c] = bench.post_all(["a", "b", "c"]).await;
    for title in ["a", "c"] {
        bench.handler.on(title, [Outcome::Permanent("bad")]);
    }
    bench.work_until_empty().await;
    let page = bench.records().needing_attention(None, 10).await.unwrap();
    let listed: Vec<_> = page.records.iter().map(|record| record.task_id).collect();
    assert_eq!(listed, [a, c]);
}

#[tokio::test]
async fn a_body_that_cant_be_decoded_is_dead_lettered_with_the_body_kept_and_not_quoted() {
    for body in [
        "hunter2",
        "",
        r#"{"format":1,"task_id":"hunter2"}"#,
        r#"{"format":2,"hunter2":1}"#,
        r#"["hunter2"]"#,
    ] {
        let bench = PipelineFixture::new();
        bench.enqueue_raw(body, "d").await;
        let behind = bench.post("b").await;
        assert_eq!(bench.turn().await, Turn::Acknowledged, "{body:?}");
        let record = bench.record(TaskId::of_undecodable_body(body)).await;
        assert_eq!(record.status, Status::DeadLettered);
        assert_eq!(record.payload, Payload::Raw(body.to_owned()));
        let [failure] = record.failures.try_into().unwrap();
        assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Undecodable, "undecodable"));
        assert!(!failure.message.contains("hunter2"), "{}", failure.message);
        assert_eq!(bench.dead_letters().await, [body]);
        bench.work_until_empty().await;
        assert_eq!(bench.handler.task_ids(), [behind]);
    }
}

#[tokio::test]
async fn a_huge_undecodable_body_is_kept_in_part_and_whole_in_the_dead_letter() {
    let bench = PipelineFixture::new();
    let body = "ä".repeat(100_001);
    bench.enqueue_raw(&body, "d").await;
    bench.work_until_empty().await;
    let record = bench.record(TaskId::of_undecodable_body(&body)).await;
    let Payload::Raw(kept) = record.payload else {
        panic!("no task can be read from it");
    };
    assert!(kept.len() <= RAW_BODY_BYTES_KEPT && kept.len() > RAW_BODY_BYTES_KEPT - 2);
    assert!(body.starts_with(&kept));
    assert_eq!(bench.dead_letters().await, [body]);
}

#[tokio::test]
async fn an_undecodable_body_that_is_delivered_again_meets_its_record() {
    let bench = PipelineFixture::new();
    bench.enqueue_raw("{", "d").await;
    let delivery = bench.receive_one().await;
    for _ in 0..3 {
        assert_eq!(bench.process(std::slice::from_ref(&delivery)).await, []);
    }
    assert_eq!(bench.dead_letters().await.len(), 1);
    let record = bench.record(TaskId::of_undecodable_body("{")).await;
    assert_eq!((record.attempt, record.failures.len()), (1, 1));
}

#[tokio::test]
async fn the_last_ten_failures_are_kept() {
    let mut bench = PipelineFixture::new();
    bench.settings.attempt_budget = 13;
    let task_id = bench.post("a").await;
    bench.handler.on("a", vec![Outcome::Transient("busy"); 13]);
    bench.work_until_empty().await;
    let record = bench.record(task_id).await;
    assert_eq!(record.failures.len(), FAILURES_KEPT);
    assert_eq!(record.failures[0].attempt, 4);
    assert_eq!(record.last_failure().unwrap().attempt, 13);
}

#[tokio::test]
async fn a_task_that_dies_again_within_the_dedupe_window_has_its_dead_letter_again() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.handler.on("a", vec![Outcome::Permanent("bad"); 2]);
    bench.work_until_empty().await;
    bench.move_dead_letters_back().await;
    assert_eq!(bench.dead_letters().await.len(), 0);
    bench.work_until_empty().await;
    assert_eq!(bench.dead_task_ids().await, [task_id]);
    assert_eq!(bench.status(task_id).await, Status::DeadLettered);
}

#[tokio::test]
async fn a_discarded_dead_letter_is_never_handled_again_even_if_moved_back() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.handler.on("a", [Outcome::Permanent("bad")]);
    bench.work_until_empty().await;
    bench.discard(task_id).await;
    bench.move_dead_letters_back().await;
    assert_eq!(bench.turn().await, Turn::Acknowledged);
    assert_eq!(bench.depth().await, Depth::default());
    assert_eq!(bench.handler.calls().len(), 1);
    let record = bench.record(task_id).await;
    assert_eq!(record.status, Status::Discarded);
    let kept = TimeDelta::seconds(RECORD_SECONDS_KEPT.into());
    assert_eq!(record.expires_at, Some(bench.now() + kept));
}
