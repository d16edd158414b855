//! Handles the tasks with which Lambda invokes it.

use std::env;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use payments::{Payment, Task};

#[derive(Debug)]
struct Failure {
    name: &'static str,
    message: String,
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.name.to_owned(), error_message: failure.message }
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let configuration = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let table = Table { client: Client::new(&configuration), name: env::var("TABLE")? };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Task>| table.handle(event.payload))).await
}

struct Table {
    client: Client,
    name: String,
}

impl Table {
    async fn handle(&self, task: Task) -> Result<Payment, Failure> {
        let Some(cents) = task.payload["cents"].as_u64() else {
            let message = "the payload needs cents, a whole number".to_owned();
            return Err(Failure { name: "Refused", message });
        };
        let begun = "attribute_not_exists(attempt) OR attempt <= :attempt";
        if let Some(receipt) = self.update(&task, "SET attempt = :attempt", begun, None).await? {
            return Ok(Payment { receipt });
        }
        let (paid, finished) = (pay(&task, cents).await?, "SET receipt = if_not_exists(receipt, :receipt)");
        let stored = self.update(&task, finished, "attempt = :attempt", Some(paid)).await?;
        Ok(Payment { receipt: stored.unwrap_or_default() })
    }

    /// The receipt in the changed item.
    async fn update(
        &self,
        task: &Task,
        change: &str,
        condition: &str,
        receipt: Option<String>,
    ) -> Result<Option<String>, Failure> {
        let mut request = self
            .client
            .update_item()
            .table_name(&self.name)
            .key("task_id", AttributeValue::S(task.task_id.clone()))
            .update_expression(change)
            .condition_expression(condition)
            .expression_attribute_values(":attempt", AttributeValue::N(task.attempt.to_string()))
            .return_values(ReturnValue::AllNew);
        if let Some(receipt) = receipt {
            request = request.expression_attribute_values(":receipt", AttributeValue::S(receipt));
        }
        let updated = match request.send().await.map_err(SdkError::into_service_error) {
            Ok(updated) => updated,
            Err(UpdateItemError::ConditionalCheckFailedException(_)) => {
                return Err(Failure { name: "Superseded", message: "a later attempt has begun".to_owned() });
            }
            Err(error) => return Err(Failure { name: "Failed", message: format!("{error:?}") }),
        };
        let receipt = updated.attributes.and_then(|mut item| item.remove("receipt"));
        Ok(receipt.and_then(|receipt| receipt.as_s().cloned().ok()))
    }
}

/// Call your bank here. With the task id as the idempotency key, it pays once for each task.
async fn pay(task: &Task, _cents: u64) -> Result<String, Failure> {
    Ok(format!("receipt-{}", task.task_id))
}
