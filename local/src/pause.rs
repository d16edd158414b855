//! Whether an operator has paused the line, and the history of that.

use rusqlite::Connection;
use shared::{AuditEntry, limits::AUDIT_ENTRIES_KEPT, ports::Switched};

use crate::row;

statements! {
    IS_PAUSED = "SELECT paused FROM line";
    SWITCH = "UPDATE line SET paused = ?1 WHERE paused <> ?1";
    KEEP = "INSERT INTO line_changes (entry) VALUES (?1)";
    DELETE_OLD = "DELETE FROM line_changes WHERE id <= ?1";
    HISTORY = "SELECT entry FROM line_changes WHERE id > 0 ORDER BY id";
}

pub(crate) fn is_paused(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare_cached(IS_PAUSED)?.query_row([], |row| row.get(0))
}

/// Pauses or resumes the line, and keeps `entry` (an [`AuditEntry`] as JSON) if that changed anything.
pub(crate) fn switch(connection: &Connection, paused: bool, entry: &str) -> rusqlite::Result<Switched> {
    if connection.prepare_cached(SWITCH)?.execute([paused])? == 0 {
        return Ok(Switched::Already);
    }
    connection.prepare_cached(KEEP)?.execute([entry])?;
    let newest_dropped =
        connection.last_insert_rowid() - i64::try_from(AUDIT_ENTRIES_KEPT).unwrap_or(i64::MAX);
    connection.prepare_cached(DELETE_OLD)?.execute([newest_dropped])?;
    Ok(Switched::Now)
}

/// Oldest first.
pub(crate) fn history(connection: &Connection) -> rusqlite::Result<Vec<AuditEntry>> {
    let mut entries = connection.prepare_cached(HISTORY)?;
    entries.query_map([], |row| row::json(row, 0))?.collect()
}
