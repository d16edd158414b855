//! `GET /tasks/{id}?wait=…`: the answer comes when the task is settled, or the time is over.

use api::WaitLimit;
use chrono::TimeDelta;
use harness::{Answer, Outcome, PipelineFixture, delete, get, within};
use shared::{Caller, Status, TaskId};
use tokio::task::JoinHandle;

fn waiting(pipeline: &PipelineFixture, task_id: TaskId, wait: &str) -> JoinHandle<Answer> {
    let (pipeline, request) = (pipeline.clone(), get(&format!("/tasks/{task_id}?wait={wait}")));
    tokio::spawn(async move { pipeline.send(request).await })
}

async fn status_in(waiting: JoinHandle<Answer>) -> String {
    let answer = within("the answer", waiting).await.unwrap();
    assert_eq!(answer.status, 200);
    answer.json()["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_answer_comes_when_the_task_is_settled() {
    for (pipeline, outcome, status) in [
        (PipelineFixture::new(), Outcome::Return("7"), "completed"),
        (PipelineFixture::new(), Outcome::Permanent("no"), "dead_lettered"),
        (PipelineFixture::holding(), Outcome::Permanent("no"), "held"),
    ] {
        pipeline.handler.on("a", [outcome]);
        let task_id = pipeline.post("a").await;
        let all = [(); 3].map(|()| waiting(&pipeline, task_id, "20s"));
        pipeline.turn().await;
        for waiting in all {
            assert_eq!(status_in(waiting).await, status);
        }
        assert_eq!(status_in(waiting(&pipeline, task_id, "20s")).await, status, "it is settled already");
    }
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    let waiting = waiting(&pipeline, task_id, "20s");
    assert_eq!(pipeline.send(delete(task_id)).await.status, 200);
    assert_eq!(status_in(waiting).await, "discarded");
}

#[tokio::test]
async fn a_task_that_is_retried_is_not_settled() {
    let pipeline = PipelineFixture::new();
    pipeline.handler.on("a", [Outcome::Transient("busy")]);
    let task_id = pipeline.post("a").await;
    let waiting = waiting(&pipeline, task_id, "20s");
    pipeline.turn().await;
    assert_eq!(pipeline.status(task_id).await, Status::Retrying);
    pipeline.next_turn().await;
    assert_eq!(status_in(waiting).await, "completed");
}

/// As on AWS, and as if another process had written the record.
#[tokio::test]
async fn a_change_that_the_store_does_not_report_is_found_within_seconds() {
    let pipeline = PipelineFixture::new();
    pipeline.faults.hide_changes();
    let task_id = pipeline.post("a").await;
    let waiting = waiting(&pipeline, task_id, "20s");
    pipeline.settle_store().await;
    pipeline.turn().await;
    let began = pipeline.now();
    while !waiting.is_finished() {
        pipeline.settle_store().await;
        pipeline.clock.advance(TimeDelta::milliseconds(50));
    }
    let waited = pipeline.now() - began;
    assert!(waited < TimeDelta::seconds(5), "{waited}");
    assert_eq!(status_in(waiting).await, "completed");
}

#[tokio::test]
async fn when_the_time_is_over_the_task_is_shown_as_it_is() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    for seconds in [1, 20] {
        let waiting = waiting(&pipeline, task_id, &format!("{seconds}s"));
        let began = pipeline.now();
        while !waiting.is_finished() {
            pipeline.settle_store().await;
            pipeline.clock.advance(TimeDelta::milliseconds(50));
        }
        let waited = (pipeline.now() - began).num_seconds();
        assert!((seconds..seconds + 5).contains(&waited), "{waited} s");
        assert_eq!(status_in(waiting).await, "accepted");
    }
}

#[tokio::test]
async fn a_deployment_may_answer_earlier_or_refuse_to_wait() {
    let mut pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    let at_most = |seconds: &str| WaitLimit::read(&|_| Some(seconds.to_owned())).unwrap();
    pipeline.wait_limit = at_most("2");
    let waiting = waiting(&pipeline, task_id, "20s");
    let began = pipeline.now();
    while !waiting.is_finished() {
        pipeline.settle_store().await;
        pipeline.clock.advance(TimeDelta::milliseconds(50));
    }
    let waited = (pipeline.now() - began).num_seconds();
    assert!((2..7).contains(&waited), "{waited} s");
    assert_eq!(status_in(waiting).await, "accepted");

    pipeline.wait_limit = at_most("0");
    let refused = pipeline.send(get(&format!("/tasks/{task_id}?wait=1s"))).await;
    assert_eq!(refused.status, 400);
    assert!(refused.json()["detail"].as_str().unwrap().contains("leave out wait"), "{:?}", refused.json());
    assert_eq!(pipeline.send(get(&format!("/tasks/{task_id}"))).await.status, 200);
}

#[tokio::test]
async fn an_unknown_task_and_one_of_another_caller_are_answered_at_once() {
    let mut pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.caller = Caller::parse("another").unwrap();
    for id in [task_id, TaskId::of_undecodable_body("{")] {
        let answer = within("the answer", waiting(&pipeline, id, "20s")).await.unwrap();
        assert_eq!(answer.status, 404);
    }
}

#[tokio::test]
async fn an_invalid_wait_is_refused_by_name() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    for query in ["wait=", "wait=20", "wait=21s", "wait=0s", "wait=1m", "wait=1s&wait=2s"] {
        let answer = pipeline.send(get(&format!("/tasks/{task_id}?{query}"))).await;
        assert_eq!((answer.status.as_u16(), answer.json()["status"].as_u64()), (400, Some(400)), "{query}");
        assert!(answer.json()["detail"].as_str().unwrap().starts_with("wait must be"), "{query}");
    }
    assert_eq!(pipeline.send(get(&format!("/tasks/{task_id}?unknown=1"))).await.status, 200);
}
