//! The trace that a request names goes with its task: to every attempt, through retries, the dead-letter queue and back.

use harness::{Answer, Fault, Outcome, PipelineFixture, Step, Turn, post, task_json};
use shared::{Status, TaskId, TraceContext};

const FIRST: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const SECOND: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

async fn send(bench: &PipelineFixture, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(post(), |request, (name, value)| request.header(*name, *value));
    bench.send(request.body(task_json("a").into()).unwrap()).await
}

fn task_id(answer: &Answer) -> TaskId {
    assert_eq!(answer.status, 202, "{:?}", answer.json());
    answer.json()["task_id"].as_str().unwrap().parse().unwrap()
}

/// What each attempt of the handler was given.
fn handled(bench: &PipelineFixture) -> Vec<Option<String>> {
    let traces = bench.handler.calls().into_iter().map(|call| call.trace);
    traces.map(|trace| trace.map(|trace| trace.traceparent())).collect()
}

async fn kept(bench: &PipelineFixture, task_id: TaskId) -> Option<String> {
    bench.record(task_id).await.trace.map(|trace| trace.traceparent())
}

#[tokio::test]
async fn every_attempt_is_given_it_after_a_retry_an_amendment_and_a_redrive_too() {
    let bench = PipelineFixture::new();
    bench.handler.on("a", [Outcome::Transient("busy"), Outcome::Permanent("bad")]);
    let accepted =
        send(&bench, &[("traceparent", FIRST), ("tracestate", "a=1"), ("tracestate", "b=2")]).await;
    let task_id = task_id(&accepted);
    bench.work_until_empty().await;
    assert_eq!(bench.status(task_id).await, Status::DeadLettered);
    bench.amend(task_id, "a, mended").await;
    bench.redrive(task_id).await;
    bench.work_until_empty().await;
    assert_eq!(bench.status(task_id).await, Status::Completed);
    assert_eq!(handled(&bench), vec![Some(FIRST.to_owned()); 3]);
    let mut traces = bench.handler.calls().into_iter().map(|call| call.trace.unwrap());
    assert!(traces.all(|trace| trace.tracestate() == Some("a=1,b=2")));
}

#[tokio::test]
async fn a_message_brings_it_where_the_record_was_not_written_and_sqs_moves_it_back_with_it() {
    let bench = PipelineFixture::new();
    bench.faults.at(Step::WriteRecord, 1, Fault::FailBefore);
    bench.handler.on("a", [Outcome::Permanent("bad")]);
    let task_id = task_id(&send(&bench, &[("traceparent", FIRST)]).await);
    assert_eq!(bench.turn().await, Turn::Acknowledged);
    bench.move_dead_letters_back().await;
    bench.work_until_empty().await;
    assert_eq!(kept(&bench, task_id).await.as_deref(), Some(FIRST));
    assert_eq!(handled(&bench), vec![Some(FIRST.to_owned()); 2]);
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_a_replay_and_stays_in_the_trace_of_the_first() {
    for interrupted in [false, true] {
        let bench = PipelineFixture::new();
        let key = ("idempotency-key", "k");
        if interrupted {
            bench.faults.at(Step::Enqueue, 1, Fault::FailBefore);
        }
        let first = send(&bench, &[key, ("traceparent", FIRST)]).await;
        assert_eq!(first.status, if interrupted { 503 } else { 202 });
        bench.clock.advance_seconds(1);
        let again = send(&bench, &[key, ("traceparent", SECOND)]).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(kept(&bench, task_id(&again)).await.as_deref(), Some(FIRST));
        let message = bench.receive_one().await.body;
        assert!(message.contains(FIRST) && !message.contains(SECOND), "{message}");
    }
}

#[tokio::test]
async fn what_is_no_trace_is_ignored() {
    let bench = PipelineFixture::new();
    let upper = FIRST.to_uppercase();
    for headers in [
        &[][..],
        &[("traceparent", "")],
        &[("traceparent", "nonsense"), ("tracestate", "a=1")],
        &[("traceparent", &upper)],
        &[("traceparent", FIRST), ("traceparent", FIRST)],
        &[("tracestate", "a=1")],
    ] {
        assert_eq!(kept(&bench, task_id(&send(&bench, headers).await)).await, None, "{headers:?}");
    }
    let too_long = "x".repeat(600);
    let accepted = send(&bench, &[("traceparent", FIRST), ("tracestate", &too_long)]).await;
    let trace = bench.record(task_id(&accepted)).await.trace;
    assert_eq!(trace, TraceContext::read([FIRST.as_bytes()], []));
}
