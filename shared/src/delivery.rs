//! One delivery of a message: what SQS says about it beside its body.

use serde::{Deserialize, Serialize};

use crate::{SequenceNumber, Timestamp};

/// The right to delete one delivered message or to change when it is seen again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Receipt(String);

impl Receipt {
    /// A receipt as the queue gave it.
    pub fn new(handle: impl Into<String>) -> Self {
        Self(handle.into())
    }

    /// The handle as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A message as it was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The queue's own id of the message; another one after a native redrive, so never a key for idempotency.
    pub message_id: String,
    /// The right to this delivery.
    pub receipt: Receipt,
    /// Its place in the line.
    pub sequence_number: SequenceNumber,
    /// How often the queue delivered it: for diagnosis and the queue's own backstop, never an attempt number.
    pub receive_count: u32,
    /// When the queue took it.
    pub sent_at: Timestamp,
    /// Its body, as it was sent.
    pub body: String,
}
