//! Task records in SQLite.

use rusqlite::{Connection, OptionalExtension, params};
use shared::{
    Status, TaskId, TaskRecord, Timestamp,
    ports::{
        Change, Cursor, Departures, Expected, NumberedPage, NumberedRecord, Page, PortError, TaskRecords,
        Written,
    },
};

use crate::{
    Store,
    departures::{self, DepartureNumbers},
    durability::Durability,
    expiry, row,
};

statements! {
    DELETE_EXPIRED = "DELETE FROM records WHERE id IN (SELECT id FROM records WHERE expires_at <= ?1 LIMIT ?2)";
    FIND = "SELECT record FROM records WHERE task_id = ?1";
    WRITE = "INSERT INTO records (task_id, revision, status, needs_attention_at, finished_at, expires_at,
        began_after, departure, record)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        ON CONFLICT (task_id) DO UPDATE SET revision = excluded.revision, status = excluded.status,
        needs_attention_at = excluded.needs_attention_at, finished_at = excluded.finished_at,
        expires_at = excluded.expires_at, began_after = excluded.began_after,
        departure = excluded.departure, record = excluded.record";
    NEEDING_ATTENTION = "SELECT record, needs_attention_at FROM records
        WHERE needs_attention_at IS NOT NULL AND (needs_attention_at, task_id) > (?1, ?2)
        ORDER BY needs_attention_at, task_id LIMIT ?3";
    NEWEST_COMPLETED = "SELECT id, departure FROM records WHERE status = 'completed' AND finished_at > 0
        ORDER BY finished_at DESC LIMIT ?1";
    RECORD_OF_ROW = "SELECT record FROM records WHERE id = ?1";
}

/// How many of the newest completed records by time are compared by their departures.
const NEWEST_COMPARED: u32 = 1_000;
/// How many expired records one write deletes. Other writes wait for it.
const EXPIRED_PER_WRITE: u32 = 200;

/// The task records of the pipeline.
#[derive(Clone)]
pub struct SqliteTaskRecords {
    store: Store,
}

impl SqliteTaskRecords {
    /// The records in `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Deletes expired records, in several writes. This also advances the expiry time, so only the process that runs the
    /// pipeline may call it: at its start and then every hour.
    ///
    /// # Errors
    /// [`PortError`] when the file can't be written. Some records may have been deleted.
    pub async fn delete_expired(&self, now: Timestamp) -> Result<(), PortError> {
        loop {
            let deleted = self
                .store
                .write(Durability::Synced, move |connection| {
                    let time = expiry::advance(connection, now)?;
                    connection.prepare_cached(DELETE_EXPIRED)?.execute((time, EXPIRED_PER_WRITE))
                })
                .await?;
            if deleted < EXPIRED_PER_WRITE as usize {
                return Ok(());
            }
        }
    }
}

impl TaskRecords for SqliteTaskRecords {
    async fn write(&self, record: &TaskRecord, expected: Expected) -> Result<Written, PortError> {
        let (record, task_id) = (record.clone(), record.task_id);
        let change = move |connection: &Connection| write(connection, &record, expected);
        let written = self.store.write(Durability::Synced, change).await;
        // Also after a failure: the write may have been made.
        self.store.record_changes().note(task_id);
        written
    }

    fn next_change(&self, task_id: TaskId) -> Option<Change> {
        Some(Box::pin(self.store.record_changes().next(task_id).arrived()))
    }

    async fn find(&self, task_id: TaskId) -> Result<Option<TaskRecord>, PortError> {
        self.store.read(move |connection| find(connection, task_id)).await
    }

    async fn needing_attention(&self, after: Option<&Cursor>, limit: u32) -> Result<Page, PortError> {
        let after = after.map(parse_cursor).transpose()?;
        self.store.read(move |connection| needing_attention(connection, after, limit)).await
    }

    async fn last_completed(&self) -> Result<Option<TaskRecord>, PortError> {
        self.store.read(last_completed).await
    }

    /// The file deletes expired records itself, and not by their `expires_at`.
    fn is_expired(&self, _record: &TaskRecord, _now: Timestamp) -> bool {
        false
    }

    async fn all(&self, after: Option<&Cursor>, limit: u32) -> Result<Page, PortError> {
        let page = self.all_numbered(after, limit).await?;
        let records = page.records.into_iter().map(|numbered| numbered.record).collect();
        Ok(Page { records, next: page.next })
    }
}

