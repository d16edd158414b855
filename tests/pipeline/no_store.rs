//! No cache may store the API's answers: they hold callers' tasks and change from one moment to the next.

use axum::{body::Body, http::Request};
use harness::{Answer, Outage, PipelineFixture, Step, delete, get, post, task_json};

fn assert_not_stored(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status);
    assert_eq!(answer.header("cache-control"), "no-store", "{status} {answer:?}");
}

#[tokio::test]
async fn no_answer_may_be_cached() {
    let pipeline = PipelineFixture::new();
    let keyed = |title: &str| {
        let request = post().header("Idempotency-Key", "k");
        request.body(Body::from(task_json(title))).unwrap()
    };
    let accepted = pipeline.send(keyed("a")).await;
    assert_not_stored(&accepted, 202);
    pipeline.clock.advance_seconds(1);
    let replayed = pipeline.send(keyed("a")).await;
    assert_eq!(replayed.header("idempotent-replayed"), "true");
    assert_not_stored(&replayed, 202);
    assert_not_stored(&pipeline.send(keyed("b")).await, 422);
    let path = accepted.header("location");
    assert_not_stored(&pipeline.send(get(path)).await, 200);
    assert_not_stored(&pipeline.send(Request::head(path).body(Body::empty()).unwrap()).await, 200);
    assert_not_stored(&pipeline.send(Request::put(path).body(Body::empty()).unwrap()).await, 405);
    pipeline.work_until_empty().await;
    let task_id = path.rsplit('/').next().unwrap().parse().unwrap();
    assert_not_stored(&pipeline.send(delete(task_id)).await, 409);
    assert_not_stored(&pipeline.send(delete(pipeline.post("c").await)).await, 200);
    assert_not_stored(&pipeline.send(get("/tasks/1")).await, 404);
    assert_not_stored(&pipeline.send(get("/nothing")).await, 404);
    assert_not_stored(&pipeline.send(get("/openapi.json")).await, 200);
    assert_not_stored(&pipeline.send(post().body("{}".into()).unwrap()).await, 400);
    pipeline.faults.outage(Step::Enqueue, Outage::NothingGetsThrough);
    assert_not_stored(&pipeline.send(post().body(task_json("d").into()).unwrap()).await, 503);
}
