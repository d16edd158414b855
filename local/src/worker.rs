//! The worker: receives, hands each message to the processor as Lambda would, and does what is next with it.

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

use crate::{SqliteTaskQueue, SqliteTaskRecords, clock_watch::ClockWatch, expiry, queue::Pause};

/// How long the worker waits when the file can't be used.
const OUTAGE_SECONDS: i64 = 1;

/// What the worker works with.
pub(crate) struct Worker {
    pub line: SqliteTaskQueue,
    pub records: SqliteTaskRecords,
    pub processor: Processor<SqliteTaskRecords, SqliteTaskQueue>,
    pub clock: Arc<dyn Clock>,
}

/// A message that was processed, and that the queue is not told of yet.
struct Processed {
    delivery: Delivery,
    next: Next,
    at: Timestamp,
}

impl Worker {
    /// Works until `stop`, and then to the end of the task in hand.
    pub async fn work(self, stop: CancellationToken) {
        let mut look_for_expired_at = self.clock.now();
        let mut clock_watch = ClockWatch::default();
        let mut in_hand = None;
        while !stop.is_cancelled() || in_hand.is_some() {
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
                    self.sit_out(&stop).await;
                    None
                }
            };
        }
    }

    /// Works off what is in hand, and takes what comes next; waits for that until `wait_until` at the most.
    async fn step(
        &self,
        in_hand: Option<Delivery>,
        wait_until: Timestamp,
        stop: &CancellationToken,
    ) -> Result<Option<Delivery>, PortError> {
        if let Some(delivery) = in_hand {
            let processed = self.process(delivery).await;
            return self.go_on_from(processed, stop).await;
        }
        let received = self.receive().await?;
        if received.is_none() {
            tokio::select! {
                waited = self.line.wait(Pause::Heeded) => waited?,
                () = self.clock.sleep_until(wait_until) => {}
                () = stop.cancelled() => {}
            }
        }
        Ok(received)
    }

    /// One at a time, as the event source mapping is deployed on AWS.
    async fn receive(&self) -> Result<Option<Delivery>, PortError> {
        self.line.receive_unless_paused(1).await.map(|received| received.into_iter().next())
    }

    async fn process(&self, delivery: Delivery) -> Processed {
        let invocation = Invocation { request_id: Uuid::new_v4().to_string(), xray_trace_id: None };
        let next = self.processor.process(&delivery, &invocation).await;
        Processed { delivery, next, at: self.clock.now() }
    }

    /// Takes what comes next once the queue was told what becomes of this.
    async fn go_on_from(
        &self,
        processed: Processed,
        stop: &CancellationToken,
    ) -> Result<Option<Delivery>, PortError> {
        if stop.is_cancelled() {
            self.settle(&processed).await;
            return Ok(None);
        }
        let (is_settled, received) = match processed.next {
            // Asked for together, they share a commit as a rule; the delete comes first, or it would lock the line.
            Next::Acknowledge => join(self.settle(&processed), self.receive()).await,
            // Before it is settled, a receive would find nothing, or this message again by its visibility.
            Next::RetryAfter { .. } | Next::KeepHidden => (self.settle(&processed).await, Ok(None)),
        };
        if is_settled {
            return received;
        }
        self.settle_at_last(&processed, stop).await;
        // Whatever the receive failed by is over too.
        Ok(received.unwrap_or_default())
    }

    /// Tries until it is done. On AWS a message that the queue was not told of comes again by itself, and the line waits
    /// for that; here nobody but this worker is in the way of telling it.
    async fn settle_at_last(&self, processed: &Processed, stop: &CancellationToken) {
        while self.sit_out(stop).await.is_some() {
            if self.settle(processed).await {
                return;
            }
        }
    }

    /// Whether the queue now knows what becomes of the message.
    async fn settle(&self, processed: &Processed) -> bool {
        let Processed { delivery, next, at } = processed;
        let settled = match next {
            Next::Acknowledge => self.line.delete(&delivery.receipt).await,
            Next::RetryAfter { after_seconds } => self.show_again(delivery, *at, *after_seconds).await,
            Next::KeepHidden => Ok(()),
        };
        if let Err(error) = &settled {
            warn!(
                error = error as &dyn std::error::Error,
                ?next,
                "failed to tell the queue what becomes of a message"
            );
        }
        settled.is_ok()
    }

    /// Counts the wait from when it was decided, however long it took to get here.
    async fn show_again(
        &self,
        delivery: &Delivery,
        decided_at: Timestamp,
        after_seconds: u32,
    ) -> Result<(), PortError> {
        self.let_go(delivery).await?;
        let passed = (self.clock.now() - decided_at).num_seconds().max(0);
        let left = after_seconds.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX));
        self.line.change_visibility(&delivery.receipt, left).await.map(drop)
    }

    /// Ends the claim of a run that could not record its own end, or the line would wait for the lease: nobody else runs
    /// anything here. Whoever changes the record at the same time has ended the claim.
    async fn let_go(&self, delivery: &Delivery) -> Result<(), PortError> {
        let Some(record) = self.records.find(Arrival::read(delivery).task_id()).await? else {
            return Ok(());
        };
        let Some(lapsed) = lifecycle::lapse(&record, self.clock.now()) else {
            return Ok(());
        };
        self.records.write(&lapsed, Expected::Revision(record.revision)).await.map(drop)
    }

    /// Waits a little for the file to be usable again; nothing once told to stop.
    async fn sit_out(&self, stop: &CancellationToken) -> Option<()> {
        let again_at = self.clock.now() + TimeDelta::seconds(OUTAGE_SECONDS);
        stop.run_until_cancelled(self.clock.sleep_until(again_at)).await
    }

    async fn delete_expired(&self) {
        if let Err(error) = self.records.delete_expired(self.clock.now()).await {
            warn!(error = &error as &dyn std::error::Error, "failed to delete expired records");
        }
    }
}
