//! Which messages are in flight, and how many a queue holds.
//!
//! A message is in flight from its delivery until its `visible_at`. Only a delivery hides a message.

use chrono::TimeDelta;
use rusqlite::{Connection, params};
use shared::{Timestamp, limits::VISIBILITY_SECONDS_MAX, ports::Depth};

use crate::queue_name::QueueName;

statements! {
    COUNT_IN_FLIGHT = "SELECT count(*) FROM messages
        WHERE queue = ?1 AND receipt IS NOT NULL AND visible_at > ?2 AND visible_at <= ?3";
    COUNT = "SELECT count(*) FROM messages WHERE queue = ?1";
    HAS_MESSAGES = "SELECT EXISTS (SELECT 1 FROM messages WHERE queue = ?1)";
    RELEASE_LINE = "UPDATE messages SET visible_at = ?2 WHERE queue = ?1 AND receipt IS NOT NULL RETURNING body";
    RELEASE = "UPDATE messages SET visible_at = ?2 WHERE queue = ?1 AND receipt IS NOT NULL";
}

/// A message can't be hidden for longer than until then. If its `visible_at` is later, it was hidden while the clock was
/// ahead, and it counts as visible.
fn hidden_at_most_until(now: Timestamp) -> Timestamp {
    now + TimeDelta::seconds(i64::from(VISIBILITY_SECONDS_MAX))
}

pub(crate) fn is_hidden(visible_at: Timestamp, now: Timestamp) -> bool {
    visible_at > now && visible_at <= hidden_at_most_until(now)
}

/// Counts the messages in flight.
pub(crate) fn in_flight(connection: &Connection, queue: QueueName, now: Timestamp) -> rusqlite::Result<u64> {
    let latest = hidden_at_most_until(now);
    let range = params![queue as u8, now.timestamp_micros(), latest.timestamp_micros()];
    connection.prepare_cached(COUNT_IN_FLIGHT)?.query_row(range, |row| row.get(0))
}

pub(crate) fn depth(connection: &Connection, queue: QueueName, now: Timestamp) -> rusqlite::Result<Depth> {
    let all: u64 = connection.prepare_cached(COUNT)?.query_row([queue as u8], |row| row.get(0))?;
    let in_flight = in_flight(connection, queue, now)?;
    Ok(Depth { waiting: all - in_flight, in_flight })
}

/// Whether a receive would deliver a message.
pub(crate) fn is_deliverable(
    connection: &Connection,
    queue: QueueName,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let any: bool = connection.prepare_cached(HAS_MESSAGES)?.query_row([queue as u8], |row| row.get(0))?;
    Ok(any && in_flight(connection, queue, now)? == 0)
}

/// Makes every delivered message of the line visible, and returns their bodies. The caller must know that no run is alive.
/// `visible_at` doesn't matter: an earlier process may have set it by another clock.
pub(crate) fn release_line(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<String>> {
    let mut release = connection.prepare_cached(RELEASE_LINE)?;
    release.query_map(params![QueueName::Line as u8, now.timestamp_micros()], |row| row.get(0))?.collect()
}

/// Makes every received dead letter visible. A command that was killed left them hidden; the receipts of a command that
/// still runs become stale.
pub(crate) fn release_dead_letters(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let key = params![QueueName::DeadLetters as u8, now.timestamp_micros()];
    connection.prepare_cached(RELEASE)?.execute(key).map(drop)
}
