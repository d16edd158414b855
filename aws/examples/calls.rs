//! A function that makes only the AWS calls that a task needs, with requests of the same size, to measure their cost.
//! If its name is `api`, it makes the API's calls, a write and a send; otherwise the processor's, two writes.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = |name: &str| std::env::var(name).ok();
    let connections = aws::function_connections(&environment)?;
    let configuration = connections.configuration();
    let dynamodb = aws_sdk_dynamodb::Client::new(configuration);
    let sqs = aws_sdk_sqs::Client::new(configuration);
    let is_api = environment("AWS_LAMBDA_FUNCTION_NAME").as_deref() == Some("api");
    let calls = |_: LambdaEvent<Value>| {
        let (dynamodb, sqs) = (dynamodb.clone(), sqs.clone());
        async move {
            if is_api {
                tokio::try_join!(write(&dynamodb), send(&sqs))?;
                return Ok::<_, Error>(json!({"statusCode": 202, "headers": {}, "body": "{}"}));
            }
            write(&dynamodb).await?;
            write(&dynamodb).await?;
            Ok(json!({"batchItemFailures": []}))
        }
    };
    lambda_runtime::run(service_fn(calls)).await
}

async fn write(dynamodb: &aws_sdk_dynamodb::Client) -> Result<(), Error> {
    let put = dynamodb
        .put_item()
        .table_name("records")
        .item("task_id", AttributeValue::S("01a1ff13-97c5-7eb5-b41d-b87d58cebf07".to_owned()))
        .item("revision", AttributeValue::N("1".to_owned()))
        .item("status", AttributeValue::S("processing".to_owned()))
        .item("record", AttributeValue::S("r".repeat(720)))
        .condition_expression("attribute_not_exists(#task_id) OR #revision = :revision")
        .expression_attribute_names("#task_id", "task_id")
        .expression_attribute_names("#revision", "revision")
        .expression_attribute_values(":revision", AttributeValue::N("0".to_owned()))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    put.send().await?;
    Ok(())
}

async fn send(sqs: &aws_sdk_sqs::Client) -> Result<(), Error> {
    let send = sqs
        .send_message()
        .queue_url("https://queue.test/line.fifo")
        .message_group_id("line")
        .message_deduplication_id("01a1ff13-97c5-7eb5-b41d-b87d58cebf07.0")
        .message_body("m".repeat(440));
    send.send().await?;
    Ok(())
}
