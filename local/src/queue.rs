//! The line and its dead-letter queue in SQLite, each with the semantics of an SQS FIFO queue with one message group:
//! while a message is in flight, nothing is delivered.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use rusqlite::Connection;
use shared::{
    Delivery, Receipt, SequenceNumber,
    ports::{Clock, Depth, PortError, TaskQueue, Visibility},
};

use crate::{
    Store, delivery,
    delivery::QueueTerms,
    durability::Durability,
    messages,
    pause::is_paused,
    queue_name::QueueName,
    visibility::{depth, is_deliverable},
};

/// How often to check for changes by other processes: only this process's own commits are signalled.
const POLL_INTERVAL: Duration = Duration::from_millis(25);

/// Whether a paused line counts as one without messages. A pause stops the worker, as it stops the event source mapping on
/// AWS; a receive by an operator's command still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PausePolicy {
    Respect,
    Ignore,
}

/// A queue of the pipeline.
#[derive(Clone)]
pub struct SqliteTaskQueue {
    store: Store,
    clock: Arc<dyn Clock>,
    name: QueueName,
    terms: QueueTerms,
}

impl SqliteTaskQueue {
    /// The line.
    pub fn line(store: Store, clock: Arc<dyn Clock>, terms: QueueTerms) -> Self {
        Self { store, clock, name: QueueName::Line, terms }
    }

    /// The dead-letter queue of the line.
    pub fn dead_letters(store: Store, clock: Arc<dyn Clock>, terms: QueueTerms) -> Self {
        Self { store, clock, name: QueueName::DeadLetters, terms }
    }

    /// Receives up to `max` messages, or none while the line is paused. Both are decided in one transaction, so no delivery
    /// begins after a pause is committed.
    pub(crate) async fn receive_unless_paused(&self, max: u32) -> Result<Vec<Delivery>, PortError> {
        let (name, terms, now) = (self.name, self.terms, self.clock.now());
        self.store
            .write(name.durability_of_deliveries(), move |connection| match is_paused(connection)? {
                true => Ok(Vec::new()),
                false => delivery::receive(connection, name, terms, max, now),
            })
            .await
    }

    /// Returns when a receive would deliver a message.
    pub(crate) async fn wait(&self, pause: PausePolicy) -> Result<(), PortError> {
        let mut commits = self.store.commits();
        commits.mark_unchanged();
        loop {
            let (name, now) = (self.name, self.clock.now());
            let is_ready = move |connection: &Connection| {
                let is_held_back = pause == PausePolicy::Respect && is_paused(connection)?;
                Ok(!is_held_back && is_deliverable(connection, name, now)?)
            };
            if self.store.read(is_ready).await? {
                return Ok(());
            }
            let _ = tokio::time::timeout(POLL_INTERVAL, commits.changed()).await;
        }
    }
}

impl TaskQueue for SqliteTaskQueue {
    async fn enqueue(&self, body: &str, dedupe_id: &str) -> Result<SequenceNumber, PortError> {
        let (name, now) = (self.name, self.clock.now());
        let (body, dedupe_id) = (body.to_owned(), dedupe_id.to_owned());
        let enqueue =
            move |connection: &Connection| messages::enqueue(connection, name, &body, &dedupe_id, now);
        self.store.write(Durability::Synced, enqueue).await
    }

    async fn receive(&self, max: u32, wait_seconds: u32) -> Result<Vec<Delivery>, PortError> {
        let (name, terms) = (self.name, self.terms);
        let until = self.clock.now() + TimeDelta::seconds(i64::from(wait_seconds));
        loop {
            let now = self.clock.now();
            let receive = move |connection: &Connection| delivery::receive(connection, name, terms, max, now);
            let deliveries = self.store.write(name.durability_of_deliveries(), receive).await?;
            if !deliveries.is_empty() || now >= until {
                return Ok(deliveries);
            }
            tokio::select! {
                waited = self.wait(PausePolicy::Ignore) => waited?,
                () = self.clock.sleep_until(until) => {}
            }
        }
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), PortError> {
        let (name, now, receipt) = (self.name, self.clock.now(), receipt.clone());
        let delete = move |connection: &Connection| delivery::delete(connection, name, &receipt, now);
        self.store.write(name.durability_of_deliveries(), delete).await
    }

    async fn change_visibility(&self, receipt: &Receipt, seconds: u32) -> Result<Visibility, PortError> {
        let (name, now, receipt) = (self.name, self.clock.now(), receipt.clone());
        let visible_at = now + TimeDelta::seconds(i64::from(seconds));
        let hide =
            move |connection: &Connection| delivery::hide_until(connection, name, &receipt, visible_at, now);
        let changed = self.store.write(name.durability_of_deliveries(), hide).await?;
        Ok(if changed == 0 { Visibility::Stale } else { Visibility::Changed })
    }

    async fn depth(&self) -> Result<Depth, PortError> {
        let (name, now) = (self.name, self.clock.now());
        self.store.read(move |connection| depth(connection, name, now)).await
    }

    async fn read(
        &self,
        after: Option<SequenceNumber>,
        limit: u32,
    ) -> Result<Option<Vec<Delivery>>, PortError> {
        let name = self.name;
        self.store.read(move |connection| messages::read(connection, name, after, limit)).await.map(Some)
    }

    async fn delete_read(&self, number: SequenceNumber) -> Result<(), PortError> {
        let name = self.name;
        let delete = move |connection: &Connection| messages::delete(connection, name, number);
        self.store.write(Durability::Synced, delete).await
    }
}

#[cfg(test)]
mod tests;
