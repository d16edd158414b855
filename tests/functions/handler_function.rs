//! The processor whose handler is a Lambda function: one in Python on an emulator, and Lambda's own errors as its API
//! reference describes them, which no emulator makes.
//!
//! The emulator names every exception `Runtime.HandlerError`; Lambda gives the name of its class.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    routing::post,
};
use harness::{Ministack, StandIn, create_function, endpoint};
use serde_json::{Value, json};

use crate::function::{answered, delivery, message, processor};

const CREDENTIALS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("TASK_HANDLER", "lambda")];

const CODE: &str = r#"
import os

def handler(task, context):
    if task["title"] == "raise":
        raise ValueError("no such account")
    if task["title"] == "exit":
        os._exit(3)
    if task["title"] == "long":
        return "r" * 40000
    if task["title"] == "slow":
        while True:
            pass
    return {"handled": task["title"], "attempt": task["attempt"]}
"#;

/// What the processor answered, and the record that it wrote last.
struct Processed {
    answer: Value,
    record: Value,
}

impl Processed {
    fn failure(&self, member: &str) -> &str {
        self.record["failures"][0][member].as_str().unwrap_or_default()
    }
}

/// Processes the message of a task with this title.
async fn process(title: &str, lambda: &str, settings: &[(&str, &str)]) -> Processed {
    let aws = StandIn::that_succeeds().await;
    let settings = [&CREDENTIALS[..], &[("AWS_ENDPOINT_URL_LAMBDA", lambda)], settings].concat();
    let mut processor = processor(&aws, &settings).await;
    let message = message().await.replace("Water", title);
    let answer = answered(processor.invoke(delivery(&message)).await);
    let last = aws.asked("PutItem").pop().unwrap();
    let record = serde_json::from_str(last["Item"]["record"]["S"].as_str().unwrap()).unwrap();
    Processed { answer, record }
}

