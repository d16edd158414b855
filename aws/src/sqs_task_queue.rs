//! One ordered line in SQS: a FIFO queue with a single message group.
//!
//! SQS itself keeps the promises of the port: the message group keeps the order and locks the line, the dedupe id
//! removes duplicate sends, and the redrive policy moves messages to the dead-letter queue.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use aws_config::SdkConfig;
use aws_sdk_sqs::{
    Client,
    config::Builder,
    error::SdkError,
    types::{Message, MessageSystemAttributeName, QueueAttributeName},
};
use chrono::DateTime;
use shared::{
    Delivery, Receipt, SequenceNumber,
    ports::{Depth, PortError, TaskQueue, Visibility},
};

use crate::{
    configuration::while_waiting,
    port_error::{is_stale_receipt, port_error},
};

const QUEUE: &str = "the queue";
/// Attributes that SQS only returns on request.
const MESSAGE_ATTRIBUTES: [MessageSystemAttributeName; 3] = [
    MessageSystemAttributeName::SequenceNumber,
    MessageSystemAttributeName::ApproximateReceiveCount,
    MessageSystemAttributeName::SentTimestamp,
];

/// A field of the answer is missing or can't be parsed.
#[derive(Debug, thiserror::Error)]
#[error("SQS answered without a readable {0}; is the queue a FIFO queue?")]
struct InvalidField(&'static str);

type MakeClient = Box<dyn FnOnce() -> Client + Send>;

/// A FIFO queue in SQS. Its visibility timeout and its receive count limit are attributes of the queue.
#[derive(Debug, Clone)]
pub struct SqsTaskQueue {
    /// Created by the first call, which a processor makes only after a failure.
    client: Arc<LazyLock<Client, MakeClient>>,
    queue_url: String,
    message_group: String,
}

impl SqsTaskQueue {
    pub(crate) fn new(configuration: &SdkConfig, queue_url: String, message_group: String) -> Self {
        let configuration = configuration.clone();
        let make: MakeClient = Box::new(move || Client::new(&configuration));
        Self { client: Arc::new(LazyLock::new(make)), queue_url, message_group }
    }
}

impl TaskQueue for SqsTaskQueue {
    async fn enqueue(&self, body: &str, dedupe_id: &str) -> Result<SequenceNumber, PortError> {
        let sent = self
            .client
            .send_message()
            .queue_url(&self.queue_url)
            .message_group_id(&self.message_group)
            .message_deduplication_id(dedupe_id)
            .message_body(body)
            .send()
            .await
            .map_err(|error| port_error(QUEUE, error))?;
        read(sent.sequence_number(), "sequence number")
    }

    async fn receive(&self, max: u32, wait_seconds: u32) -> Result<Vec<Delivery>, PortError> {
        // SQS keeps a long poll open for longer than any other call may take.
        let waiting = Duration::from_secs(wait_seconds.into());
        let limits = self.client.config().timeout_config().map(|limits| while_waiting(limits, waiting));
        let received = self
            .client
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(whole(max))
            .wait_time_seconds(whole(wait_seconds))
            .set_message_system_attribute_names(Some(MESSAGE_ATTRIBUTES.to_vec()))
            .customize()
            .config_override(Builder::new().set_timeout_config(limits).to_owned())
            .send()
            .await
            .map_err(|error| port_error(QUEUE, error))?;
        received.messages.unwrap_or_default().into_iter().map(delivery).collect()
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), PortError> {
        let delete =
            self.client.delete_message().queue_url(&self.queue_url).receipt_handle(receipt.as_str()).send();
        stale_or(delete.await.map(drop)).map(drop)
    }

    async fn change_visibility(&self, receipt: &Receipt, seconds: u32) -> Result<Visibility, PortError> {
        let change = self
            .client
            .change_message_visibility()
            .queue_url(&self.queue_url)
            .receipt_handle(receipt.as_str())
            .visibility_timeout(whole(seconds))
            .send();
        stale_or(change.await.map(drop))
    }

    async fn depth(&self) -> Result<Depth, PortError> {
        let attributes = self
            .client
            .get_queue_attributes()
            .queue_url(&self.queue_url)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            .send()
            .await
            .map_err(|error| port_error(QUEUE, error))?;
        let count = |name| {
            let value = attributes.attributes().and_then(|attributes| attributes.get(&name));
            read(value.map(String::as_str), "count of messages")
        };
        Ok(Depth {
            waiting: count(QueueAttributeName::ApproximateNumberOfMessages)?,
            in_flight: count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)?,
        })
    }
}

/// The result of a call with a receipt.
fn stale_or<E, R>(answer: Result<(), SdkError<E, R>>) -> Result<Visibility, PortError>
where
    E: aws_sdk_sqs::error::ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match answer {
        Ok(()) => Ok(Visibility::Changed),
        Err(error) if error.as_service_error().is_some_and(is_stale_receipt) => Ok(Visibility::Stale),
        Err(error) => Err(port_error(QUEUE, error)),
    }
}

fn delivery(message: Message) -> Result<Delivery, PortError> {
    let attribute =
        |name| message.attributes().and_then(|attributes| attributes.get(&name)).map(String::as_str);
    let sent_at: i64 = read(attribute(MessageSystemAttributeName::SentTimestamp), "time of sending")?;
    Ok(Delivery {
        sequence_number: read(attribute(MessageSystemAttributeName::SequenceNumber), "sequence number")?,
        receive_count: read(attribute(MessageSystemAttributeName::ApproximateReceiveCount), "receive count")?,
        sent_at: DateTime::from_timestamp_millis(sent_at).ok_or_else(|| invalid("time of sending"))?,
        message_id: message.message_id.ok_or_else(|| invalid("message id"))?,
        receipt: Receipt::new(message.receipt_handle.ok_or_else(|| invalid("receipt"))?),
        body: message.body.ok_or_else(|| invalid("body"))?,
    })
}

fn read<T: std::str::FromStr>(text: Option<&str>, name: &'static str) -> Result<T, PortError> {
    text.and_then(|text| text.parse().ok()).ok_or_else(|| invalid(name))
}

fn invalid(name: &'static str) -> PortError {
    PortError::unavailable(QUEUE, InvalidField(name))
}

/// The SDK's type for numbers. SQS refuses a number that is out of its range.
fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
