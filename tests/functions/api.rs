//! The API function.

use harness::{PipelineFixture, StandIn, succeeds, throttles};
use serde_json::{Value, json};
use shared::limits::REQUEST_CALLS_MAX;

use crate::function::{answered, api, body, post, request, start};

#[tokio::test]
async fn accepting_a_task_without_a_key_takes_one_write_and_one_send() {
    let aws = StandIn::that_succeeds().await;
    let answer = answered(api(&aws).await.invoke(post("Water", None)).await);
    assert_eq!(answer["statusCode"], 202);
    let task_id = body(&answer)["task_id"].as_str().unwrap().to_owned();
    assert_eq!(answer["headers"]["location"], format!("/tasks/{task_id}"));
    assert_eq!(body(&answer)["sequence_number"], "18849496460467696128");
    let mut operations = aws.operations();
    operations.sort();
    assert_eq!(operations, ["PutItem", "SendMessage"]);
    let sent = &aws.asked("SendMessage")[0];
    assert_eq!(sent["MessageGroupId"], "line");
    assert_eq!(sent["MessageDeduplicationId"], format!("{task_id}.0"));
    assert_eq!(sent["QueueUrl"], "http://queue.test/line.fifo");
    assert_eq!(aws.asked("PutItem")[0]["TableName"], "records");
}

#[tokio::test]
async fn a_task_with_a_key_is_recorded_before_it_is_sent() {
    let aws = StandIn::that_succeeds().await;
    let mut api = api(&aws).await;
    let first = body(&answered(api.invoke(post("Water", Some("k"))).await));
    let again = body(&answered(api.invoke(post("Water", Some("k"))).await));
    assert_eq!(first["task_id"], again["task_id"], "the id comes from the caller and the key");
    assert_eq!(aws.operations(), ["PutItem", "SendMessage", "PutItem", "SendMessage"]);
}

#[tokio::test]
async fn a_base64_body_is_decoded() {
    let aws = StandIn::that_succeeds().await;
    let mut event = post("Water", None);
    // {"title":"t","description":"d","priority":"low"}
    event["body"] = "eyJ0aXRsZSI6InQiLCJkZXNjcmlwdGlvbiI6ImQiLCJwcmlvcml0eSI6ImxvdyJ9".into();
    event["isBase64Encoded"] = true.into();
    assert_eq!(answered(api(&aws).await.invoke(event).await)["statusCode"], 202);
}

#[tokio::test]
async fn the_caller_is_the_subject_of_the_token_and_requests_without_a_subject_are_refused() {
    let aws = StandIn::that_succeeds().await;
    let mut api = api(&aws).await;
    answered(api.invoke(post("Water", None)).await);
    let record: Value =
        serde_json::from_str(aws.asked("PutItem")[0]["Item"]["record"]["S"].as_str().unwrap()).unwrap();
    assert_eq!(record["submitted_by"], "ann");
    let calls = aws.operations().len();
    for authorizer in [json!(null), json!({"jwt": {"claims": {}}}), json!({"jwt": {"claims": {"sub": ""}}})] {
        let mut event = post("Water", None);
        event["requestContext"]["authorizer"] = authorizer;
        let answer = answered(api.invoke(event).await);
        assert_eq!(answer["statusCode"], 401);
        assert_eq!(answer["headers"]["content-type"], "application/problem+json");
    }
    assert_eq!(aws.operations().len(), calls);
}

#[tokio::test]
async fn throttling_and_an_outage_are_answered_with_503_and_retry_after_and_no_internals() {
    let throttling = StandIn::start(throttles).await;
    let answers = [
        answered(api(&throttling).await.invoke(post("Water", Some("k"))).await),
        answered(start("api", "http://127.0.0.1:1", &[]).await.invoke(post("Water", None)).await),
    ];
    for answer in answers {
        assert_eq!(answer["statusCode"], 503);
        assert_eq!(answer["headers"]["retry-after"], "5");
        let text = answer.to_string();
        assert!(
            !text.contains("Throughput") && !text.contains("127.0.0.1") && !text.contains("records"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_invalid_request_is_answered_with_400_without_a_call_to_aws() {
    let aws = StandIn::that_succeeds().await;
    let event = request("POST", "/tasks", json!({"content-type": "application/json"}), "{}");
    let answer = answered(api(&aws).await.invoke(event).await);
    assert_eq!(answer["statusCode"], 400);
    assert!(aws.operations().is_empty());
}

#[tokio::test]
async fn cancelling_a_task_takes_one_read_and_one_conditional_write_and_leaves_the_queue_unchanged() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.submit("Water", None).await.unwrap().task_id;
    let record = pipeline.record(task_id).await;
    let record = serde_json::to_string(&record).unwrap().replace("\"local\"", "\"ann\"");
    let item = json!({"task_id": {"S": task_id.to_string()}, "record": {"S": record}});
    let aws = StandIn::start(move |operation, body| match operation {
        "GetItem" => (200, json!({"Item": item})),
        _ => succeeds(operation, body),
    })
    .await;
    let event = request("DELETE", &format!("/tasks/{task_id}"), json!({}), "");
    let answer = answered(api(&aws).await.invoke(event).await);
    assert_eq!((&answer["statusCode"], &body(&answer)["status"]), (&json!(200), &json!("discarded")));
    assert_eq!(aws.operations(), ["GetItem", "PutItem"]);
    assert_eq!(aws.asked("PutItem")[0]["ConditionExpression"], "#revision = :revision");
}

#[tokio::test]
async fn accepting_a_key_whose_record_expired_takes_two_writes_and_one_send() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.submit("Fire", Some("k")).await.unwrap().task_id;
    pipeline.turn().await;
    let expired = serde_json::to_string(&pipeline.record(task_id).await).unwrap();
    let aws = StandIn::start(move |operation, body| {
        if body["ConditionExpression"] != "attribute_not_exists(#task_id)" {
            return succeeds(operation, body);
        }
        let item = json!({"task_id": {"S": task_id.to_string()}, "record": {"S": expired}});
        (400, json!({"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "Item": item}))
    })
    .await;
    let answer = answered(api(&aws).await.invoke(post("Water", Some("k"))).await);
    assert_eq!((&answer["statusCode"], &body(&answer)["status"]), (&json!(202), &json!("accepted")));
    assert_eq!(aws.operations(), ["PutItem", "PutItem", "SendMessage"]);
    assert_eq!(aws.asked("PutItem").len() + 1, REQUEST_CALLS_MAX as usize);
}
