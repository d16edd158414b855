//! The delivery switch over AWS's interfaces. Its mapping delivers from a separate queue, because a case receives the
//! line's messages directly: only the switch is under test here.

use aws::{DynamoDbTaskRecords, EventSourceMapping, SqsTaskQueue};
use aws_sdk_lambda::{
    primitives::Blob,
    types::{FunctionCode, Runtime},
};
use chrono::TimeDelta;
use shared::Timestamp;

use crate::{
    host::Host,
    remote::{Queues, Records, arn_of, pass},
    under_test::{LineUnderTest, QueueUnderTest, RecordsUnderTest, UnderTest},
    unique::unique,
};

/// An empty archive: its end record (APPNOTE.TXT 4.3.16).
const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// Queues, a table, and a mapping with a function that is never called.
pub struct Line<H> {
    queues: Queues<H>,
    records: Records<H>,
    lambda: aws_sdk_lambda::Client,
    function: String,
    mapping: String,
    line: EventSourceMapping,
}

impl<H: Host> UnderTest for Line<H> {
    const NAME: &'static str = H::NAME;
    const DEADLINE: std::time::Duration = H::TERMS.deadline;
    const LAG: std::time::Duration = H::TERMS.lag;
    const RUNS_LONG_CASES: bool = H::TERMS.runs_long_cases;

    async fn fresh() -> Self {
        let (queues, records) = (Queues::fresh().await, Records::fresh().await);
        let configuration = H::configuration().await;
        let lambda = aws_sdk_lambda::Client::new(&configuration);
        let function = create_function(&lambda).await;
        let deliveries = queues.resources.queue("deliveries", &[]).await;
        let mapping = lambda
            .create_event_source_mapping()
            .event_source_arn(arn_of(&queues.resources.sqs, &deliveries).await)
            .function_name(&function)
            .batch_size(1)
            .send()
            .await
            .unwrap();
        let mapping = mapping.uuid.unwrap();
        let line = EventSourceMapping::new(&configuration, &mapping, queues.line.clone());
        Self { queues, records, lambda, function, mapping, line }
    }

    async fn clean_up(&self) -> Vec<String> {
        self.lambda.delete_event_source_mapping().uuid(&self.mapping).send().await.unwrap();
        self.lambda.delete_function().function_name(&self.function).send().await.unwrap();
        [self.queues.clean_up().await, self.records.clean_up().await].concat()
    }

    fn now(&self) -> Timestamp {
        self.queues.now()
    }

    async fn pass(&self, seconds: u32) {
        pass::<H>(seconds).await;
    }
}

impl<H: Host> QueueUnderTest for Line<H> {
    type Queue = SqsTaskQueue;

    fn line(&self) -> &SqsTaskQueue {
        self.queues.line()
    }

    fn dead_letter_queue(&self) -> &SqsTaskQueue {
        self.queues.dead_letter_queue()
    }

    fn visibility_seconds(&self) -> u32 {
        self.queues.visibility_seconds()
    }

    fn max_receive_count(&self) -> u32 {
        self.queues.max_receive_count()
    }

    fn dedupe_slack_seconds(&self) -> u32 {
        self.queues.dedupe_slack_seconds()
    }

    fn visibility_slack_seconds(&self) -> u32 {
        self.queues.visibility_slack_seconds()
    }

    async fn hide_for_long(&self) {
        self.queues.hide_for_long().await;
    }
}

impl<H: Host> RecordsUnderTest for Line<H> {
    type Records = DynamoDbTaskRecords;

    fn records(&self) -> &DynamoDbTaskRecords {
        self.records.records()
    }
}

impl<H: Host> LineUnderTest for Line<H> {
    type Line = EventSourceMapping;

    fn line_as_a_whole(&self) -> &EventSourceMapping {
        &self.line
    }

    fn head_tolerance(&self) -> TimeDelta {
        TimeDelta::zero()
    }
}

async fn create_function(lambda: &aws_sdk_lambda::Client) -> String {
    let function = unique("processor");
    lambda
        .create_function()
        .function_name(&function)
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .role("arn:aws:iam::000000000000:role/processor")
        .code(FunctionCode::builder().zip_file(Blob::new(EMPTY_ZIP)).build())
        .send()
        .await
        .unwrap();
    function
}
