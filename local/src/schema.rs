//! The one file's tables.

use std::path::Path;

use rusqlite::Connection;

/// Marks the file as ours: "task" in ASCII.
pub const APPLICATION_ID: i32 = 0x7461_736b;
/// The tables' format; another one is refused.
pub const FORMAT: i32 = 1;

/// Times are microseconds since 1970. `AUTOINCREMENT` never gives a sequence number twice, also after deletions.
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
    needs_a_person_at     TEXT,      -- the first sequence number, zero-padded; null unless the status needs a person
    finished_at           INTEGER,
    expires_at            INTEGER,   -- by expiry_time, not by any clock
    record                TEXT NOT NULL  -- the whole record as JSON; the columns beside it are for looking it up
);
CREATE INDEX records_needing_a_person ON records (needs_a_person_at, task_id) WHERE needs_a_person_at IS NOT NULL;
CREATE INDEX records_completed ON records (finished_at) WHERE status = 'completed';
CREATE INDEX records_expiring ON records (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE line (paused INTEGER NOT NULL);
INSERT INTO line VALUES (0);
";

/// The tables that files of earlier versions lack; they are added when such a file is opened.
const ADDED_TABLES: &str = "
CREATE TABLE IF NOT EXISTS line_changes (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    entry TEXT NOT NULL  -- who paused or resumed the line, when and why, as JSON
);
CREATE TABLE IF NOT EXISTS pipeline_clock (  -- no row while no pipeline runs
    boot         TEXT,              -- which start of the machine
    start_micros INTEGER NOT NULL   -- when that was, by the pipeline's clock
);
CREATE TABLE IF NOT EXISTS expiry_time (     -- one row, once a pipeline ran
    id    INTEGER PRIMARY KEY,
    time  INTEGER NOT NULL,         -- the time by which records expire
    clock INTEGER NOT NULL          -- what the pipeline's clock showed when it was noted
);
";

/// Adds the tables that a file of an earlier version lacks.
pub fn complete(connection: &Connection) -> rusqlite::Result<()> {
    let found = "SELECT count(*) FROM sqlite_schema WHERE name IN ('line_changes', 'pipeline_clock', 'expiry_time')";
    match connection.query_row(found, [], |row| row.get(0))? {
        3 => Ok(()),
        _ => connection.execute_batch(&format!("BEGIN IMMEDIATE; {ADDED_TABLES} COMMIT;")),
    }
}

/// Makes a new file with empty tables.
pub fn create(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", FORMAT)?;
    connection.execute_batch(&format!("BEGIN; {TABLES} {ADDED_TABLES} COMMIT;"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERBS: [&str; 4] = ["SELECT ", "INSERT ", "UPDATE ", "DELETE "];
    /// Of one row each: the line's switch, what processes agree on about time, and an expression without a table.
    const ONE_ROW: [&str; 4] = ["SCAN line", "SCAN pipeline_clock", "SCAN expiry_time", "SCAN CONSTANT ROW"];

    /// The statements in the sources of what reads and writes the tables, as far as they stand before its tests.
    fn statements() -> Vec<&'static str> {
        let sources = [
            include_str!("queue.rs"),
            include_str!("undelivered.rs"),
            include_str!("records.rs"),
            include_str!("line.rs"),
            include_str!("expiry.rs"),
            include_str!("steady_clock.rs"),
        ];
        let code = sources.map(|source| source.split("#[cfg(test)]").next().unwrap());
        let texts = code.into_iter().flat_map(|code| code.split('"'));
        texts.filter(|text| VERBS.iter().any(|verb| text.starts_with(verb))).collect()
    }

    #[test]
    fn every_statement_finds_its_rows_by_an_index_however_many_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tables");
        create(&file).unwrap();
        let connection = Connection::open(file).unwrap();
        let statements = statements();
        assert!(statements.len() >= 20, "only {} statements were found", statements.len());
        for statement in statements {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
            let steps: Vec<String> =
                plan.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>().unwrap();
            for step in &steps {
                let is_bounded = !step.starts_with("SCAN") || ONE_ROW.contains(&step.as_str());
                assert!(is_bounded && !step.contains("FOR ORDER BY"), "{statement}: {steps:?}");
            }
        }
    }
}
