//! The functions' answers when SQS and DynamoDB don't answer: a function that Lambda answers at its deadline answers
//! nothing.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use harness::{RunningFunction, StandIn, hangs, succeeds};
use processor::ProcessorSettings;
use serde_json::{Value, json};
use shared::limits::REQUEST_SECONDS_MAX;

use crate::function::{answered, api, body, delivery, message, post, processor, request, webhook};

const GAVE_UP: &str = "gave up before Lambda's deadline";
/// One second of it is reserved for the answer; the shortest call timeout is three seconds.
const SHORT: Duration = Duration::from_secs(2);

/// The answer, and whether the deadline forced it.
async fn end(mut function: RunningFunction, event: Value) -> (Value, bool) {
    let answer = answered(function.invoke(event).await);
    let gave_up = function.printed_until_killed().await.iter().any(|line| line.contains(GAVE_UP));
    (answer, gave_up)
}

fn assert_unavailable(answer: &Value) {
    assert_eq!(answer["statusCode"], 503);
    assert_eq!(answer["headers"]["content-type"], "application/problem+json");
    assert_eq!((&answer["headers"]["retry-after"], &body(answer)["status"]), (&json!("5"), &json!(503)));
}

fn read() -> Value {
    request("GET", "/tasks/01890a5d-ac96-774b-bcce-b302099a8057", json!({}), "")
}

#[tokio::test]
async fn a_request_to_services_that_hang_gets_503_by_the_timeouts_of_its_calls() {
    let aws = StandIn::start(hangs).await;
    let in_production = Duration::from_secs(REQUEST_SECONDS_MAX.into());
    let answers = [post("Water", None), post("Water", Some("k")), read()].map(async |event| {
        let api = api(&aws).await.with_time_limit(in_production);
        end(api, event).await
    });
    for (answer, gave_up) in futures_util::future::join_all(answers).await {
        assert_unavailable(&answer);
        assert!(!gave_up, "the sum of the call timeouts is below the function's timeout");
    }
}

#[tokio::test]
async fn a_request_beyond_the_function_timeout_gets_503_before_lambda_ends_it() {
    let aws = StandIn::start(hangs).await;
    let mut api = api(&aws).await.with_time_limit(SHORT);
    assert_unavailable(&answered(api.invoke(post("Water", Some("k"))).await));
    let lines = api.printed_until_killed().await;
    let line = lines.iter().find(|line| line.contains(GAVE_UP)).expect("it gave up");
    assert!(line.contains("request-1"), "{line}");
}

fn not_done() -> Value {
    json!({"batchItemFailures": [{"itemIdentifier": "message-1"}]})
}

/// A service that answers one call only.
async fn hanging_after_a_claim() -> StandIn {
    let is_claimed = AtomicBool::new(false);
    StandIn::start(move |operation, body| match operation {
        "PutItem" if !is_claimed.swap(true, Ordering::SeqCst) => succeeds(operation, body),
        _ => hangs(operation, body),
    })
    .await
}

#[tokio::test]
async fn a_delivery_to_services_that_hang_fails_by_the_timeouts_of_its_calls() {
    let settings = ProcessorSettings::read(&|_| None).unwrap();
    let in_production = settings.attempt_terms().run_timeout().to_std().unwrap();
    let message = message().await;
    let receiver = StandIn::that_succeeds().await;
    let run = async |aws: StandIn| {
        let processor = processor(&aws, &webhook(&receiver)).await.with_time_limit(in_production);
        end(processor, delivery(&message)).await
    };
    let (from_the_start, after_the_handler) =
        tokio::join!(run(StandIn::start(hangs).await), run(hanging_after_a_claim().await));
    for (answer, gave_up) in [from_the_start, after_the_handler] {
        assert_eq!(answer, not_done());
        assert!(!gave_up, "the sum of the call timeouts is below the function's timeout");
    }
    assert_eq!(receiver.operations().len(), 1, "only a claimed task was handled");
}

#[tokio::test]
async fn a_delivery_beyond_the_function_timeout_fails_before_lambda_ends_it() {
    let aws = StandIn::start(hangs).await;
    let processor = processor(&aws, &[]).await.with_time_limit(SHORT);
    assert_eq!(end(processor, delivery(&message().await)).await, (not_done(), true));
}
