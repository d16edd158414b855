//! Task records in SQLite.

use rusqlite::{Connection, OptionalExtension, params};
use shared::{
    Status, TaskId, TaskRecord, Timestamp,
    ports::{
        Cursor, Departures, Expected, NumberedPage, NumberedRecord, Page, PortError, TaskRecords, Written,
    },
};

use crate::{
    Store, Throughput,
    departures::{self, Numbers},
    durability::Durability,
    expiry,
    row::decode,
};

/// Among how many completed records, the newest by their times, the one that left the line last is looked for.
const NEWEST_BY_TIME: u32 = 1_000;
/// How many expired records go at a time.
const EXPIRED_PER_WRITE: u32 = 200;

/// The records of the pipeline in one file.
#[derive(Clone)]
pub struct SqliteTaskRecords {
    store: Store,
}

impl SqliteTaskRecords {
    /// The records in `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Deletes finished records whose time is over; a few at a time, since nobody else writes meanwhile. Only the process
    /// that runs the pipeline does, at its start and now and then: the time for it goes on by this.
    ///
    /// # Errors
    /// [`PortError`] when the file can't be written; what was deleted by then stays so.
    pub async fn delete_expired(&self, now: Timestamp) -> Result<(), PortError> {
        let delete =
            "DELETE FROM records WHERE id IN (SELECT id FROM records WHERE expires_at <= ?1 LIMIT ?2)";
        loop {
            let deleted = self
                .store
                .write(Durability::Synced, move |connection| {
                    let time = expiry::go_on(connection, now)?;
                    connection.prepare_cached(delete)?.execute((time, EXPIRED_PER_WRITE))
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
        let record = record.clone();
        self.store.write(Durability::Synced, move |connection| write(connection, &record, expected)).await
    }

    async fn find(&self, task_id: TaskId) -> Result<Option<TaskRecord>, PortError> {
        self.store.read(move |connection| find(connection, task_id)).await
    }

    async fn needing_attention(&self, after: Option<&Cursor>, limit: u32) -> Result<Page, PortError> {
        let after = after.map(placed_cursor).transpose()?;
        self.store.read(move |connection| needing_attention(connection, after, limit)).await
    }

    async fn last_completed(&self) -> Result<Option<TaskRecord>, PortError> {
        self.store.read(last_completed).await
    }

    /// What is still here is not: the file deletes by more than a clock.
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

/// The record of one task as the connection sees it.
pub(crate) fn find(connection: &Connection, task_id: TaskId) -> rusqlite::Result<Option<TaskRecord>> {
    let mut query = connection.prepare_cached("SELECT record FROM records WHERE task_id = ?1")?;
    query.query_row([task_id.as_bytes().as_slice()], |row| decode(row, 0)).optional()
}

/// The conditional write: within one transaction, so nothing can come between the look and the change.
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
    let numbers = Numbers::of(connection, record, present.as_ref())?;
    let first = record.first_sequence_number;
    let needs_attention_at =
        record.status.needs_attention().then(|| first.map(|number| number.to_sortable()).unwrap_or_default());
    let json = serde_json::to_string(record)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    connection
        .prepare_cached(
            "INSERT INTO records (task_id, revision, status, needs_attention_at, finished_at, expires_at,
                began_after, departure, record)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (task_id) DO UPDATE SET revision = excluded.revision, status = excluded.status,
                needs_attention_at = excluded.needs_attention_at, finished_at = excluded.finished_at,
                expires_at = excluded.expires_at, began_after = excluded.began_after,
                departure = excluded.departure, record = excluded.record",
        )?
        .execute(params![
            record.task_id.as_bytes().as_slice(),
            i64::try_from(record.revision).unwrap_or(i64::MAX),
            record.status.as_str(),
            needs_attention_at,
            record.finished_at.map(|at| at.timestamp_micros()),
            expiry::end_of(connection, record)?,
            numbers.began_after,
            numbers.departure,
            json,
        ])?;
    Ok(Written::Made)
}

/// The cursor is the last record's place and id: several records without a place share the empty one.
fn placed_cursor(cursor: &Cursor) -> Result<(String, TaskId), PortError> {
    let parts = cursor.0.split_once('/').filter(|(place, _)| place.bytes().all(|byte| byte.is_ascii_digit()));
    let placed = parts.and_then(|(place, task_id)| Some((place.to_owned(), task_id.parse().ok()?)));
    placed.ok_or(PortError::InvalidCursor)
}

fn needing_attention(
    connection: &Connection,
    after: Option<(String, TaskId)>,
    limit: u32,
) -> rusqlite::Result<Page> {
    let (place, task_id) = after.map_or_else(Default::default, |(at, id)| (at, id.as_bytes().to_vec()));
    let mut query = connection.prepare_cached(
        "SELECT record, needs_attention_at FROM records
         WHERE needs_attention_at IS NOT NULL AND (needs_attention_at, task_id) > (?1, ?2)
         ORDER BY needs_attention_at, task_id LIMIT ?3",
    )?;
    let rows: Vec<(TaskRecord, String)> = query
        .query_map(params![place, task_id, limit], |row| Ok((decode(row, 0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let is_full = rows.len() == limit as usize;
    let next =
        rows.last().filter(|_| is_full).map(|(record, place)| Cursor(format!("{place}/{}", record.task_id)));
    Ok(Page { records: rows.into_iter().map(|(record, _)| record).collect(), next })
}

/// The last one to leave the line. A clock that was ahead puts others behind it, by their times: so the one that left last
/// is looked for among many of the newest by time. What has no departure left before all that have one.
fn last_completed(connection: &Connection) -> rusqlite::Result<Option<TaskRecord>> {
    debug_assert_eq!(Status::Completed.as_str(), "completed");
    let newest = "SELECT id, departure FROM records WHERE status = 'completed' AND finished_at > 0
                  ORDER BY finished_at DESC LIMIT ?1";
    let mut query = connection.prepare_cached(newest)?;
    let mut last: Option<(i64, Option<u64>)> = None;
    for row in query.query_map([NEWEST_BY_TIME], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (id, departure) = row?;
        if last.is_none_or(|(_, latest)| departure > latest) {
            last = Some((id, departure));
        }
    }
    let Some((id, _)) = last else {
        return Ok(None);
    };
    let record = "SELECT record FROM records WHERE id = ?1";
    connection.prepare_cached(record)?.query_row([id], |row| decode(row, 0)).optional()
}

/// How many tasks were completed from `since` on. None is counted that was by a clock that was ahead.
pub(crate) fn completed_since(
    connection: &Connection,
    since: Timestamp,
    now: Timestamp,
) -> rusqlite::Result<u64> {
    debug_assert_eq!(Status::Completed.as_str(), "completed");
    let count =
        "SELECT count(*) FROM records WHERE status = 'completed' AND finished_at >= ?1 AND finished_at <= ?2";
    let within = (since.timestamp_micros(), now.timestamp_micros());
    connection.prepare_cached(count)?.query_row(within, |row| row.get(0))
}

/// What was completed from `since` on, second by second, counted as by [`completed_since`].
pub(crate) fn throughput(
    connection: &Connection,
    since: Timestamp,
    now: Timestamp,
) -> rusqlite::Result<Vec<Throughput>> {
    let by_second = "SELECT finished_at / 1000000 AS second, count(*), 86400 * sum(max(0,
            julianday(record ->> '$.started_at') - julianday(record ->> '$.enqueued_at')))
         FROM records WHERE status = 'completed' AND finished_at >= ?1 AND finished_at <= ?2
         GROUP BY second ORDER BY second";
    let mut query = connection.prepare_cached(by_second)?;
    let within = (since.timestamp_micros(), now.timestamp_micros());
    let seconds = query.query_map(within, |row| {
        let waited_seconds: Option<f64> = row.get(2)?;
        let (second, completed) = (row.get(0)?, row.get(1)?);
        Ok(Throughput { second, completed, waited_seconds: waited_seconds.unwrap_or_default() })
    })?;
    seconds.collect()
}

#[cfg(test)]
mod tests {
    use shared::{Caller, Message, lifecycle};

    use super::*;
    use crate::schema;

    fn completed(number: u8, version: Option<&str>) -> TaskRecord {
        let at = |seconds: i64| Timestamp::from_timestamp_micros(seconds * 1_000_000).unwrap();
        let body = br#"{"title":"t","description":"d","priority":"low"}"#;
        let task = shared::Submission::parse(body).unwrap().task().clone();
        let task_id = TaskId::fresh(at(0), &[number; 10]);
        let message = Message::new(task_id, 0, at(0), at(0), Caller::local(), None, task);
        lifecycle::complete_by(&lifecycle::accept(&message), version, at(number.into()))
    }

    #[tokio::test]
    async fn the_record_that_was_completed_last_is_found_whatever_the_clock_showed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records");
        schema::create(&file).unwrap();
        let store = Store::open(&file, |_| Ok(()), |_, _| Ok(())).unwrap();
        let records = SqliteTaskRecords::new(store.clone());
        assert_eq!(records.last_completed().await.unwrap(), None);
        for record in [completed(1, Some("1")), completed(9, Some("2")), completed(3, Some("3"))] {
            records.write(&record, Expected::Absent).await.unwrap();
        }
        assert_eq!(records.last_completed().await.unwrap(), Some(completed(3, Some("3"))));

        let unnumbered = |number: u8| {
            let id = completed(number, None).task_id;
            let forget = "UPDATE records SET departure = NULL WHERE task_id = ?1";
            store.write(Durability::Synced, move |connection| {
                connection.execute(forget, [id.as_bytes().as_slice()]).map(drop)
            })
        };
        unnumbered(9).await.unwrap();
        unnumbered(3).await.unwrap();
        assert_eq!(
            records.last_completed().await.unwrap(),
            Some(completed(1, Some("1"))),
            "the others are older"
        );
        unnumbered(1).await.unwrap();
        assert_eq!(
            records.last_completed().await.unwrap(),
            Some(completed(9, Some("2"))),
            "time is all there is"
        );
    }

    #[tokio::test]
    async fn others_can_write_while_many_records_expire() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records");
        schema::create(&file).unwrap();
        let store = Store::open(&file, |_| Ok(()), |_, _| Ok(())).unwrap();
        let fill =
            "WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
                    INSERT INTO records (task_id, revision, status, expires_at, record)
                    SELECT n, 0, 'completed', n, '' FROM numbers";
        store.write(Durability::Synced, move |connection| connection.execute(fill, [])).await.unwrap();
        let commits = store.commits();
        let before = *commits.borrow();
        let now = Timestamp::from_timestamp_micros(900).unwrap();
        SqliteTaskRecords::new(store.clone()).delete_expired(now).await.unwrap();
        let count = "SELECT count(*) FROM records";
        let left: u32 =
            store.read(|connection| connection.query_row(count, [], |row| row.get(0))).await.unwrap();
        assert_eq!(left, 100);
        assert_eq!(*commits.borrow() - before, 900_u64.div_ceil(EXPIRED_PER_WRITE.into()));
    }
}
