//! Each function with what its stack tells it, and events as AWS makes them.

use harness::{Invoked, RunningFunction, StandIn};
use serde_json::{Value, json};

/// What both are told.
pub const SETTINGS: [(&str, &str); 4] = [
    ("QUEUE_URL", "http://queue.test/line.fifo"),
    ("MESSAGE_GROUP", "line"),
    ("TABLE_NAME", "records"),
    ("PIPELINE", "dev"),
];
const DEAD_LETTERS: (&str, &str) = ("DEAD_LETTER_QUEUE_URL", "http://queue.test/dead-letters.fifo");

pub async fn api(aws: &StandIn) -> RunningFunction {
    start("api", aws.url(), &[]).await
}

pub async fn processor(aws: &StandIn, more: &[(&str, &str)]) -> RunningFunction {
    start("processor", aws.url(), &[&[DEAD_LETTERS], more].concat()).await
}

pub async fn start(name: &str, endpoint: &str, more: &[(&str, &str)]) -> RunningFunction {
    let variables = [&SETTINGS[..], &[("AWS_ENDPOINT_URL", endpoint)], more].concat();
    RunningFunction::start(name, &variables).await
}

/// An event of an HTTP API, payload format 2.0, after its JWT authorizer.
pub fn request(method: &str, path: &str, headers: Value, body: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": format!("{method} {path}"),
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "1",
            "apiId": "a",
            "authorizer": {"jwt": {"claims": {"sub": "ann", "exp": "1900000000"}, "scopes": ["tasks/write"]}},
            "domainName": "a.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "a",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "u"},
            "requestId": "g",
            "routeKey": format!("{method} {path}"),
            "stage": "$default",
            "time": "21/Nov/2026:10:00:00 +0000",
            "timeEpoch": 1_795_255_200_000_i64,
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

pub fn post(title: &str, key: Option<&str>) -> Value {
    let mut headers = json!({"content-type": "application/json"});
    if let Some(key) = key {
        headers["idempotency-key"] = key.into();
    }
    request("POST", "/tasks", headers, &harness::task_json(title))
}

/// What a function answered; it must not have failed.
pub fn answered(invoked: Invoked) -> Value {
    match invoked {
        Invoked::Answered(answer) => answer,
        Invoked::Failed(error) => panic!("it failed: {error}"),
    }
}

/// The body of an answer to a request.
pub fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

/// An event of a FIFO queue's mapping with one message.
pub fn delivery(body: &str) -> Value {
    json!({"Records": [{
        "messageId": "message-1",
        "receiptHandle": "receipt-1",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795255200000",
            "SequenceNumber": "18849496460467696128",
            "MessageGroupId": "line",
            "SenderId": "AIDA",
            "MessageDeduplicationId": "d",
            "ApproximateFirstReceiveTimestamp": "1795255200001",
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:1:line.fifo",
        "awsRegion": "us-east-1",
    }]})
}
