//! One delivery of a message: its body and what SQS reports with it.

use serde::{Deserialize, Serialize};

use crate::{SequenceNumber, Timestamp};

/// The handle of one delivery, with which its message is deleted or its visibility changed (SQS: receipt handle).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Receipt(String);

impl Receipt {
    /// A receipt that the queue returned.
    pub fn new(handle: impl Into<String>) -> Self {
        Self(handle.into())
    }

    /// The handle as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A delivered message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The queue's id of the message. It changes with a native redrive, so it is no idempotency key.
    pub message_id: String,
    /// The receipt of this delivery.
    pub receipt: Receipt,
    /// The message's position in the line.
    pub sequence_number: SequenceNumber,
    /// How many times the queue has delivered the message. Not an attempt number: deliveries that are not claimed count too.
    pub receive_count: u32,
    /// When the message was sent to the queue.
    pub sent_at: Timestamp,
    /// The body, as it was sent.
    pub body: String,
}
