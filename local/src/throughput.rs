//! How many tasks were completed, and when.

use rusqlite::Connection;
use shared::{Status, Timestamp};

statements! {
    COUNT_COMPLETED = "SELECT count(*) FROM records WHERE status = 'completed' AND finished_at >= ?1 AND finished_at <= ?2";
    BY_SECOND = "SELECT finished_at / 1000000 AS second, count(*), 86400 * sum(max(0,
        julianday(record ->> '$.started_at') - julianday(record ->> '$.enqueued_at')))
        FROM records WHERE status = 'completed' AND finished_at >= ?1 AND finished_at <= ?2
        GROUP BY second ORDER BY second";
}

/// The tasks that were completed within one second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throughput {
    /// The second, counted since 1970.
    pub second: i64,
    /// How many tasks were completed.
    pub completed: u64,
    /// How long they waited in the line for their run, in total.
    pub waited_seconds: f64,
}

/// Counts the tasks completed from `since` to `now`. One whose time is later was completed while the clock was ahead.
pub(crate) fn completed_since(
    connection: &Connection,
    since: Timestamp,
    now: Timestamp,
) -> rusqlite::Result<u64> {
    debug_assert_eq!(Status::Completed.as_str(), "completed");
    let range = (since.timestamp_micros(), now.timestamp_micros());
    connection.prepare_cached(COUNT_COMPLETED)?.query_row(range, |row| row.get(0))
}

/// The same tasks second by second, without the seconds in which none was completed.
pub(crate) fn by_second(
    connection: &Connection,
    since: Timestamp,
    now: Timestamp,
) -> rusqlite::Result<Vec<Throughput>> {
    let mut query = connection.prepare_cached(BY_SECOND)?;
    let range = (since.timestamp_micros(), now.timestamp_micros());
    let seconds = query.query_map(range, |row| {
        let waited_seconds: Option<f64> = row.get(2)?;
        let (second, completed) = (row.get(0)?, row.get(1)?);
        Ok(Throughput { second, completed, waited_seconds: waited_seconds.unwrap_or_default() })
    })?;
    seconds.collect()
}
