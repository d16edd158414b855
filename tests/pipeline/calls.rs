//! How many calls to SQS and DynamoDB a request and a delivery make, one after another: a function's timeout must
//! suffice for all of them at their slowest (`shared::limits`).

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use harness::{Fault, Outcome, PipelineFixture, Step, Turn, accept_request, delete, get};
use shared::{
    Delivery, TaskId,
    lifecycle::FailurePolicy,
    limits::{
        CALL_SECONDS_MAX, CLAIM_CALLS_MAX, REPORT_SECONDS, REQUEST_CALLS_MAX, REQUEST_SECONDS_MAX,
        SETTLE_CALLS_MAX,
    },
};
use tokio::time::Instant;

/// More calls than any case here makes.
const CALLS: usize = 8;

/// No fault, and then a fault of each kind at each call in turn.
fn faults() -> impl Iterator<Item = Option<(usize, Fault)>> {
    let each = (1..=CALLS).flat_map(|nth| [(nth, Fault::FailBefore), (nth, Fault::FailAfter)]);
    std::iter::once(None).chain(each.map(Some))
}

async fn most<C, S>(scenario: impl Fn() -> S, measure: impl Fn(C) -> BoxFuture<'static, u32>) -> u32
where
    S: Future<Output = (PipelineFixture, C)>,
{
    let mut most = 0;
    for fault in faults() {
        let (pipeline, case) = scenario().await;
        if let Some((nth, fault)) = fault {
            pipeline.faults.at_any(nth, fault);
        }
        most = most.max(measure(case).await);
    }
    most
}

/// A request to the API, after what precedes it.
struct Request {
    pipeline: PipelineFixture,
    key: Option<&'static str>,
    path: Path,
}

#[derive(Clone, Copy)]
enum Path {
    Post,
    Get(TaskId),
    Delete(TaskId),
}

impl Request {
    async fn send(&self) {
        match self.path {
            Path::Post => drop(self.pipeline.api().accept(accept_request("a", self.key)).await),
            Path::Get(task_id) => drop(self.pipeline.send(get(&format!("/tasks/{task_id}"))).await),
            Path::Delete(task_id) => drop(self.pipeline.send(delete(task_id)).await),
        }
    }

    /// How many calls the request waits for, computed from its time when each call takes the longest: some calls are
    /// concurrent.
    async fn calls(self) -> u32 {
        self.pipeline.faults.latency(Duration::from_secs(CALL_SECONDS_MAX.into()));
        let began = Instant::now();
        self.send().await;
        let took = began.elapsed();
        let limit = REQUEST_SECONDS_MAX - REPORT_SECONDS;
        assert!(took <= Duration::from_secs(limit.into()), "it exceeds the function's timeout: {took:?}");
        u32::try_from(took.as_secs()).unwrap() / CALL_SECONDS_MAX
    }
}

async fn request(name: &'static str) -> (PipelineFixture, Request) {
    let pipeline = PipelineFixture::new();
    let task_id = match name {
        "fresh" | "under a key" => None,
        "a replay" => {
            pipeline.submit("a", Some("k")).await.unwrap();
            pipeline.turn().await;
            None
        }
        "repeated after an interruption" => {
            pipeline.faults.at(Step::Enqueue, 1, Fault::FailBefore);
            pipeline.submit("a", Some("k")).await.unwrap_err();
            pipeline.clock.advance_seconds(1);
            None
        }
        _ => Some(pipeline.post("a").await),
    };
    let key = (name != "fresh").then_some("k");
    let path = match (name, task_id) {
        ("a cancellation", Some(task_id)) => Path::Delete(task_id),
        ("a GET", Some(task_id)) => Path::Get(task_id),
        _ => Path::Post,
    };
    (pipeline.clone(), Request { pipeline, key, path })
}

#[tokio::test(start_paused = true)]
async fn a_request_is_answered_within_the_functions_timeout_even_if_each_call_is_slow() {
    let counted = [
        ("fresh", 2),
        ("under a key", 2),
        ("a replay", 1),
        ("repeated after an interruption", 3),
        ("a cancellation", 2),
        ("a GET", 1),
    ];
    for (name, calls) in counted {
        let most = most(|| request(name), |request: Request| Box::pin(request.calls())).await;
        assert_eq!(most, calls, "{name}");
    }
    assert_eq!(counted.iter().map(|(_, calls)| *calls).max(), Some(REQUEST_CALLS_MAX));
}

/// A delivery to the processor, after what precedes it.
struct Received {
    pipeline: PipelineFixture,
    delivery: Delivery,
}

impl Received {
    /// Lambda deletes acknowledged messages.
    async fn calls(self) -> u32 {
        let before = self.pipeline.faults.steps().len();
        self.pipeline.process(&[self.delivery]).await;
        let steps = self.pipeline.faults.steps().split_off(before);
        u32::try_from(steps.into_iter().filter(|step| *step != Step::Delete).count()).unwrap()
    }
}

async fn received(name: &'static str) -> (PipelineFixture, Received) {
    let mut pipeline = PipelineFixture::new();
    pipeline.settings.attempt_budget = 2;
    if name.contains("held") {
        pipeline.settings.failure_policy = FailurePolicy::Hold;
    }
    if name == "undecodable" {
        pipeline.enqueue_raw("{", "d").await;
    } else {
        pipeline.post("a").await;
    }
    let outcomes = match name {
        "retried" => vec![Outcome::Transient("busy")],
        "retried again" | "given up crashed" => vec![Outcome::Transient("busy"); 2],
        "dead-lettered" | "dead-lettering interrupted" | "held" | "held again" => {
            vec![Outcome::Permanent("bad")]
        }
        _ => vec![],
    };
    pipeline.handler.on("a", outcomes);
    match name {
        "retried again" => {
            assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
            pipeline.clock.advance_seconds(60);
        }
        "completed after a crash" | "completed after a crash by a long handler" => {
            crash_at(&pipeline, Step::WriteRecord, 2).await
        }
        "given up crashed" => {
            crash_at(&pipeline, Step::WriteRecord, 2).await;
            // The claim finds an unexpected record, so it takes two writes.
            crash_at(&pipeline, Step::WriteRecord, 3).await;
        }
        "dead-lettering interrupted" => crash_at(&pipeline, Step::SendDeadLetter, 1).await,
        "held again" => {
            assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
            pipeline.hours_pass(1).await;
        }
        _ => {}
    }
    if name == "record only" {
        pipeline = pipeline.record_only();
    }
    if name.ends_with("by a long handler") {
        pipeline.settings.handler_timeout = TimeDelta::hours(1);
    }
    let delivery = pipeline.receive_one().await;
    if name == "busy" {
        assert!(pipeline.faults.until_crash(crashed_run(&pipeline, &delivery)).await.is_none());
        pipeline.settle_store().await;
    }
    (pipeline.clone(), Received { pipeline, delivery })
}

async fn crashed_run(pipeline: &PipelineFixture, delivery: &Delivery) {
    pipeline.faults.at(Step::WriteRecord, 2, Fault::CrashBefore);
    pipeline.process(std::slice::from_ref(delivery)).await;
}

/// A turn whose process dies at this step, until its message is redelivered.
async fn crash_at(pipeline: &PipelineFixture, step: Step, nth: usize) {
    pipeline.faults.at(step, nth, Fault::CrashBefore);
    assert_eq!(pipeline.turn().await, Turn::Crashed);
    pipeline.visibility_passes();
}

#[tokio::test]
async fn a_delivery_is_settled_within_the_lease_after_the_handler() {
    // Before a handler and after it, or after the one write of a task without a handler.
    let counted = [
        ("completed", 1, 2),
        ("completed by a long handler", 2, 2),
        ("completed after a crash", 2, 2),
        ("completed after a crash by a long handler", 3, 2),
        ("retried", 1, 2),
        ("retried again", 2, 4),
        ("dead-lettered", 1, 4),
        ("held", 1, 4),
        ("undecodable", 1, 4),
        ("given up crashed", 1, 4),
        ("dead-lettering interrupted", 1, 3),
        ("held again", 1, 3),
        ("busy", 1, 1),
        ("record only", 1, 1),
    ];
    for (name, before, after) in counted {
        let most = most(|| received(name), |received: Received| Box::pin(received.calls())).await;
        assert_eq!(most, before + after, "{name}");
    }
    assert_eq!(counted.iter().map(|(_, before, _)| *before).max(), Some(CLAIM_CALLS_MAX));
    assert_eq!(counted.iter().map(|(_, _, after)| *after).max(), Some(SETTLE_CALLS_MAX));
}