/// The same by the function on the emulator.
async fn process_there(title: &str, function: &str, settings: &[(&str, &str)]) -> Processed {
    let settings = [&[("HANDLER_FUNCTION", function)], settings].concat();
    process(title, endpoint::<Ministack>().await, &settings).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_gets_the_task_and_its_return_value_and_version_are_stored() {
    create_function("returns", CODE, &json!({})).await;
    let processed = process_there("Weed", "returns:live", &[]).await;
    assert_eq!(processed.answer, json!({"batchItemFailures": []}));
    assert_eq!(processed.record["status"], "completed");
    assert_eq!(processed.record["result"], json!({"handled": "Weed", "attempt": 1}));
    assert!(processed.record.to_string().contains(r#""handler_version":"1""#), "{}", processed.record);
    let unpublished =
        process_there("Weed", "arn:aws:lambda:us-east-1:000000000000:function:returns", &[]).await;
    assert_eq!(unpublished.record["status"], "completed");
    assert!(!unpublished.record.to_string().contains("LATEST"), "{}", unpublished.record);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_function_is_tried_again_unless_its_error_is_permanent() {
    create_function("raises", CODE, &json!({})).await;
    let retried = process_there("raise", "raises", &[]).await;
    assert_eq!(retried.answer["batchItemFailures"].as_array().unwrap().len(), 1);
    assert_eq!((retried.failure("class"), retried.failure("code")), ("transient", "Runtime.HandlerError"));
    assert_eq!(retried.failure("answer"), "no such account");
    let given_up = process_there("raise", "raises", &[("PERMANENT_ERRORS", "Runtime.HandlerError")]).await;
    assert_eq!(given_up.answer, json!({"batchItemFailures": []}));
    assert_eq!(
        (given_up.record["status"].as_str(), given_up.failure("class")),
        (Some("dead_lettered"), "permanent")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_reaches_its_timeout_overran_and_a_result_that_is_too_long_is_dropped() {
    create_function("overruns", CODE, &json!({})).await;
    let overran = process_there("slow", "overruns", &[]).await;
    assert_eq!((overran.failure("class"), overran.failure("code")), ("overran", "function_timed_out"));
    let deadline = process_there("slow", "overruns", &[("HANDLER_TIMEOUT_SECONDS", "1")]).await;
    assert_eq!((deadline.failure("class"), deadline.failure("code")), ("overran", "deadline_exceeded"));
    let long = process_there("long", "overruns", &[]).await;
    assert_eq!((long.record["status"].as_str(), &long.record["result"]), (Some("completed"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_function_is_unavailable() {
    let missing = process_there("Weed", "missing", &[]).await;
    assert_eq!((missing.failure("class"), missing.failure("code")), ("unavailable", "function_not_found"));
}

/// Lambda's Invoke API with one answer. It keeps the requests.
#[derive(Clone)]
struct Lambda {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: &'static str,
    requests: Arc<Mutex<Vec<(String, String, HeaderMap)>>>,
}

impl Lambda {
    async fn start(
        status: u16,
        headers: &[(&'static str, &'static str)],
        body: &'static str,
    ) -> (Self, String) {
        let lambda = Self { status, headers: headers.to_vec(), body, requests: Arc::default() };
        let route = post(invoke).with_state(lambda.clone());
        let router = Router::new().route("/2015-03-31/functions/{name}/invocations", route);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (lambda, url)
    }
}

async fn invoke(
    State(lambda): State<Lambda>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    _body: Bytes,
) -> (StatusCode, HeaderMap, &'static str) {
    let query = uri.query().unwrap_or_default().to_owned();
    lambda.requests.lock().unwrap().push((name, query, headers));
    let headers = lambda.headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    (StatusCode::from_u16(lambda.status).unwrap(), headers.collect(), lambda.body)
}

#[tokio::test]
async fn an_exception_keeps_its_class_and_message_and_is_no_part_of_the_log() {
    let headers = [("x-amz-function-error", "Unhandled"), ("x-amz-executed-version", "17")];
    let raised = r#"{"errorMessage": "no such account", "errorType": "ValueError", "requestId": "b1", "stackTrace": []}"#;
    let (lambda, url) = Lambda::start(200, &headers, raised).await;
    let settings = [("HANDLER_FUNCTION", "orders:live"), ("PERMANENT_ERRORS", "KeyError,ValueError")];
    let processed = process("Weed", &url, &settings).await;
    assert_eq!((processed.failure("class"), processed.failure("code")), ("permanent", "ValueError"));
    assert_eq!(
        (processed.failure("message"), processed.failure("answer")),
        ("the function refused the task", "no such account")
    );
    assert_eq!(processed.record["failures"][0]["handler_version"], json!({"reported": "17"}));
    let requests = lambda.requests.lock().unwrap();
    let [(name, query, headers)] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    assert_eq!((name.as_str(), query.as_str()), ("orders", "Qualifier=live"));
    assert!(headers["authorization"].to_str().unwrap().starts_with("AWS4-HMAC-SHA256 Credential=test/"));
}

#[tokio::test]
async fn errors_of_lambda_are_outages_and_the_request_is_not_repeated() {
    for (status, error, code) in [
        (429, "TooManyRequestsException", "throttled"),
        (403, "AccessDeniedException", "access_denied"),
        (409, "ResourceConflictException", "function_not_ready"),
        (502, "KMSDisabledException", "key_unavailable"),
        (500, "ServiceException", "service_error"),
        (503, "", "service_error"),
    ] {
        let (lambda, url) =
            Lambda::start(status, &[("x-amzn-errortype", error), ("retry-after", "7")], "{}").await;
        let processed = process("Weed", &url, &[("HANDLER_FUNCTION", "orders")]).await;
        assert_eq!((processed.failure("class"), processed.failure("code")), ("unavailable", code), "{error}");
        assert_eq!(lambda.requests.lock().unwrap().len(), 1, "{error}");
    }
}
