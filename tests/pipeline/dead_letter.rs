//! Dead letters: a task that can't succeed leaves the line with an explanation, and the line continues.

use chrono::TimeDelta;
use harness::{Outcome, PipelineFixture, Turn};
use shared::{
    Content, FailureClass, Status, TaskId,
    limits::{FAILURES_KEPT, RAW_BODY_BYTES_KEPT, RECORD_SECONDS_KEPT},
    ports::{Depth, TaskRecords},
};

#[tokio::test]
async fn a_permanent_failure_is_dead_lettered_immediately_and_the_line_continues() {
    let pipeline = PipelineFixture::new();
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    let record = pipeline.record(a).await;
    assert_eq!((record.status, record.lease_until), (Status::DeadLettered, None));
    assert_eq!(record.finished_at, Some(pipeline.now()));
    let [failure] = record.failures.try_into().unwrap();
    assert_eq!(failure.class, FailureClass::Permanent);
    assert_eq!((failure.code.as_str(), failure.message.as_str()), ("bad", "failed with bad"));
    assert_eq!((failure.attempt, failure.request_id.as_str()), (1, "invocation-1"));
    assert_eq!(pipeline.dead_task_ids().await, [a]);
    assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    assert_eq!(pipeline.handler.task_ids(), [a, b]);
}

#[tokio::test]
async fn a_dead_letter_has_the_body_of_its_message() {
    let pipeline = PipelineFixture::new();
    pipeline.post("a").await;
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    let delivery = pipeline.receive_one().await;
    assert_eq!(pipeline.process(std::slice::from_ref(&delivery)).await, []);
    assert_eq!(pipeline.dead_letters().await, [delivery.body]);
}

#[tokio::test]
async fn dead_letters_are_listed_by_their_sequence_numbers() {
    let pipeline = PipelineFixture::new();
    let [a, _, c] = pipeline.post_all(["a", "b", "c"]).await;
    for title in ["a", "c"] {
        pipeline.handler.on(title, [Outcome::Permanent("bad")]);
    }
    pipeline.work_until_empty().await;
    let page = pipeline.records().needing_attention(None, 10).await.unwrap();
    let listed: Vec<_> = page.records.iter().map(|record| record.task_id).collect();
    assert_eq!(listed, [a, c]);
}

#[tokio::test]
async fn an_undecodable_body_is_dead_lettered_and_its_failure_does_not_quote_it() {
    for body in [
        "hunter2",
        "",
        r#"{"format":1,"task_id":"hunter2"}"#,
        r#"{"format":2,"hunter2":1}"#,
        r#"["hunter2"]"#,
    ] {
        let pipeline = PipelineFixture::new();
        pipeline.enqueue_raw(body, "d").await;
        let behind = pipeline.post("b").await;
        assert_eq!(pipeline.turn().await, Turn::Acknowledged, "{body:?}");
        let record = pipeline.record(TaskId::of_undecodable_body(body)).await;
        assert_eq!(record.status, Status::DeadLettered);
        assert_eq!(record.content, Content::Raw(body.to_owned()));
        let [failure] = record.failures.try_into().unwrap();
        assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Undecodable, "undecodable"));
        assert!(!failure.message.contains("hunter2"), "{}", failure.message);
        assert_eq!(pipeline.dead_letters().await, [body]);
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.handler.task_ids(), [behind]);
    }
}

#[tokio::test]
async fn a_huge_undecodable_body_is_cut_in_the_record_and_whole_in_the_dead_letter() {
    let pipeline = PipelineFixture::new();
    let body = "ä".repeat(100_001);
    pipeline.enqueue_raw(&body, "d").await;
    pipeline.work_until_empty().await;
    let record = pipeline.record(TaskId::of_undecodable_body(&body)).await;
    let Content::Raw(kept) = record.content else {
        panic!("no task can be read from it");
    };
    assert!(kept.len() <= RAW_BODY_BYTES_KEPT && kept.len() > RAW_BODY_BYTES_KEPT - 2);
    assert!(body.starts_with(&kept));
    assert_eq!(pipeline.dead_letters().await, [body]);
}

#[tokio::test]
async fn a_redelivered_undecodable_body_finds_its_record() {
    let pipeline = PipelineFixture::new();
    pipeline.enqueue_raw("{", "d").await;
    let delivery = pipeline.receive_one().await;
    for _ in 0..3 {
        assert_eq!(pipeline.process(std::slice::from_ref(&delivery)).await, []);
    }
    assert_eq!(pipeline.dead_letters().await.len(), 1);
    let record = pipeline.record(TaskId::of_undecodable_body("{")).await;
    assert_eq!((record.attempt, record.failures.len()), (1, 1));
}

#[tokio::test]
async fn a_record_keeps_the_last_ten_failures() {
    let mut pipeline = PipelineFixture::new();
    pipeline.settings.attempt_budget = 13;
    let task_id = pipeline.post("a").await;
    pipeline.handler.on("a", vec![Outcome::Transient("busy"); 13]);
    pipeline.work_until_empty().await;
    let record = pipeline.record(task_id).await;
    assert_eq!(record.failures.len(), FAILURES_KEPT);
    assert_eq!(record.failures[0].attempt, 4);
    assert_eq!(record.last_failure().unwrap().attempt, 13);
}

#[tokio::test]
async fn a_task_that_is_dead_lettered_again_within_the_dedupe_window_gets_a_new_dead_letter() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.handler.on("a", vec![Outcome::Permanent("bad"); 2]);
    pipeline.work_until_empty().await;
    pipeline.move_dead_letters_back().await;
    assert_eq!(pipeline.dead_letters().await.len(), 0);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.dead_task_ids().await, [task_id]);
    assert_eq!(pipeline.status(task_id).await, Status::DeadLettered);
}

#[tokio::test]
async fn a_discarded_dead_letter_is_never_handled_again_even_if_moved_back() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    pipeline.work_until_empty().await;
    pipeline.discard(task_id).await;
    pipeline.move_dead_letters_back().await;
    assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    assert_eq!(pipeline.depth().await, Depth::default());
    assert_eq!(pipeline.handler.calls().len(), 1);
    let record = pipeline.record(task_id).await;
    assert_eq!(record.status, Status::Discarded);
    let kept = TimeDelta::seconds(RECORD_SECONDS_KEPT.into());
    assert_eq!(record.expires_at, Some(pipeline.now() + kept));
}
