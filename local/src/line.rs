//! The line of the pipeline in one file: how it stands, and its switch.

use std::sync::Arc;

use rusqlite::{Connection, types::Type};
use shared::{
    AuditEntry, EncodingError, Timestamp,
    limits::AUDIT_ENTRIES_KEPT,
    ports::{Clock, DeliverySwitch, Head, LineStatus, PortError, Switched},
};

use crate::{Store, durability::Durability, front, queue, records};

/// How many seconds the last minute has, of which the last is the running one.
const MINUTE: i64 = 60;

/// What was completed within one second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throughput {
    /// Which second: how many were over since 1970 when it began.
    pub second: i64,
    /// How many tasks.
    pub completed: u64,
    /// How long they had waited in the line for their run, all together.
    pub waited_seconds: f64,
}

/// The line and its switch, which stands in the file and so survives restarts.
#[derive(Clone)]
pub struct SqliteLine {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl SqliteLine {
    /// The line in `store`.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// What was completed since, second by second; a second without any is left out.
    ///
    /// # Errors
    /// [`PortError`] when the file can't be read.
    pub async fn throughput(&self, since: Timestamp) -> Result<Vec<Throughput>, PortError> {
        let now = self.clock.now();
        self.store.read(move |connection| records::throughput(connection, since, now)).await
    }

    /// A worker looks at the switch and receives in one transaction, so once this is committed no delivery begins.
    async fn switch(&self, paused: bool, why: &AuditEntry) -> Result<Switched, PortError> {
        let entry =
            serde_json::to_string(why).map_err(|error| EncodingError::new("an audit entry", error))?;
        self.store
            .write(Durability::Synced, move |connection| {
                let switched =
                    connection.execute("UPDATE line SET paused = ?1 WHERE paused <> ?1", [paused])?;
                if switched == 0 {
                    return Ok(Switched::Already);
                }
                keep_change(connection, &entry)?;
                Ok(Switched::Now)
            })
            .await
    }

    /// Who paused and resumed it, when and why: the last [`AUDIT_ENTRIES_KEPT`] changes, newest last.
    ///
    /// # Errors
    /// [`PortError`] when the file can't be read.
    pub async fn changes(&self) -> Result<Vec<AuditEntry>, PortError> {
        self.store.read(changes).await
    }
}

impl DeliverySwitch for SqliteLine {
    async fn status(&self) -> Result<LineStatus, PortError> {
        let now = self.clock.now();
        // As of one moment, so that the parts agree with each other.
        self.store.read(move |connection| status(&*connection.unchecked_transaction()?, now)).await
    }

    async fn pause(&self, why: &AuditEntry) -> Result<Switched, PortError> {
        self.switch(true, why).await
    }

    async fn resume(&self, why: &AuditEntry) -> Result<Switched, PortError> {
        self.switch(false, why).await
    }
}

/// A task that has come to its end stays in the queue until its message is deleted. It is in the line no more, and so
/// neither counted nor taken for the head.
fn status(connection: &Connection, now: Timestamp) -> rusqlite::Result<LineStatus> {
    let depth = queue::line_depth(connection, now)?;
    let front::Beginning { head, ended, ended_in_flight } = front::beginning(connection, now)?;
    let first_second = Timestamp::from_timestamp_secs(now.timestamp() - (MINUTE - 1)).unwrap_or(now);
    Ok(LineStatus {
        running: None,
        paused: is_paused(connection)?,
        waiting: depth.waiting - (ended - ended_in_flight),
        in_flight: depth.in_flight - ended_in_flight,
        head_enqueued_at: head.as_ref().map(|head| head.sent_at),
        head: head.map(|front::Waiting { task_id, record, hidden_until, .. }| Head {
            task_id,
            record,
            next_delivery_at: hidden_until,
        }),
        completed_last_minute: Some(records::completed_since(connection, first_second, now)?),
    })
}

/// Whether an operator stopped deliveries.
pub(crate) fn is_paused(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT paused FROM line")?.query_row([], |row| row.get(0))
}

fn keep_change(connection: &Connection, entry: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("INSERT INTO line_changes (entry) VALUES (?1)")?.execute([entry])?;
    let oldest_kept = connection.last_insert_rowid() - i64::try_from(AUDIT_ENTRIES_KEPT).unwrap_or(i64::MAX);
    connection.prepare_cached("DELETE FROM line_changes WHERE id <= ?1")?.execute([oldest_kept]).map(drop)
}

fn changes(connection: &Connection) -> rusqlite::Result<Vec<AuditEntry>> {
    let mut changes = connection.prepare_cached("SELECT entry FROM line_changes WHERE id > 0 ORDER BY id")?;
    let entry = |row: &rusqlite::Row<'_>| {
        let entry: String = row.get(0)?;
        serde_json::from_str(&entry)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
    };
    changes.query_map([], entry)?.collect()
}
