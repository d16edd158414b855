//! expiry: decides when records are deleted.
//!
//! A machine's clock can be wrong by years when a process starts (a flat battery, no network yet, a typing error). If
//! records expired by that clock, one such start would delete them all. So the file keeps a time for expiry alone. While a
//! pipeline runs, that time advances at the pace of the pipeline's clock. For the time between two runs, it advances by the
//! difference that the clock shows, but by at most a day. Only differences of this time are used: a record expires a fixed
//! time after it was written, whatever the machine's clock showed then and shows now.
//!
//! If a pipeline is stopped for longer than a day, records are deleted later by the rest. None is deleted early: a record is
//! kept one day longer than promised, and that day is all that a start with a wrong clock can take.

use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension};
use shared::{TaskRecord, Timestamp, limits::RECORD_SECONDS_KEPT};

statements! {
    NEWEST_EXPIRY = "SELECT max(expires_at) FROM records WHERE expires_at IS NOT NULL";
    LOAD = "SELECT time, clock FROM expiry_time";
    STORE = "INSERT INTO expiry_time (id, time, clock) VALUES (0, ?1, ?2)
        ON CONFLICT (id) DO UPDATE SET time = excluded.time, clock = excluded.clock";
}

const SECOND_MICROS: i64 = 1_000_000;
/// A start advances the expiry time by at most this, in either direction.
const STOPPED_SECONDS_MAX: i64 = 24 * 3600;
/// How often the expiry time is stored and expired records are deleted.
pub(crate) const INTERVAL: TimeDelta = TimeDelta::hours(1);

/// The row of `expiry_time`, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ExpiryTime {
    time: i64,
    /// What the pipeline's clock showed when `time` was stored.
    clock: i64,
}

impl ExpiryTime {
    /// The expiry time when a pipeline starts.
    fn at_start(self, clock: i64) -> Self {
        let max = STOPPED_SECONDS_MAX * SECOND_MICROS;
        Self { time: self.time + clock.saturating_sub(self.clock).clamp(-max, max), clock }
    }

    /// The expiry time while the pipeline that stored it still runs.
    fn while_running(self, clock: i64) -> Self {
        Self { time: self.time + clock.saturating_sub(self.clock).max(0), clock }
    }
}

/// Stores the expiry time for a pipeline that starts.
pub(crate) fn start(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let clock = now.timestamp_micros();
    let time = match load(connection)? {
        Some(stored) => stored.at_start(clock),
        None => {
            // The earlier of the two: the clock may be ahead now, or may have been when the newest record was written.
            let newest = newest_finish(connection)?;
            ExpiryTime { time: newest.map_or(clock, |newest| newest.min(clock)), clock }
        }
    };
    store(connection, time)
}

/// When the newest finished record was written, for a file without an expiry time.
fn newest_finish(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let expires_at: Option<i64> =
        connection.prepare_cached(NEWEST_EXPIRY)?.query_row([], |row| row.get(0))?;
    Ok(expires_at.map(|at| at - i64::from(RECORD_SECONDS_KEPT) * SECOND_MICROS))
}

/// Advances and stores the expiry time of a running pipeline, and returns it.
pub(crate) fn advance(connection: &Connection, now: Timestamp) -> rusqlite::Result<i64> {
    let clock = now.timestamp_micros();
    let time =
        load(connection)?.map_or(ExpiryTime { time: clock, clock }, |stored| stored.while_running(clock));
    store(connection, time)?;
    Ok(time.time)
}

/// By which expiry time a record that is written now expires, if it expires at all. Before the first start of a pipeline
/// the file has no expiry time, and the record's own time is used.
pub(crate) fn expires_at(connection: &Connection, record: &TaskRecord) -> rusqlite::Result<Option<i64>> {
    let Some(by_its_clock) = record.expires_at else {
        return Ok(None);
    };
    let kept_seconds = i64::from(RECORD_SECONDS_KEPT) + STOPPED_SECONDS_MAX + INTERVAL.num_seconds();
    let stored = load(connection)?;
    Ok(Some(
        stored.map_or(by_its_clock.timestamp_micros(), |stored| stored.time + kept_seconds * SECOND_MICROS),
    ))
}

fn load(connection: &Connection) -> rusqlite::Result<Option<ExpiryTime>> {
    let mut load = connection.prepare_cached(LOAD)?;
    load.query_row([], |row| Ok(ExpiryTime { time: row.get(0)?, clock: row.get(1)? })).optional()
}

fn store(connection: &Connection, ExpiryTime { time, clock }: ExpiryTime) -> rusqlite::Result<()> {
    connection.prepare_cached(STORE)?.execute((time, clock)).map(drop)
}

#[cfg(test)]
mod tests;
