//! Lines on SQS and DynamoDB as an emulator has them, each worked as an event source mapping works it.

use std::sync::Arc;

use aws::Clients;
use aws_config::{Region, timeout::TimeoutConfig};
use processor::{Processor, ProcessorSettings};
use serde_json::{Value, json};
use shared::ports::{TaskIds, TaskQueue};
use system::{RandomTaskIds, SystemClock};

use super::{
    Flaky, Waits,
    deliver::deliver,
    messages,
    pace::{self, Pace},
};

const TABLE: &str = "stall";

/// How a failed message comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComesBack {
    /// The processor changes its visibility.
    ByBackoff,
    /// Nobody does: SQS shows it again when it times out.
    ByVisibility,
}

/// An emulator with a table; each line has queues of its own.
pub struct Emulated {
    endpoint: &'static str,
    clients: Clients,
    settings: ProcessorSettings,
}

impl Emulated {
    /// Makes the table, without the index: no record here needs attention.
    pub async fn at(endpoint: &'static str, settings: &ProcessorSettings) -> anyhow::Result<Self> {
        let configuration = aws::defaults()
            .endpoint_url(endpoint)
            .region(Region::from_static("us-east-1"))
            // What is received by a call that is given up stays hidden for minutes.
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

    /// Works a line of its own to its end.
    pub async fn measure(&self, failures: u32, comes_back: ComesBack) -> anyhow::Result<Waits> {
        let line = self.queue().await?;
        let dead_letters = self.queue().await?;
        for message in messages() {
            line.enqueue(&message.encode()?, &message.dedupe_id()).await?;
        }
        let handler = Flaky::new(failures);
        // A processor asks of its line nothing but to change a visibility, and goes on when it can't: one that has
        // another queue for it leaves the message as it is.
        let hides_in = match comes_back {
            ComesBack::ByBackoff => line.clone(),
            ComesBack::ByVisibility => dead_letters.clone(),
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

    /// The pace of a line of its own.
    pub async fn pace(&self, tasks: u32) -> anyhow::Result<Pace> {
        let (line, dead_letters) = (self.queue().await?, self.queue().await?);
        pace::measure(self.clients.task_records(TABLE), line, dead_letters, &self.settings, tasks).await
    }

    /// With the visibility time-out that the stacks give it.
    async fn queue(&self) -> anyhow::Result<aws::SqsTaskQueue> {
        let name = format!("{}.fifo", RandomTaskIds.fresh(chrono::Utc::now()));
        let visibility = self.settings.visibility_seconds().to_string();
        let attributes = json!({"FifoQueue": "true", "VisibilityTimeout": visibility});
        let queue = json!({"QueueName": name, "Attributes": attributes});
        let made = self.ask("sqs", "AmazonSQS.CreateQueue", &queue).await?;
        let url = made["QueueUrl"].as_str().ok_or_else(|| anyhow::anyhow!("no queue was made: {made}"))?;
        Ok(self.clients.task_queue(url, "line"))
    }

    /// Calls what no port offers. The emulator reads the service from the signature, and checks nothing of it.
    async fn ask(&self, service: &str, action: &str, request: &Value) -> anyhow::Result<Value> {
        let scope = format!("AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request");
        let call = harness::taskline::http().post(self.endpoint).header("x-amz-target", action);
        let call = call.header("authorization", scope).header("content-type", "application/x-amz-json-1.0");
        let answer = call.body(request.to_string()).send().await?;
        anyhow::ensure!(answer.status().is_success(), "{action}: {}", answer.text().await?);
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }
}
