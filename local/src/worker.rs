//! The worker: receives, hands each message to the processor as the event Lambda would get, and deletes what is done.

use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join;
use processor::{Invocation, Processor, sqs_event};
use shared::{
    Delivery, Receipt, Timestamp,
    ports::{Clock, PortError, TaskQueue},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use uuid::Uuid;

use crate::{SqliteTaskQueue, SqliteTaskRecords, clock_watch::ClockWatch, expiry, queue::Pause};

/// As the event source mapping is deployed on AWS.
const BATCH_SIZE: u32 = 1;
/// How long the worker waits when the file can't be used.
const OUTAGE_SECONDS: i64 = 1;

/// What the worker works with.
pub(crate) struct Worker {
    pub line: SqliteTaskQueue,
    pub records: SqliteTaskRecords,
    pub processor: Processor<SqliteTaskRecords, SqliteTaskQueue>,
    pub clock: Arc<dyn Clock>,
}

impl Worker {
    /// Works until `stop`, and then to the end of the task in hand.
    pub async fn work(self, stop: CancellationToken) {
        let mut look_for_expired_at = self.clock.now();
        let mut clock_watch = ClockWatch::default();
        let mut in_hand = Vec::new();
        while !stop.is_cancelled() || !in_hand.is_empty() {
            clock_watch.check(&*self.clock);
            if self.clock.now() >= look_for_expired_at {
                look_for_expired_at = self.clock.now() + expiry::INTERVAL;
                self.delete_expired().await;
            }
            in_hand = match self.step(in_hand, look_for_expired_at, &stop).await {
                Ok(received) => received,
                Err(error) => {
                    error!(
                        error = &error as &dyn std::error::Error,
                        "failed to work the line; will try again"
                    );
                    let again_at = self.clock.now() + TimeDelta::seconds(OUTAGE_SECONDS);
                    stop.run_until_cancelled(self.clock.sleep_until(again_at)).await;
                    Vec::new()
                }
            };
        }
    }

    /// Works off what is in hand, and takes what comes next; waits for that until `wait_until` at the most.
    async fn step(
        &self,
        in_hand: Vec<Delivery>,
        wait_until: Timestamp,
        stop: &CancellationToken,
    ) -> Result<Vec<Delivery>, PortError> {
        if in_hand.is_empty() {
            let received = self.line.receive_unless_paused(BATCH_SIZE).await?;
            if received.is_empty() {
                tokio::select! {
                    waited = self.line.wait(Pause::Heeded) => waited?,
                    () = self.clock.sleep_until(wait_until) => {}
                    () = stop.cancelled() => {}
                }
            }
            return Ok(received);
        }
        let done = self.process(in_hand).await?;
        if stop.is_cancelled() {
            self.delete(&done).await;
            return Ok(Vec::new());
        }
        // Asked for together, they share a commit as a rule; the delete comes first, or it would lock the line.
        join(self.delete(&done), self.line.receive_unless_paused(BATCH_SIZE)).await.1
    }

    /// Returns the receipts of what is done with.
    async fn process(&self, deliveries: Vec<Delivery>) -> Result<Vec<Receipt>, PortError> {
        let receipts: Vec<_> = deliveries
            .iter()
            .map(|delivery| (delivery.message_id.clone(), delivery.receipt.clone()))
            .collect();
        let event = sqs_event(deliveries);
        let invocation = Invocation { request_id: Uuid::new_v4().to_string(), trace_id: None };
        let response = self
            .processor
            .process_batch(event, &invocation)
            .await
            .map_err(|error| PortError::unavailable("the processor", error))?;
        let undone: Vec<_> =
            response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
        let is_done = |(message_id, _): &(String, Receipt)| !undone.contains(message_id);
        Ok(receipts.into_iter().filter(is_done).map(|(_, receipt)| receipt).collect())
    }

    /// A message that can't be deleted comes again, and is then acknowledged by what its record says.
    async fn delete(&self, receipts: &[Receipt]) {
        for receipt in receipts {
            if let Err(error) = self.line.delete(receipt).await {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "failed to delete a message that is done with"
                );
            }
        }
    }

    async fn delete_expired(&self) {
        if let Err(error) = self.records.delete_expired(self.clock.now()).await {
            warn!(error = &error as &dyn std::error::Error, "failed to delete expired records");
        }
    }
}
