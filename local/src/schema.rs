//! The one file's tables.

use std::path::Path;

use rusqlite::Connection;

/// Marks the file as ours: "task" in ASCII.
pub const APPLICATION_ID: i32 = 0x7461_736b;
/// The tables' format; another one is refused.
pub const FORMAT: i32 = 2;
/// The format before, which [`upgrade`] makes into ours.
pub const FORMAT_BEFORE: i32 = 1;

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
    began_after           INTEGER,   -- how many tasks had left the line when it began; null before that
    departure             INTEGER,   -- which of them it is; null before it left the line
    record                TEXT NOT NULL  -- the whole record as JSON; the columns beside it are for looking it up
);
CREATE INDEX records_needing_a_person ON records (needs_a_person_at, task_id) WHERE needs_a_person_at IS NOT NULL;
CREATE INDEX records_completed ON records (finished_at) WHERE status = 'completed';
CREATE INDEX records_expiring ON records (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE line (
    paused     INTEGER NOT NULL,
    departures INTEGER NOT NULL  -- how many tasks have left the line
);
INSERT INTO line VALUES (0, 0);
";

/// What the format before does not have.
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

/// No row is rewritten. What stands in the file then has no number, and keeps none: nothing tells its order.
const FROM_FORMAT_BEFORE: &str = "
ALTER TABLE records ADD COLUMN began_after INTEGER;
ALTER TABLE records ADD COLUMN departure INTEGER;
ALTER TABLE line ADD COLUMN departures INTEGER NOT NULL DEFAULT 0;
";

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

/// The format of the tables, as the connection sees it.
pub fn format(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Makes a file of the format before into one of ours, wholly or not at all. The header says so at once, and not only the log:
/// it is what the version before looks at.
pub fn upgrade(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE; {FROM_FORMAT_BEFORE} {ADDED_TABLES} PRAGMA user_version = {FORMAT}; COMMIT;"
    ))?;
    connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()))
}

/// Makes a file into one of the version before: without what was added since.
#[cfg(test)]
pub(crate) fn make_format_before(path: &Path) {
    let without_what_was_added = format!(
        "ALTER TABLE records DROP COLUMN began_after; ALTER TABLE records DROP COLUMN departure;
         ALTER TABLE line DROP COLUMN departures;
         DROP TABLE line_changes; DROP TABLE pipeline_clock; DROP TABLE expiry_time; PRAGMA user_version = {FORMAT_BEFORE};"
    );
    Connection::open(path).unwrap().execute_batch(&without_what_was_added).unwrap();
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
            include_str!("front.rs"),
            include_str!("undelivered.rs"),
            include_str!("records.rs"),
            include_str!("departures.rs"),
            include_str!("line.rs"),
            include_str!("expiry.rs"),
            include_str!("steady_clock.rs"),
        ];
        let code = sources.map(|source| source.split("#[cfg(test)]").next().unwrap());
        let texts = code.into_iter().flat_map(|code| code.split('"'));
        texts.filter(|text| VERBS.iter().any(|verb| text.starts_with(verb))).collect()
    }

    /// What a file says of its tables, whatever the order of a table's columns.
    fn columns(path: &Path) -> Vec<String> {
        let columns =
            "SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" FROM sqlite_schema m,
                       pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1";
        let connection = Connection::open(path).unwrap();
        let mut query = connection.prepare(columns).unwrap();
        query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn an_upgraded_file_has_the_tables_of_a_new_one_and_keeps_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
        create(&old).unwrap();
        make_format_before(&old);
        let fill =
            "INSERT INTO records (task_id, revision, status, record) VALUES (x'01', 7, 'completed', '{}');
                    UPDATE line SET paused = 1";
        Connection::open(&old).unwrap().execute_batch(fill).unwrap();
        assert_ne!(columns(&old), {
            create(&new).unwrap();
            columns(&new)
        });
        upgrade(&Connection::open(&old).unwrap()).unwrap();
        assert_eq!(columns(&old), columns(&new));
        let kept = "SELECT revision, began_after, departure, paused, departures, (SELECT user_version FROM pragma_user_version)
                    FROM records, line";
        let kept = Connection::open(&old).unwrap().query_row(kept, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        });
        assert_eq!(kept.unwrap(), (7, None::<u64>, None::<u64>, true, 0, FORMAT));
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
