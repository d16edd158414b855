//! Data files of earlier formats, and their upgrade.

use rusqlite::Connection;

use crate::schema::{FORMAT, LATER_TABLES, NEEDING_ATTENTION, format};

/// The first format that had users.
pub(crate) const OLDEST_FORMAT: i32 = 1;

/// No row changes: the records of format 1 get no departure number, because nothing in the file shows their order.
const FROM_1: &str = "
ALTER TABLE records ADD COLUMN began_after INTEGER;
ALTER TABLE records ADD COLUMN departure INTEGER;
ALTER TABLE line ADD COLUMN departures INTEGER NOT NULL DEFAULT 0;
";

const FROM_2: &str = "
DROP INDEX records_needing_a_person;
ALTER TABLE records RENAME COLUMN needs_a_person_at TO needs_attention_at;
";

/// Whether [`upgrade`] is needed before this version can use the file.
pub(crate) fn is_needed(connection: &Connection) -> rusqlite::Result<bool> {
    Ok((OLDEST_FORMAT..FORMAT).contains(&format(connection)?))
}

/// Upgrades a file of an earlier format in one transaction, and then writes the header, which earlier versions read to
/// refuse the file. The caller must hold the lock: a pipeline of an earlier version would go on writing the old columns.
pub(crate) fn upgrade(connection: &Connection) -> rusqlite::Result<()> {
    let steps = match format(connection)? {
        1 => [FROM_1, LATER_TABLES, FROM_2].concat(),
        2 => FROM_2.to_owned(),
        _ => return Ok(()),
    };
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE; {steps} {NEEDING_ATTENTION} PRAGMA user_version = {FORMAT}; COMMIT;"
    ))?;
    connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests;
