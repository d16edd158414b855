//! The front of the line, as the connection sees it.

use rusqlite::{Connection, OptionalExtension, params};
use shared::Timestamp;

use crate::queue::{Name, moment};

/// When the message at the head of the line was sent.
pub(crate) fn head_sent_at(connection: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let head = "SELECT sent_at FROM messages WHERE queue = ?1 ORDER BY sequence_number LIMIT 1";
    connection.prepare_cached(head)?.query_row([Name::Line as u8], |row| row.get(0).map(moment)).optional()
}

/// A message at the front of the line.
pub(crate) struct Front {
    pub body: String,
    /// Until when its last delivery hides it; past, for one that none does.
    pub visible_at: Timestamp,
}

/// The first messages of the line.
pub(crate) fn front(connection: &Connection, count: u32) -> rusqlite::Result<Vec<Front>> {
    let front = "SELECT body, visible_at FROM messages WHERE queue = ?1 ORDER BY sequence_number LIMIT ?2";
    let mut query = connection.prepare_cached(front)?;
    let rows = query.query_map(params![Name::Line as u8, count], |row| {
        Ok(Front { body: row.get(0)?, visible_at: moment(row.get(1)?) })
    })?;
    rows.collect()
}

/// Whether the message at `place` is in the line.
pub(crate) fn is_in_the_line(connection: &Connection, place: i64) -> rusqlite::Result<bool> {
    let any = "SELECT EXISTS (SELECT 1 FROM messages WHERE sequence_number = ?1 AND queue = ?2)";
    connection.prepare_cached(any)?.query_row(params![place, Name::Line as u8], |row| row.get(0))
}
