//! The ports over AWS's interfaces: queues and a table of its own for every case, and a clock that nobody moves.

use std::{marker::PhantomData, time::Duration};

use aws::{Clients, DynamoDbTaskRecords, SqsTaskQueue};
use aws_config::{Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, IndexStatus, KeySchemaElement, KeyType,
    Projection, ProjectionType, ScalarAttributeType, TableStatus,
};
use aws_sdk_sqs::types::QueueAttributeName;
use chrono::Utc;
use harness::{Emulator, endpoint};
use shared::Timestamp;

use crate::{
    steps::unique,
    under_test::{QueueUnderTest, RecordsUnderTest, UnderTest},
};

/// Long enough that nothing times out between two steps of a case on a busy machine.
const VISIBILITY_SECONDS: u32 = 6;
const MAX_RECEIVE_COUNT: u32 = 3;
const DEADLINE: Duration = Duration::from_secs(120);
const LONG_SECONDS: u64 = 10 * DEADLINE.as_secs();
/// The remote clock may be read a moment before ours, and may tick more coarsely.
const MARGIN: Duration = Duration::from_millis(100);
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Something that speaks AWS's interfaces.
pub trait Host: 'static {
    const NAME: &'static str;
    /// How long a new queue takes until it behaves.
    const SETTLING: Duration;

    /// For the clients under test.
    async fn configuration() -> SdkConfig;
}

impl<E: Emulator> Host for E {
    const NAME: &'static str = <E as Emulator>::NAME;
    const SETTLING: Duration = Duration::ZERO;

    /// Without our own limits on time: to try again what an emulator is only slow with would be to do it twice.
    async fn configuration() -> SdkConfig {
        aws::defaults()
            .timeout_config(TimeoutConfig::disabled())
            .endpoint_url(endpoint::<E>().await)
            .region(Region::from_static("us-east-1"))
            .test_credentials()
            .load()
            .await
    }
}

/// A FIFO queue with its dead-letter queue.
pub struct Queues<H> {
    pub sqs: aws_sdk_sqs::Client,
    urls: [String; 2],
    pub line: SqsTaskQueue,
    dead_letter_queue: SqsTaskQueue,
    host: PhantomData<H>,
}

impl<H> Queues<H> {
    #[cfg(any(feature = "account", feature = "fakecloud"))]
    pub fn line_url(&self) -> &str {
        &self.urls[0]
    }

    #[cfg(any(feature = "account", feature = "fakecloud"))]
    pub fn dead_letter_url(&self) -> &str {
        &self.urls[1]
    }
}

/// A table.
pub struct Records<H> {
    dynamodb: aws_sdk_dynamodb::Client,
    table: String,
    records: DynamoDbTaskRecords,
    host: PhantomData<H>,
}

impl<H: Host> UnderTest for Queues<H> {
    const NAME: &'static str = H::NAME;
    const DEADLINE: Duration = DEADLINE;
    const CAN_MOVE_TIME: bool = false;

    async fn fresh() -> Self {
        let configuration = H::configuration().await;
        let sqs = aws_sdk_sqs::Client::new(&configuration);
        let letters = create_queue(&sqs, "letters", None).await;
        let arn = arn_of(&sqs, &letters).await;
        let line = create_queue(&sqs, "line", Some(&arn)).await;
        tokio::time::sleep(H::SETTLING).await;
        let clients = Clients::over(&configuration);
        Self {
            line: clients.task_queue(&line, "line"),
            dead_letter_queue: clients.task_queue(&letters, "line"),
            sqs,
            urls: [line, letters],
            host: PhantomData,
        }
    }

    async fn clean_up(&self) {
        for url in &self.urls {
            self.sqs.delete_queue().queue_url(url).send().await.unwrap();
        }
    }

    fn now(&self) -> Timestamp {
        Utc::now()
    }

    async fn pass(&self, seconds: u32) {
        pass(seconds).await;
    }
}

impl<H: Host> QueueUnderTest for Queues<H> {
    type Queue = SqsTaskQueue;

    fn line(&self) -> &SqsTaskQueue {
        &self.line
    }

    fn dead_letter_queue(&self) -> &SqsTaskQueue {
        &self.dead_letter_queue
    }

    fn visibility_seconds(&self) -> u32 {
        VISIBILITY_SECONDS
    }

