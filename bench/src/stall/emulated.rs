//! Lines on emulated SQS and DynamoDB, polled as by an event source mapping.

use std::sync::Arc;

use aws::Clients;
use aws_config::{Region, timeout::TimeoutConfig};
use processor::{Processor, ProcessorSettings};
use serde_json::{Value, json};
use shared::ports::{TaskIds, TaskQueue};
use system::{RandomTaskIds, SystemClock};

use super::{
    deliver::deliver,
    flaky_handler::{FlakyHandler, Waits},
    rate::{self, RateFigures},
    tasks::messages,
};

const TABLE: &str = "stall";

/// Why a failed message is redelivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryBy {
    /// The processor changes its visibility.
    Backoff,
    /// Its visibility timeout passes.
    VisibilityTimeout,
}

/// An emulator with a table. Each line gets new queues.
pub struct Emulated {
    endpoint: &'static str,
    clients: Clients,
    settings: ProcessorSettings,
}

impl Emulated {
    /// Creates the table without its index, because no record here needs attention.
    pub async fn at(endpoint: &'static str, settings: &ProcessorSettings) -> anyhow::Result<Self> {
        let configuration = aws::defaults()
            .endpoint_url(endpoint)
            .region(Region::from_static("us-east-1"))
            // If a receive call timed out, the messages it received would stay hidden for minutes.
            .timeout_config(TimeoutConfig::disabled());
        let clients = Clients::over(&configuration.test_credentials().load().await);
        let emulated = Self { endpoint, clients, settings: settings.clone() };
        let key = json!({"AttributeName": "task_id", "AttributeType": "S"});
        let table = json!({
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [key],
            "KeySchema": [{"AttributeName": "task_id", "KeyType": "HASH"}],
        });
        emulated.ask("dynamodb", "DynamoDB_20120810.CreateTable", &table).await?;
        Ok(emulated)
    }

    /// Runs a new line until it is empty.
    pub async fn measure(&self, failures: u32, retry_by: RetryBy) -> anyhow::Result<Waits> {
        let line = self.queue().await?;
        let dead_letters = self.queue().await?;
        for message in messages() {
            line.enqueue(&message.encode()?, &message.dedupe_id()).await?;
        }
        let handler = FlakyHandler::new(failures);
        // The processor uses its line only to change visibility, and continues if that fails. With another queue instead, it
        // leaves the message to its visibility timeout.
        let hides_in = match retry_by {
            RetryBy::Backoff => line.clone(),
            RetryBy::VisibilityTimeout => dead_letters.clone(),
        };
        let processor = Processor::new(
            self.clients.task_records(TABLE),
            hides_in,
            dead_letters,
            handler.clone(),
            Arc::new(SystemClock::default()),
            self.settings.clone(),
        );
        while !handler.is_done() {
            deliver(&processor, &line).await?;
        }
        handler.waits()
    }

    /// Measures the rate of a new line.
    pub async fn rate(&self, tasks: u32) -> anyhow::Result<RateFigures> {
        let (line, dead_letters) = (self.queue().await?, self.queue().await?);
        rate::measure(self.clients.task_records(TABLE), line, dead_letters, &self.settings, tasks).await
    }

    /// A new queue with the visibility timeout of the stacks.
    async fn queue(&self) -> anyhow::Result<aws::SqsTaskQueue> {
        let name = format!("{}.fifo", RandomTaskIds.fresh(chrono::Utc::now()));
        let visibility = self.settings.visibility_seconds().to_string();
        let attributes = json!({"FifoQueue": "true", "VisibilityTimeout": visibility});
        let queue = json!({"QueueName": name, "Attributes": attributes});
        let made = self.ask("sqs", "AmazonSQS.CreateQueue", &queue).await?;
        let url = made["QueueUrl"].as_str().ok_or_else(|| anyhow::anyhow!("no queue was made: {made}"))?;
        Ok(self.clients.task_queue(url, "line"))
    }

    /// Calls an operation that no port has. The emulator reads the service from the signature and doesn't check it.
    async fn ask(&self, service: &str, action: &str, request: &Value) -> anyhow::Result<Value> {
        let scope = format!("AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request");
        let call = harness::taskline::http().post(self.endpoint).header("x-amz-target", action);
        let call = call.header("authorization", scope).header("content-type", "application/x-amz-json-1.0");
        let answer = call.body(request.to_string()).send().await?;
        anyhow::ensure!(answer.status().is_success(), "{action}: {}", answer.text().await?);
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }
}
