//! The port to a queue of tasks: one FIFO message group of SQS, or an equivalent.

use crate::{Delivery, Receipt, SequenceNumber, ports::PortError};

/// Whether a change of visibility was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// It was made.
    Changed,
    /// It was not: the receipt is not the message's latest, its visibility timed out, or the message is deleted.
    Stale,
}

/// The approximate numbers of messages in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Visible messages: not delivered, or delivered and timed out.
    pub waiting: u64,
    /// Messages in flight: delivered, and neither deleted nor timed out.
    pub in_flight: u64,
}

/// The line, or its dead-letter queue.
///
/// Messages are delivered in the order of their sequence numbers, which is the order in which they were enqueued. While a
/// message is in flight, no message behind it is delivered, which keeps the order after a failure.
pub trait TaskQueue: Send + Sync {
    /// Enqueues a message. On `Ok` the message is durable and has a sequence number.
    ///
    /// A second call with the same `dedupe_id` within five minutes MUST return the first sequence number and add no message,
    /// even if the first message was deleted. `dedupe_id` is 1 to 128 characters of `a-zA-Z0-9` and the punctuation that SQS
    /// allows.
    ///
    /// # Errors
    /// [`PortError`]: the message may have been enqueued anyway.
    fn enqueue(
        &self,
        body: &str,
        dedupe_id: &str,
    ) -> impl Future<Output = Result<SequenceNumber, PortError>> + Send;

    /// Delivers up to `max` (1 to 10) messages from the head, in order, and hides them for the queue's visibility
    /// timeout; waits up to `wait_seconds` (0 to 20) for the first. MUST deliver nothing while a message is in flight.
    ///
    /// A message whose visibility timed out is delivered again, with the same sequence number and a new receipt. A message
    /// that was delivered as often as the queue's redrive policy allows goes to the dead-letter queue instead, at this call
    /// and not earlier.
    ///
    /// # Errors
    /// [`PortError`]: messages may have been hidden anyway.
    fn receive(
        &self,
        max: u32,
        wait_seconds: u32,
    ) -> impl Future<Output = Result<Vec<Delivery>, PortError>> + Send;

    /// Deletes a delivered message. A stale receipt MUST delete nothing and is no error: the message is redelivered.
    ///
    /// # Errors
    /// [`PortError`]: the message may be deleted anyway.
    fn delete(&self, receipt: &Receipt) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Hides a delivered message for `seconds` from now (0 to 43,200); 0 makes it visible at once. MUST NOT change a message
    /// that was delivered again since.
    ///
    /// # Errors
    /// [`PortError`]: the visibility may be changed anyway.
    fn change_visibility(
        &self,
        receipt: &Receipt,
        seconds: u32,
    ) -> impl Future<Output = Result<Visibility, PortError>> + Send;

    /// The approximate numbers of messages.
    ///
    /// # Errors
    /// [`PortError`].
    fn depth(&self) -> impl Future<Output = Result<Depth, PortError>> + Send;

    /// Reads up to `limit` messages behind `after`, in order, without delivering them: no message is hidden, no receive is
    /// counted, and messages in flight are read too. Their receipts can't be used. `None` if the queue can't read without
    /// receiving, like SQS.
    ///
    /// # Errors
    /// [`PortError`].
    fn read(
        &self,
        after: Option<SequenceNumber>,
        limit: u32,
    ) -> impl Future<Output = Result<Option<Vec<Delivery>>, PortError>> + Send {
        let _ = (after, limit);
        async { Ok(None) }
    }

    /// Deletes a message that was [read](Self::read), even if a consumer has received it. A message that is deleted already is
    /// no error.
    ///
    /// # Errors
    /// [`PortError`]: the message may be deleted anyway.
    fn delete_read(
        &self,
        sequence_number: SequenceNumber,
    ) -> impl Future<Output = Result<(), PortError>> + Send {
        let _ = sequence_number;
        async { Ok(()) }
    }
}
