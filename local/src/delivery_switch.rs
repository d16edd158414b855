//! Pauses and resumes the line, and reports its status.

use std::sync::Arc;

use rusqlite::Connection;
use shared::{
    AuditEntry, EncodingError, Timestamp,
    ports::{Clock, DeliverySwitch, LineStatus, PortError, Switched},
};

use crate::{
    Store,
    durability::Durability,
    head::{self, LineStart},
    pause,
    queue_name::QueueName,
    throughput::{self, Throughput},
    visibility::depth,
};

/// `completed_last_minute` counts the current second and the 59 before it.
const EARLIER_SECONDS: i64 = 59;

/// The switch is a row of the data file, so it survives restarts.
#[derive(Clone)]
pub struct SqliteDeliverySwitch {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl SqliteDeliverySwitch {
    /// The switch of the line in `store`.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// What was completed since then, second by second, without the seconds in which nothing was.
    ///
    /// # Errors
    /// [`PortError`] when the file can't be read.
    pub async fn throughput(&self, since: Timestamp) -> Result<Vec<Throughput>, PortError> {
        let now = self.clock.now();
        self.store.read(move |connection| throughput::by_second(connection, since, now)).await
    }

    /// The last [`AUDIT_ENTRIES_KEPT`](shared::limits::AUDIT_ENTRIES_KEPT) pauses and resumes, newest last.
    ///
    /// # Errors
    /// [`PortError`] when the file can't be read.
    pub async fn changes(&self) -> Result<Vec<AuditEntry>, PortError> {
        self.store.read(pause::history).await
    }

    async fn switch(&self, paused: bool, why: &AuditEntry) -> Result<Switched, PortError> {
        let entry =
            serde_json::to_string(why).map_err(|error| EncodingError::new("an audit entry", error))?;
        let switch = move |connection: &Connection| pause::switch(connection, paused, &entry);
        self.store.write(Durability::Synced, switch).await
    }
}

impl DeliverySwitch for SqliteDeliverySwitch {
    async fn status(&self) -> Result<LineStatus, PortError> {
        let now = self.clock.now();
        // One transaction, so that the values agree with each other.
        self.store.read(move |connection| status(&*connection.unchecked_transaction()?, now)).await
    }

    async fn pause(&self, why: &AuditEntry) -> Result<Switched, PortError> {
        self.switch(true, why).await
    }

    async fn resume(&self, why: &AuditEntry) -> Result<Switched, PortError> {
        self.switch(false, why).await
    }
}

/// The message of a finished task stays in the queue until it is deleted. Such a task has left the line, so it is neither
/// counted nor the head.
fn status(connection: &Connection, now: Timestamp) -> rusqlite::Result<LineStatus> {
    let depth = depth(connection, QueueName::Line, now)?;
    let LineStart { head, finished, finished_in_flight } = head::find(connection, now)?;
    let first_second = Timestamp::from_timestamp_secs(now.timestamp() - EARLIER_SECONDS).unwrap_or(now);
    Ok(LineStatus {
        running: None,
        paused: pause::is_paused(connection)?,
        waiting: depth.waiting - (finished - finished_in_flight),
        in_flight: depth.in_flight - finished_in_flight,
        head_enqueued_at: head.as_ref().map(|message| message.sent_at),
        head: head.map(|message| message.head),
        completed_last_minute: Some(throughput::completed_since(connection, first_second, now)?),
    })
}
