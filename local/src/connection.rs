//! One connection to the file: how it is opened, how it waits, how it is closed.

use std::{path::Path, thread, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};
use tracing::warn;

use crate::{durability::Durability, files::Files};

/// How long to wait for another process that writes the same file: ten seconds, unless the machine sleeps longer.
const BUSY_TRIES_MAX: i32 = 10_000;
const BUSY_WAIT: Duration = Duration::from_millis(1);
/// What the log is cut to once it is in the database. SQLite moves it there every 4 MiB, unless somebody reads for long.
pub(crate) const LOG_BYTES_KEPT: u64 = 16 * 1024 * 1024;

/// Opens the file at `path` with its log in use, so that no other process deletes the log.
pub(crate) fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_handler(Some(wait_for_another))?;
    if access.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) {
        // Another client may have taken the file out of this mode while nobody had it open.
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    }
    Durability::Synced.of_commits(&connection)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// A process that writes without a pause lets go for a moment only. SQLite's own waiting sleeps up to 100 ms between two
/// tries, and so can miss every such moment until it gives up.
fn wait_for_another(tries: i32) -> bool {
    thread::sleep(BUSY_WAIT);
    tries < BUSY_TRIES_MAX
}

/// Reads the statement once: some go with every change.
pub(crate) fn execute(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute([]).map(drop)
}

/// Moves the log into the database and cuts it, unless somebody still reads what is only in the log. Waits for nobody.
pub(crate) fn try_to_shorten_the_log(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(None::<fn(i32) -> bool>)?;
    let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    connection.busy_handler(Some(wait_for_another))?;
    match checkpoint {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(()),
        other => other,
    }
}

/// The last connection that closes moves the log into the database and deletes it, by its path: another database may be
/// there by then, and have its own log. Where the log alone was removed, what it holds is saved before.
pub(crate) fn close(connection: Connection, files: &Files) {
    let saved = match files.is_log_alone_removed() {
        true => connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())),
        false => Ok(()),
    };
    if let Err(error) = saved {
        warn!(%error, "failed to save what the removed log holds");
    }
    let left_alone = match files.check() {
        Ok(()) => Ok(false),
        Err(_) => connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true),
    };
    let closed = left_alone.and_then(|_| connection.close().map_err(|(_, error)| error));
    if let Err(error) = closed {
        warn!(%error, "failed to close the data file; its log stays beside it");
    }
}
