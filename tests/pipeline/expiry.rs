//! Completed tasks are remembered for thirty days of the pipeline's own time, even if the machine's clock jumps.

use chrono::TimeDelta;
use harness::{ScriptedHandler, TestPipeline, eventually};
use shared::Status;

const PAST_EXPIRY: TimeDelta = TimeDelta::days(33);
const YEARS: TimeDelta = TimeDelta::days(73 * 365);

#[tokio::test]
async fn an_idle_line_deletes_expired_records() {
    let pipeline = TestPipeline::start(ScriptedHandler::default()).await;
    let (id, _) = pipeline.post("a").await;
    pipeline.until(id, Status::Completed).await;
    pipeline.clock.advance(PAST_EXPIRY);
    eventually(|| pipeline.find(id), Option::is_none).await;
}

#[tokio::test]
async fn a_start_years_later_still_knows_the_completed_tasks() {
    let mut pipeline = TestPipeline::start(ScriptedHandler::default()).await;
    let first = pipeline.post_with_key("a", "k").await.text().await.unwrap();
    let (last, _) = pipeline.post("b").await;
    pipeline.until(last, Status::Completed).await;
    pipeline.stop().await;
    pipeline.clock.advance(YEARS);
    pipeline.start_again().await;
    let again = pipeline.post_with_key("a", "k").await;
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    let ids = [first, again.text().await.unwrap()]
        .map(|answer| serde_json::from_str::<serde_json::Value>(&answer).unwrap()["task_id"].clone());
    assert_eq!(ids[0], ids[1]);
    // The task behind it is handled after all expired records have been deleted.
    let (behind, _) = pipeline.post("c").await;
    pipeline.until(behind, Status::Completed).await;
    assert_eq!(pipeline.status(last).await, Status::Completed);
    assert_eq!(pipeline.handler.titles(), ["a", "b", "c"]);
    pipeline.clock.advance(PAST_EXPIRY);
    eventually(|| pipeline.find(behind), Option::is_none).await;
    assert!(pipeline.find(last).await.is_none());
}
