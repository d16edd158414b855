//! The dedupe ids of the last five minutes.

use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension, params};
use shared::{Timestamp, limits::DEDUPE_SECONDS};

use crate::queue_name::QueueName;

statements! {
    FIND = "SELECT sequence_number FROM dedupes
        WHERE queue = ?1 AND dedupe_id = ?2 AND until > ?3 AND until <= ?4";
    INSERT = "INSERT OR REPLACE INTO dedupes VALUES (?1, ?2, ?3, ?4)";
    IS_ANY_EXPIRED = "SELECT EXISTS (SELECT 1 FROM dedupes WHERE until <= ?1)";
    DELETE_SOME_EXPIRED = "DELETE FROM dedupes WHERE (queue, dedupe_id) IN
        (SELECT queue, dedupe_id FROM dedupes WHERE until <= ?1 ORDER BY until LIMIT ?2)";
    DELETE_AFTER = "DELETE FROM dedupes WHERE until > ?1";
}

/// How many expired dedupe ids an enqueue deletes. It is more than the one that it adds, so that they never accumulate, and
/// few, so that the first accept after a burst stays fast.
pub(crate) const EXPIRED_PER_ENQUEUE: u32 = 8;

/// When a dedupe id that is sent now expires, in microseconds. One that expires later was sent while the clock was ahead.
/// It counts as unknown: if it counted as known, new tasks would be dropped until the clock reached that time. A message
/// that is sent twice is harmless, because its record decides what its second delivery does.
fn expires_at(now: Timestamp) -> i64 {
    (now + TimeDelta::seconds(i64::from(DEDUPE_SECONDS))).timestamp_micros()
}

/// The row number of the message that was sent with this dedupe id within the last five minutes.
pub(crate) fn find(
    connection: &Connection,
    queue: QueueName,
    dedupe_id: &str,
    now: Timestamp,
) -> rusqlite::Result<Option<i64>> {
    let key = params![queue as u8, dedupe_id, now.timestamp_micros(), expires_at(now)];
    connection.prepare_cached(FIND)?.query_row(key, |row| row.get(0)).optional()
}

pub(crate) fn insert(
    connection: &Connection,
    queue: QueueName,
    dedupe_id: &str,
    row_number: i64,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let values = params![queue as u8, dedupe_id, row_number, expires_at(now)];
    connection.prepare_cached(INSERT)?.execute(values).map(drop)
}

/// Asks first: the deletion builds a temporary table even if nothing is expired, at each enqueue.
pub(crate) fn delete_some_expired(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let now = now.timestamp_micros();
    let is_any_expired: bool =
        connection.prepare_cached(IS_ANY_EXPIRED)?.query_row([now], |row| row.get(0))?;
    if !is_any_expired {
        return Ok(());
    }
    connection.prepare_cached(DELETE_SOME_EXPIRED)?.execute(params![now, EXPIRED_PER_ENQUEUE]).map(drop)
}

/// Deletes the dedupe ids that were sent while the clock was ahead. For the start of a pipeline.
pub(crate) fn delete_of_another_clock(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    connection.prepare_cached(DELETE_AFTER)?.execute([expires_at(now)]).map(drop)
}
