//! The tables of the data file.

use std::path::Path;

use rusqlite::Connection;

/// Marks the file as Taskline's: "task" in ASCII.
pub const APPLICATION_ID: i32 = 0x7461_736b;
/// The format of these tables. [`crate::upgrade`] reads the earlier ones; any other is refused.
pub const FORMAT: i32 = 3;

/// Finds the records whose status needs attention, in the order of the line.
pub(crate) const NEEDING_ATTENTION: &str = "
CREATE INDEX records_needing_attention ON records (needs_attention_at, task_id) WHERE needs_attention_at IS NOT NULL;
";

/// Times are microseconds since 1970. `AUTOINCREMENT` never assigns a sequence number twice, also not after deletions.
const TABLES: &str = "
CREATE TABLE messages (
    sequence_number INTEGER PRIMARY KEY AUTOINCREMENT,
    queue           INTEGER NOT NULL,  -- 0 the line, 1 its dead-letter queue
    message_id      TEXT NOT NULL,
    body            TEXT NOT NULL,
    sent_at         INTEGER NOT NULL,
    visible_at      INTEGER NOT NULL,
    receive_count   INTEGER NOT NULL,
    receipt         TEXT
);
CREATE INDEX messages_in_order ON messages (queue, sequence_number);
CREATE INDEX messages_delivered ON messages (queue, visible_at) WHERE receipt IS NOT NULL;

CREATE TABLE dedupes (
    queue           INTEGER NOT NULL,
    dedupe_id       TEXT NOT NULL,
    sequence_number INTEGER NOT NULL,
    until           INTEGER NOT NULL,
    PRIMARY KEY (queue, dedupe_id)
) WITHOUT ROWID;
CREATE INDEX dedupes_ending ON dedupes (until);

CREATE TABLE records (
    id                    INTEGER PRIMARY KEY,
    task_id               BLOB NOT NULL UNIQUE,
    revision              INTEGER NOT NULL,
    status                TEXT NOT NULL,
    needs_attention_at    TEXT,      -- the first sequence number, zero-padded; null unless the status needs attention
    finished_at           INTEGER,
    expires_at            INTEGER,   -- compared with expiry_time, never with a clock
    began_after           INTEGER,   -- how many tasks had left the line when this one began; null before that
    departure             INTEGER,   -- the number of its departure; null while it is in the line
    record                TEXT NOT NULL  -- the whole record as JSON; the other columns are for queries
);
CREATE INDEX records_completed ON records (finished_at) WHERE status = 'completed';
CREATE INDEX records_expiring ON records (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE line (
    paused     INTEGER NOT NULL,
    departures INTEGER NOT NULL  -- how many tasks have left the line
);
INSERT INTO line VALUES (0, 0);
";

/// Tables that the first files of format 1 lack and its later ones have.
pub(crate) const LATER_TABLES: &str = "
CREATE TABLE IF NOT EXISTS line_changes (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    entry TEXT NOT NULL  -- who paused or resumed the line, when and why, as JSON
);
CREATE TABLE IF NOT EXISTS pipeline_clock (  -- no row while no pipeline runs
    boot         TEXT,              -- the machine's boot id
    start_micros INTEGER NOT NULL   -- when the machine was started, by the pipeline's clock
);
CREATE TABLE IF NOT EXISTS expiry_time (     -- one row, once a pipeline has run
    id    INTEGER PRIMARY KEY,
    time  INTEGER NOT NULL,         -- the time by which records expire
    clock INTEGER NOT NULL          -- what the pipeline's clock showed when that time was last moved
);
";

/// Creates a new file with empty tables.
pub fn create(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", FORMAT)?;
    connection.execute_batch(&format!("BEGIN; {TABLES} {NEEDING_ATTENTION} {LATER_TABLES} COMMIT;"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error)
}

/// The format of the tables, as the connection sees it. The header of the file can be older than its log.
pub fn format(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

#[cfg(test)]
mod tests;