    fn max_receive_count(&self) -> u32 {
        MAX_RECEIVE_COUNT
    }

    fn dedupe_slack_seconds(&self) -> u32 {
        5
    }

    fn visibility_slack_seconds(&self) -> u32 {
        VISIBILITY_SECONDS - 1
    }

    async fn hide_for_long(&self) {
        for url in &self.urls {
            let change = self.sqs.set_queue_attributes().queue_url(url);
            let change = change.attributes(QueueAttributeName::VisibilityTimeout, LONG_SECONDS.to_string());
            change.send().await.unwrap();
        }
    }
}

impl<H: Host> UnderTest for Records<H> {
    const NAME: &'static str = H::NAME;
    const DEADLINE: Duration = DEADLINE;
    const CAN_MOVE_TIME: bool = false;

    async fn fresh() -> Self {
        let configuration = H::configuration().await;
        let dynamodb = aws_sdk_dynamodb::Client::new(&configuration);
        let table = create_table(&dynamodb).await;
        let records = Clients::over(&configuration).task_records(&table);
        Self { dynamodb, table, records, host: PhantomData }
    }

    async fn clean_up(&self) {
        self.dynamodb.delete_table().table_name(&self.table).send().await.unwrap();
    }

    fn now(&self) -> Timestamp {
        Utc::now()
    }

    async fn pass(&self, seconds: u32) {
        pass(seconds).await;
    }
}

impl<H: Host> RecordsUnderTest for Records<H> {
    type Records = DynamoDbTaskRecords;

    fn records(&self) -> &DynamoDbTaskRecords {
        &self.records
    }
}

pub async fn pass(seconds: u32) {
    tokio::time::sleep(Duration::from_secs(seconds.into()) + MARGIN).await;
}

pub async fn arn_of(sqs: &aws_sdk_sqs::Client, queue_url: &str) -> String {
    let asked = sqs.get_queue_attributes().queue_url(queue_url).attribute_names(QueueAttributeName::QueueArn);
    asked.send().await.unwrap().attributes().unwrap()[&QueueAttributeName::QueueArn].clone()
}

/// Content-based deduplication is left off: a send without an id of its own must fail.
pub async fn create_queue(sqs: &aws_sdk_sqs::Client, name: &str, dead_letter_arn: Option<&str>) -> String {
    let redrive = dead_letter_arn.map(|arn| {
        serde_json::json!({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT}).to_string()
    });
    let mut create = sqs
        .create_queue()
        .queue_name(format!("{}.fifo", unique(name)))
        .attributes(QueueAttributeName::FifoQueue, "true")
        .attributes(QueueAttributeName::VisibilityTimeout, VISIBILITY_SECONDS.to_string());
    if let Some(redrive) = redrive {
        create = create.attributes(QueueAttributeName::RedrivePolicy, redrive);
    }
    create.send().await.unwrap().queue_url.unwrap()
}

/// As the infrastructure makes it; the names are written out, so that one that changes in the adapter alone is noticed.
async fn create_table(dynamodb: &aws_sdk_dynamodb::Client) -> String {
    let table = unique("records");
    let attribute = |name, kind| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
    };
    let key = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let index = GlobalSecondaryIndex::builder()
        .index_name("needs-a-person")
        .key_schema(key("needs_a_person", KeyType::Hash))
        .key_schema(key("needs_a_person_at", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .unwrap();
    dynamodb
        .create_table()
        .table_name(&table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("task_id", ScalarAttributeType::S))
        .attribute_definitions(attribute("needs_a_person", ScalarAttributeType::S))
        .attribute_definitions(attribute("needs_a_person_at", ScalarAttributeType::N))
        .key_schema(key("task_id", KeyType::Hash))
        .global_secondary_indexes(index)
        .send()
        .await
        .unwrap();
    while !is_active(dynamodb, &table).await {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    table
}

/// A table takes some seconds to be made, its index with it.
async fn is_active(dynamodb: &aws_sdk_dynamodb::Client, table: &str) -> bool {
    let described = dynamodb.describe_table().table_name(table).send().await.unwrap();
    let description = described.table().unwrap();
    let index = description.global_secondary_indexes();
    description.table_status() == Some(&TableStatus::Active)
        && index.iter().all(|index| index.index_status() == Some(&IndexStatus::Active))
}
