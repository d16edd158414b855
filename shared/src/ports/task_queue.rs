//! The queue that carries tasks: one FIFO message group of SQS, or something that behaves as one.

use crate::{Delivery, Receipt, SequenceNumber, ports::PortError};

/// Whether a change of visibility took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// It did.
    Changed,
    /// The receipt is not the message's latest, or its visibility timed out, or the message is gone.
    Stale,
}

/// How many messages a queue holds, approximately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Not delivered, or delivered and timed out.
    pub waiting: u64,
    /// Delivered and neither deleted nor timed out.
    pub in_flight: u64,
}

/// The line, or its dead-letter queue.
///
/// Order is the order in which enqueues were taken, and rising sequence numbers say it. While a message is in flight
/// nothing behind it is delivered: this is what keeps the line in order through a failure.
pub trait TaskQueue: Send + Sync {
    /// Takes a message. On `Ok` it is durable and has its place.
    ///
    /// The same `dedupe_id` within five minutes MUST return the first place and add nothing, even when the first
    /// message was deleted since. `dedupe_id` is 1 to 128 of `a-zA-Z0-9` and the punctuation SQS allows.
    ///
    /// # Errors
    /// [`PortError`]: the message may have been taken all the same.
    fn enqueue(
        &self,
        body: &str,
        dedupe_id: &str,
    ) -> impl Future<Output = Result<SequenceNumber, PortError>> + Send;

    /// Delivers up to `max` (1 to 10) messages from the head, in order, and hides them for the queue's visibility
    /// time-out; waits up to `wait_seconds` (0 to 20) for the first. MUST deliver nothing while a message is in flight.
    ///
    /// A message whose visibility timed out is delivered again, in its old place and under a new receipt. One that was
    /// delivered as often as the queue's redrive policy allows goes to the dead-letter queue instead, at this moment
    /// and not earlier.
    ///
    /// # Errors
    /// [`PortError`]: messages may have been hidden all the same.
    fn receive(
        &self,
        max: u32,
        wait_seconds: u32,
    ) -> impl Future<Output = Result<Vec<Delivery>, PortError>> + Send;

    /// Deletes a delivered message. A stale receipt MUST delete nothing and is no error: the message comes again.
    ///
    /// # Errors
    /// [`PortError`]: it may be deleted all the same.
    fn delete(&self, receipt: &Receipt) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Hides a delivered message for `seconds` from now (0 to 43,200); 0 shows it at once. MUST NOT touch a message
    /// that was delivered again since.
    ///
    /// # Errors
    /// [`PortError`]: it may be changed all the same.
    fn change_visibility(
        &self,
        receipt: &Receipt,
        seconds: u32,
    ) -> impl Future<Output = Result<Visibility, PortError>> + Send;

    /// How much it holds.
    ///
    /// # Errors
    /// [`PortError`] when it can't be asked.
    fn depth(&self) -> impl Future<Output = Result<Depth, PortError>> + Send;

    /// Up to `limit` messages behind `after`, in order, without a delivery: nothing is hidden and nothing counted, and
    /// what is in flight is read too. Their receipts are no right to anything. None where a message can be read by
    /// receiving it only, as on SQS.
    ///
    /// # Errors
    /// [`PortError`] when it can't be asked.
    fn read(
        &self,
        after: Option<SequenceNumber>,
        limit: u32,
    ) -> impl Future<Output = Result<Option<Vec<Delivery>>, PortError>> + Send {
        let _ = (after, limit);
        async { Ok(None) }
    }

    /// Deletes a message that was [read](Self::read), whichever consumer has received it. One that is gone is no error.
    ///
    /// # Errors
    /// [`PortError`]: it may be deleted all the same.
    fn delete_read(&self, place: SequenceNumber) -> impl Future<Output = Result<(), PortError>> + Send {
        let _ = place;
        async { Ok(()) }
    }
}