impl Departures for SqliteTaskRecords {
    async fn departures(&self) -> Result<Option<u64>, PortError> {
        self.store.read(departures::count).await.map(Some)
    }

    async fn all_numbered(&self, after: Option<&Cursor>, limit: u32) -> Result<NumberedPage, PortError> {
        let before = match after.map(|cursor| cursor.0.parse::<i64>()) {
            None => i64::MAX,
            Some(Ok(id)) => id,
            Some(Err(_)) => return Err(PortError::InvalidCursor),
        };
        self.store.read(move |connection| departures::all(connection, before, limit)).await
    }

    async fn find_numbered(&self, task_id: TaskId) -> Result<Option<NumberedRecord>, PortError> {
        self.store.read(move |connection| departures::find_with_message(connection, task_id)).await
    }
}

pub(crate) fn find(connection: &Connection, task_id: TaskId) -> rusqlite::Result<Option<TaskRecord>> {
    let mut query = connection.prepare_cached(FIND)?;
    query.query_row([task_id.as_bytes().as_slice()], |row| row::json(row, 0)).optional()
}

/// Writes the record if the existing one is as expected. The caller's transaction makes this atomic.
pub(crate) fn write(
    connection: &Connection,
    record: &TaskRecord,
    expected: Expected,
) -> rusqlite::Result<Written> {
    let present = departures::find(connection, record.task_id)?;
    if !expected.is_met_by(present.as_ref().map(|present| &present.record)) {
        return Ok(match present {
            Some(present) if present.record == *record => Written::Made,
            other => Written::Conflict(other.map(|other| Box::new(other.record))),
        });
    }
    let numbers = DepartureNumbers::of(connection, record, present.as_ref())?;
    let first = record.first_sequence_number;
    let needs_attention_at =
        record.status.needs_attention().then(|| first.map(|number| number.to_sortable()).unwrap_or_default());
    let json = serde_json::to_string(record)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    connection.prepare_cached(WRITE)?.execute(params![
        record.task_id.as_bytes().as_slice(),
        i64::try_from(record.revision).unwrap_or(i64::MAX),
        record.status.as_str(),
        needs_attention_at,
        record.finished_at.map(|at| at.timestamp_micros()),
        expiry::expires_at(connection, record)?,
        numbers.began_after,
        numbers.departure,
        json,
    ])?;
    Ok(Written::Made)
}

/// The cursor contains the id too, because several records can have no sequence number.
fn parse_cursor(cursor: &Cursor) -> Result<(String, TaskId), PortError> {
    let parts =
        cursor.0.split_once('/').filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    let parsed = parts.and_then(|(number, task_id)| Some((number.to_owned(), task_id.parse().ok()?)));
    parsed.ok_or(PortError::InvalidCursor)
}

fn needing_attention(
    connection: &Connection,
    after: Option<(String, TaskId)>,
    limit: u32,
) -> rusqlite::Result<Page> {
    let (number, task_id) = after.map_or_else(Default::default, |(at, id)| (at, id.as_bytes().to_vec()));
    let mut query = connection.prepare_cached(NEEDING_ATTENTION)?;
    let rows: Vec<(TaskRecord, String)> = query
        .query_map(params![number, task_id, limit], |row| Ok((row::json(row, 0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let is_full = rows.len() == limit as usize;
    let next = rows
        .last()
        .filter(|_| is_full)
        .map(|(record, number)| Cursor(format!("{number}/{}", record.task_id)));
    Ok(Page { records: rows.into_iter().map(|(record, _)| record).collect(), next })
}

/// The completed task that left the line last. If the clock was ahead for a while, its `finished_at` isn't the latest, so
/// the departures of many of the newest records are compared. A record without a departure is older than all that have one.
fn last_completed(connection: &Connection) -> rusqlite::Result<Option<TaskRecord>> {
    debug_assert_eq!(Status::Completed.as_str(), "completed");
    let mut query = connection.prepare_cached(NEWEST_COMPLETED)?;
    let mut last: Option<(i64, Option<u64>)> = None;
    for row in query.query_map([NEWEST_COMPARED], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (id, departure) = row?;
        if last.is_none_or(|(_, latest)| departure > latest) {
            last = Some((id, departure));
        }
    }
    let Some((id, _)) = last else {
        return Ok(None);
    };
    connection.prepare_cached(RECORD_OF_ROW)?.query_row([id], |row| row::json(row, 0)).optional()
}

#[cfg(test)]
mod tests;
