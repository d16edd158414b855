//! What a handler returns is stored by the write that completes the task, and shown to its submitter only then.

use futures_util::FutureExt;
use harness::{Fault, Outcome, PipelineFixture, Step, Turn, get};
use serde_json::{Value, json};
use shared::{DroppedResult, Status, TaskId, limits::RESULT_BYTES_MAX};

async fn shown(pipeline: &PipelineFixture, task_id: TaskId) -> (String, Value) {
    let answer = pipeline.send(get(&format!("/tasks/{task_id}"))).await;
    assert_eq!(answer.status, 200);
    (String::from_utf8(answer.body.to_vec()).unwrap(), answer.json())
}

#[tokio::test]
async fn a_result_is_shown_as_the_handler_sent_it() {
    let pipeline = PipelineFixture::new();
    let sent = r#"{"total": 1.10, "big": 12345678901234567890123, "b": [ ], "a": null}"#;
    pipeline.handler.on("a", [Outcome::Return(sent)]);
    let [with_result, without] = pipeline.post_all(["a", "b"]).await;
    assert_eq!(shown(&pipeline, with_result).await.1["result"], Value::Null);
    pipeline.work_until_empty().await;
    let (text, json) = shown(&pipeline, with_result).await;
    assert!(text.contains(&format!(r#""result":{sent}"#)), "{text}");
    assert_eq!(json.get("result_dropped"), None);
    assert_eq!(shown(&pipeline, without).await.1["result"], Value::Null);
}

#[tokio::test]
async fn a_result_beyond_the_limits_is_dropped_and_the_task_is_completed() {
    let pipeline = PipelineFixture::new();
    let long = format!("\"{}\"", "x".repeat(RESULT_BYTES_MAX)).leak();
    pipeline.handler.on("a", [Outcome::Return(long)]);
    let task_id = pipeline.post("a").await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.record(task_id).await.result_dropped, Some(DroppedResult::TooLong));
    let (_, shown) = shown(&pipeline, task_id).await;
    assert_eq!(
        (&shown["status"], &shown["result"], &shown["result_dropped"]),
        (&json!("completed"), &Value::Null, &json!("too_long"))
    );
}

#[tokio::test]
async fn a_result_that_the_handler_could_not_keep_is_explained() {
    let pipeline = PipelineFixture::new();
    pipeline.handler.on("a", [Outcome::Drop(DroppedResult::Incomplete)]);
    let task_id = pipeline.post("a").await;
    pipeline.work_until_empty().await;
    let (_, shown) = shown(&pipeline, task_id).await;
    assert_eq!((&shown["status"], &shown["result_dropped"]), (&json!("completed"), &json!("incomplete")));
}

#[tokio::test]
async fn a_run_that_was_overtaken_does_not_replace_the_result_of_its_successor() {
    let pipeline = PipelineFixture::new();
    pipeline.handler.on("a", [Outcome::Return("\"first\""), Outcome::Return("\"second\"")]);
    let task_id = pipeline.post("a").await;
    let second = pipeline.clone();
    let taken_over = async move {
        second.visibility_passes();
        assert_eq!(second.turn().await, Turn::Acknowledged);
    };
    // The first run's handler has ended; the whole second run happens before its completion is written.
    pipeline.faults.at(Step::WriteRecord, 2, Fault::Before(taken_over.boxed()));
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    let record = pipeline.record(task_id).await;
    assert_eq!((record.attempt, record.result.unwrap().as_str()), (2, "\"second\""));
}

#[tokio::test]
async fn a_task_that_is_redriven_shows_the_result_of_its_last_generation_only() {
    let pipeline = PipelineFixture::new();
    pipeline.handler.on("a", [Outcome::Permanent("no"), Outcome::Return("\"second\"")]);
    let task_id = pipeline.post("a").await;
    assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    assert_eq!(pipeline.status(task_id).await, Status::DeadLettered);
    assert_eq!(shown(&pipeline, task_id).await.1["result"], Value::Null);
    pipeline.redrive(task_id).await;
    assert_eq!(shown(&pipeline, task_id).await.1["result"], Value::Null);
    pipeline.work_until_empty().await;
    assert_eq!(shown(&pipeline, task_id).await.1["result"], "second");
}
