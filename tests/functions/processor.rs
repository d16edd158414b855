//! The processor function. Lambda reads its answer: a list with the message's id makes SQS redeliver the message, an
//! empty list deletes it, and no other answer has either meaning.

use harness::{Invoked, RunningFunction, StandIn, throttles};
use serde_json::{Value, json};

use crate::function::{answered, delivery, message, processor, webhook};

const UNTOUCHED: &str = "attribute_not_exists(#task_id) OR #revision = :revision";
const AT_REVISION: &str = "#revision = :revision";

/// The status of each written record, and the condition of the write.
fn written(aws: &StandIn) -> Vec<Value> {
    let puts = aws.asked("PutItem");
    puts.iter().map(|put| json!([put["Item"]["status"]["S"], put["ConditionExpression"]])).collect()
}

async fn invoke(mut processor: RunningFunction, body: &str) -> Value {
    answered(processor.invoke(delivery(body)).await)
}

#[tokio::test]
async fn handling_a_task_takes_two_writes_and_no_read_and_its_message_is_deleted() {
    let (aws, receiver) = (StandIn::that_succeeds().await, StandIn::that_succeeds().await);
    let answer = invoke(processor(&aws, &webhook(&receiver)).await, &message().await).await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert_eq!((aws.operations(), receiver.operations().len()), (vec!["PutItem".to_owned(); 2], 1));
    assert_eq!(written(&aws), [json!(["processing", UNTOUCHED]), json!(["completed", AT_REVISION])]);
}

#[tokio::test]
async fn handling_a_task_with_the_record_handler_takes_one_write() {
    for settings in [&[][..], &[("TASK_HANDLER", "record")]] {
        let aws = StandIn::that_succeeds().await;
        let answer = invoke(processor(&aws, settings).await, &message().await).await;
        assert_eq!(answer, json!({"batchItemFailures": []}));
        assert_eq!(aws.operations(), ["PutItem"]);
        assert_eq!(written(&aws), [json!(["completed", UNTOUCHED])]);
    }
}

#[tokio::test]
async fn a_throttled_delivery_is_redelivered() {
    let aws = StandIn::start(throttles).await;
    let answer = invoke(processor(&aws, &[]).await, &message().await).await;
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "message-1"}]}));
}

#[tokio::test]
async fn an_undecodable_message_becomes_a_dead_letter_unchanged() {
    let aws = StandIn::that_succeeds().await;
    let answer = invoke(processor(&aws, &[]).await, "no task").await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let dead_letter = &aws.asked("SendMessage")[0];
    assert_eq!(dead_letter["MessageBody"], "no task");
    assert_eq!(dead_letter["QueueUrl"], "http://queue.test/dead-letters.fifo");
}

#[tokio::test]
async fn an_event_from_a_standard_queue_fails() {
    let aws = StandIn::that_succeeds().await;
    let mut event = delivery("no task");
    event["Records"][0]["attributes"].as_object_mut().unwrap().remove("SequenceNumber");
    let failed = processor(&aws, &[]).await.invoke(event).await;
    assert!(
        matches!(&failed, Invoked::Failed(error) if error.to_string().contains("SequenceNumber")),
        "{failed:?}"
    );
    assert!(aws.operations().is_empty());
}

#[tokio::test]
async fn a_webhook_secret_is_read_once_from_secrets_manager_and_signs_the_posts() {
    let secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr";
    let aws = StandIn::start(move |operation, body| match operation {
        "GetSecretValue" => (200, json!({"SecretString": secret})),
        _ => harness::succeeds(operation, body),
    })
    .await;
    let receiver = StandIn::that_succeeds().await;
    let webhook = [
        ("TASK_HANDLER", "webhook"),
        ("WEBHOOK_URL", receiver.url()),
        ("WEBHOOK_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:1:secret:s"),
    ];
    let mut processor = processor(&aws, &webhook).await;
    let message = message().await;
    for _ in 0..2 {
        assert_eq!(answered(processor.invoke(delivery(&message)).await), json!({"batchItemFailures": []}));
    }
    assert_eq!(
        aws.asked("GetSecretValue"),
        [json!({"SecretId": "arn:aws:secretsmanager:us-east-1:1:secret:s"})]
    );
    assert_eq!(receiver.operations().len(), 2);
}
