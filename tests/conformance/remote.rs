//! The ports over AWS's interfaces: separate queues and a table for every case, and the real clock.

use std::{marker::PhantomData, time::Duration};

use aws::{
    Clients, DynamoDbTaskRecords, SqsTaskQueue,
    table::{NEEDS_ATTENTION, NEEDS_ATTENTION_AT, NEEDS_ATTENTION_INDEX, TASK_ID},
};
use aws_sdk_dynamodb::{
    operation::create_table::builders::CreateTableFluentBuilder,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType,
    },
};
use aws_sdk_sqs::types::QueueAttributeName;
use chrono::Utc;
use shared::Timestamp;

use crate::{
    host::{Host, Terms},
    resources::Resources,
    under_test::{QueueUnderTest, RecordsUnderTest, UnderTest},
};

const MAX_RECEIVE_COUNT: u32 = 3;

/// A FIFO queue with its dead-letter queue.
pub struct Queues<H> {
    pub resources: Resources,
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
    resources: Resources,
    records: DynamoDbTaskRecords,
    host: PhantomData<H>,
}

impl<H: Host> UnderTest for Queues<H> {
    const NAME: &'static str = H::NAME;
    const DEADLINE: Duration = H::TERMS.deadline;
    const LAG: Duration = H::TERMS.lag;
    const RUNS_LONG_CASES: bool = H::TERMS.runs_long_cases;

    async fn fresh() -> Self {
        let configuration = H::configuration().await;
        let resources = Resources::over(&configuration, &H::TERMS);
        let urls = resources.or_delete(create_queues(&resources, &H::TERMS)).await;
        let clients = Clients::over(&configuration);
        let [line, dead_letter_queue] = urls.each_ref().map(|url| clients.task_queue(url, "line"));
        Self { line, dead_letter_queue, resources, urls, host: PhantomData }
    }

    async fn clean_up(&self) -> Vec<String> {
        self.resources.delete_all().await
    }

    fn now(&self) -> Timestamp {
        Utc::now()
    }

    async fn pass(&self, seconds: u32) {
        pass::<H>(seconds).await;
    }
}

impl<H: Host> QueueUnderTest for Queues<H> {
    type Queue = SqsTaskQueue;
    const EMPTY_RECEIVE_SECONDS: u32 = H::TERMS.empty_receive_seconds;

    fn line(&self) -> &SqsTaskQueue {
        &self.line
    }

    fn dead_letter_queue(&self) -> &SqsTaskQueue {
        &self.dead_letter_queue
    }

    fn visibility_seconds(&self) -> u32 {
        H::TERMS.visibility_seconds
    }

    fn max_receive_count(&self) -> u32 {
        MAX_RECEIVE_COUNT
    }

    fn dedupe_slack_seconds(&self) -> u32 {
        H::TERMS.dedupe_slack_seconds
    }

    fn visibility_slack_seconds(&self) -> u32 {
        H::TERMS.visibility_slack_seconds
    }

    async fn hide_for_long(&self) {
        let long_seconds = 10 * H::TERMS.deadline.as_secs();
        for url in &self.urls {
            let change = self.resources.sqs.set_queue_attributes().queue_url(url);
            let change = change.attributes(QueueAttributeName::VisibilityTimeout, long_seconds.to_string());
            change.send().await.unwrap();
        }
        tokio::time::sleep(H::TERMS.propagation).await;
    }
}

impl<H: Host> UnderTest for Records<H> {
    const NAME: &'static str = H::NAME;
    const DEADLINE: Duration = H::TERMS.deadline;
    const LAG: Duration = H::TERMS.lag;
    const RUNS_LONG_CASES: bool = H::TERMS.runs_long_cases;

    async fn fresh() -> Self {
        let configuration = H::configuration().await;
        let resources = Resources::over(&configuration, &H::TERMS);
        let table = resources.or_delete(resources.table(as_the_infrastructure_makes_it)).await;
        let records = Clients::over(&configuration).task_records(table);
        Self { resources, records, host: PhantomData }
    }

    async fn clean_up(&self) -> Vec<String> {
        self.resources.delete_all().await
    }

    fn now(&self) -> Timestamp {
        Utc::now()
    }

    async fn pass(&self, seconds: u32) {
        pass::<H>(seconds).await;
    }
}

impl<H: Host> RecordsUnderTest for Records<H> {
    type Records = DynamoDbTaskRecords;

    fn records(&self) -> &DynamoDbTaskRecords {
        &self.records
    }
}

pub async fn pass<H: Host>(seconds: u32) {
    tokio::time::sleep(Duration::from_secs(seconds.into()) + H::TERMS.margin).await;
}

pub async fn arn_of(sqs: &aws_sdk_sqs::Client, queue_url: &str) -> String {
    let asked = sqs.get_queue_attributes().queue_url(queue_url).attribute_names(QueueAttributeName::QueueArn);
    asked.send().await.unwrap().attributes().unwrap()[&QueueAttributeName::QueueArn].clone()
}

/// The line and its dead-letter queue, by their URLs.
async fn create_queues(resources: &Resources, terms: &Terms) -> [String; 2] {
    let visibility = (QueueAttributeName::VisibilityTimeout, terms.visibility_seconds.to_string());
    let dead_letters = resources.queue("dead-letters", std::slice::from_ref(&visibility)).await;
    let arn = arn_of(&resources.sqs, &dead_letters).await;
    let redrive = serde_json::json!({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT});
    let redrive = (QueueAttributeName::RedrivePolicy, redrive.to_string());
    [resources.queue("line", &[visibility, redrive]).await, dead_letters]
}

/// `tests/tidy/table.rs` compares these names with those of the stacks.
fn as_the_infrastructure_makes_it(create: CreateTableFluentBuilder) -> CreateTableFluentBuilder {
    let attribute = |name, kind| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
    };
    let key = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let index = GlobalSecondaryIndex::builder()
        .index_name(NEEDS_ATTENTION_INDEX)
        .key_schema(key(NEEDS_ATTENTION, KeyType::Hash))
        .key_schema(key(NEEDS_ATTENTION_AT, KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .unwrap();
    create
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute(TASK_ID, ScalarAttributeType::S))
        .attribute_definitions(attribute(NEEDS_ATTENTION, ScalarAttributeType::S))
        .attribute_definitions(attribute(NEEDS_ATTENTION_AT, ScalarAttributeType::N))
        .key_schema(key(TASK_ID, KeyType::Hash))
        .global_secondary_indexes(index)
}
