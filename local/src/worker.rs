//! The worker: receives messages, passes each to the processor as Lambda would, and settles it with the queue.

use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join;
use processor::{Invocation, Next, Processor};
use shared::{
    Delivery, Timestamp,
    lifecycle::{self, Arrival},
    ports::{Clock, Expected, PortError, TaskQueue, TaskRecords},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use uuid::Uuid;

use crate::{SqliteTaskQueue, SqliteTaskRecords, clock_watch::ClockWatch, expiry, queue::PausePolicy};

/// How long the worker waits before it uses the file again after an error.
const OUTAGE_SECONDS: i64 = 1;

pub(crate) struct Worker {
    pub line: SqliteTaskQueue,
    pub records: SqliteTaskRecords,
    pub processor: Processor<SqliteTaskRecords, SqliteTaskQueue>,
    pub clock: Arc<dyn Clock>,
}

/// A message that was processed and isn't settled yet.
struct ProcessedMessage {
    delivery: Delivery,
    next: Next,
    decided_at: Timestamp,
}

impl Worker {
    /// Works until `stop`, and then finishes the current task.
    pub async fn work(self, stop: CancellationToken) {
        let mut delete_expired_at = self.clock.now();
        let mut clock_watch = ClockWatch::default();
        let mut current = None;
        while !stop.is_cancelled() || current.is_some() {
            clock_watch.check(&*self.clock);
            if self.clock.now() >= delete_expired_at {
                delete_expired_at = self.clock.now() + expiry::INTERVAL;
                self.delete_expired().await;
            }
            current = match self.step(current, delete_expired_at, &stop).await {
                Ok(received) => received,
                Err(error) => {
                    error!(
                        error = &error as &dyn std::error::Error,
                        "failed to receive from the line; will try again"
                    );
                    self.back_off(&stop).await;
                    None
                }
            };
        }
    }

    /// Processes the current message and receives the next one, waiting for it until `wait_until` at most.
    async fn step(
        &self,
        current: Option<Delivery>,
        wait_until: Timestamp,
        stop: &CancellationToken,
    ) -> Result<Option<Delivery>, PortError> {
        if let Some(delivery) = current {
            let processed = self.process(delivery).await;
            return self.settle_and_receive(processed, stop).await;
        }
        let received = self.receive().await?;
        if received.is_none() {
            tokio::select! {
                waited = self.line.wait(PausePolicy::Respect) => waited?,
                () = self.clock.sleep_until(wait_until) => {}
                () = stop.cancelled() => {}
            }
        }
        Ok(received)
    }

    /// One message at a time, like the event source mapping on AWS.
    async fn receive(&self) -> Result<Option<Delivery>, PortError> {
        self.line.receive_unless_paused(1).await.map(|received| received.into_iter().next())
    }

    async fn process(&self, delivery: Delivery) -> ProcessedMessage {
        let invocation = Invocation { request_id: Uuid::new_v4().to_string(), xray_trace_id: None };
        let next = self.processor.process(&delivery, &invocation).await;
        ProcessedMessage { delivery, next, decided_at: self.clock.now() }
    }

    /// Settles the message and receives the next one.
    async fn settle_and_receive(
        &self,
        processed: ProcessedMessage,
        stop: &CancellationToken,
    ) -> Result<Option<Delivery>, PortError> {
        if stop.is_cancelled() {
            self.settle(&processed).await;
            return Ok(None);
        }
        let (is_settled, received) = match processed.next {
            // Requested together, the two usually share a commit. The delete comes first: until then nothing is delivered.
            Next::Acknowledge => join(self.settle(&processed), self.receive()).await,
            // A receive before the change would find nothing, or this message again once its visibility times out.
            Next::RetryAfter { .. } | Next::KeepHidden => (self.settle(&processed).await, Ok(None)),
        };
        if is_settled {
            return received;
        }
        self.settle_with_retries(&processed, stop).await;
        // The file is usable again, so an error of that receive doesn't matter any more.
        Ok(received.unwrap_or_default())
    }

    /// Settles the message, however often that fails. On AWS a message that wasn't settled is redelivered after its
    /// visibility timeout; here the worker can try again at once.
    async fn settle_with_retries(&self, processed: &ProcessedMessage, stop: &CancellationToken) {
        while self.back_off(stop).await.is_some() {
            if self.settle(processed).await {
                return;
            }
        }
    }

    /// Returns whether the message is settled.
    async fn settle(&self, processed: &ProcessedMessage) -> bool {
        let ProcessedMessage { delivery, next, decided_at } = processed;
        let settled = match next {
            Next::Acknowledge => self.line.delete(&delivery.receipt).await,
            Next::RetryAfter { after_seconds } => {
                self.retry_after(delivery, *decided_at, *after_seconds).await
            }
            Next::KeepHidden => Ok(()),
        };
        if let Err(error) = &settled {
            warn!(
                error = error as &dyn std::error::Error,
                ?next,
                "failed to settle a message with the queue"
            );
        }
        settled.is_ok()
    }

    /// Counts `after_seconds` from the decision, not from now.
    async fn retry_after(
        &self,
        delivery: &Delivery,
        decided_at: Timestamp,
        after_seconds: u32,
    ) -> Result<(), PortError> {
        self.end_claim(delivery).await?;
        let passed = (self.clock.now() - decided_at).num_seconds().max(0);
        let left = after_seconds.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX));
        self.line.change_visibility(&delivery.receipt, left).await.map(drop)
    }

    /// Ends the claim of a run that could not record its end. Otherwise the line would wait for the lease, although no other
    /// process can run the task. If the record changes at the same time, that change has ended the claim.
    async fn end_claim(&self, delivery: &Delivery) -> Result<(), PortError> {
        let Some(record) = self.records.find(Arrival::read(delivery).task_id()).await? else {
            return Ok(());
        };
        let Some(lapsed) = lifecycle::lapse(&record, self.clock.now()) else {
            return Ok(());
        };
        self.records.write(&lapsed, Expected::Revision(record.revision)).await.map(drop)
    }

    /// Waits for [`OUTAGE_SECONDS`]; returns `None` when `stop` comes first.
    async fn back_off(&self, stop: &CancellationToken) -> Option<()> {
        let again_at = self.clock.now() + TimeDelta::seconds(OUTAGE_SECONDS);
        stop.run_until_cancelled(self.clock.sleep_until(again_at)).await
    }

    async fn delete_expired(&self) {
        if let Err(error) = self.records.delete_expired(self.clock.now()).await {
            warn!(error = &error as &dyn std::error::Error, "failed to delete expired records");
        }
    }
}
