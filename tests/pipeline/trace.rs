//! The trace that a request names follows its task to every attempt, through retries, the dead-letter queue and back.

use harness::{Answer, Fault, Outcome, PipelineFixture, Step, Turn, post, task_json};
use shared::{Status, TaskId, TraceContext};

const FIRST: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const SECOND: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

async fn send(pipeline: &PipelineFixture, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(post(), |request, (name, value)| request.header(*name, *value));
    pipeline.send(request.body(task_json("a").into()).unwrap()).await
}

fn task_id(answer: &Answer) -> TaskId {
    assert_eq!(answer.status, 202, "{:?}", answer.json());
    answer.json()["task_id"].as_str().unwrap().parse().unwrap()
}

/// The trace that each attempt of the handler got.
fn handled(pipeline: &PipelineFixture) -> Vec<Option<String>> {
    let traces = pipeline.handler.calls().into_iter().map(|call| call.trace);
    traces.map(|trace| trace.map(|trace| trace.traceparent())).collect()
}

async fn kept(pipeline: &PipelineFixture, task_id: TaskId) -> Option<String> {
    pipeline.record(task_id).await.trace.map(|trace| trace.traceparent())
}

#[tokio::test]
async fn every_attempt_gets_the_trace_also_after_a_retry_an_amendment_and_a_redrive() {
    let pipeline = PipelineFixture::new();
    pipeline.handler.on("a", [Outcome::Transient("busy"), Outcome::Permanent("bad")]);
    let accepted =
        send(&pipeline, &[("traceparent", FIRST), ("tracestate", "a=1"), ("tracestate", "b=2")]).await;
    let task_id = task_id(&accepted);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.status(task_id).await, Status::DeadLettered);
    pipeline.amend(task_id, "a, fixed").await;
    pipeline.redrive(task_id).await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
    assert_eq!(handled(&pipeline), vec![Some(FIRST.to_owned()); 3]);
    let mut traces = pipeline.handler.calls().into_iter().map(|call| call.trace.unwrap());
    assert!(traces.all(|trace| trace.tracestate() == Some("a=1,b=2")));
}

#[tokio::test]
async fn the_message_carries_the_trace_without_a_record_and_through_a_move_by_sqs() {
    let pipeline = PipelineFixture::new();
    pipeline.faults.at(Step::WriteRecord, 1, Fault::FailBefore);
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    let task_id = task_id(&send(&pipeline, &[("traceparent", FIRST)]).await);
    assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    pipeline.move_dead_letters_back().await;
    pipeline.work_until_empty().await;
    assert_eq!(kept(&pipeline, task_id).await.as_deref(), Some(FIRST));
    assert_eq!(handled(&pipeline), vec![Some(FIRST.to_owned()); 2]);
}

#[tokio::test]
async fn a_repeated_request_is_a_replay_and_keeps_the_trace_of_the_first() {
    for interrupted in [false, true] {
        let pipeline = PipelineFixture::new();
        let key = ("idempotency-key", "k");
        if interrupted {
            pipeline.faults.at(Step::Enqueue, 1, Fault::FailBefore);
        }
        let first = send(&pipeline, &[key, ("traceparent", FIRST)]).await;
        assert_eq!(first.status, if interrupted { 503 } else { 202 });
        pipeline.clock.advance_seconds(1);
        let again = send(&pipeline, &[key, ("traceparent", SECOND)]).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(kept(&pipeline, task_id(&again)).await.as_deref(), Some(FIRST));
        let message = pipeline.receive_one().await.body;
        assert!(message.contains(FIRST) && !message.contains(SECOND), "{message}");
    }
}

#[tokio::test]
async fn an_invalid_trace_is_ignored() {
    let pipeline = PipelineFixture::new();
    let upper = FIRST.to_uppercase();
    for headers in [
        &[][..],
        &[("traceparent", "")],
        &[("traceparent", "nonsense"), ("tracestate", "a=1")],
        &[("traceparent", &upper)],
        &[("traceparent", FIRST), ("traceparent", FIRST)],
        &[("tracestate", "a=1")],
    ] {
        assert_eq!(kept(&pipeline, task_id(&send(&pipeline, headers).await)).await, None, "{headers:?}");
    }
    let too_long = "x".repeat(600);
    let accepted = send(&pipeline, &[("traceparent", FIRST), ("tracestate", &too_long)]).await;
    let trace = pipeline.record(task_id(&accepted)).await.trace;
    assert_eq!(trace, TraceContext::read([FIRST.as_bytes()], []));
}
