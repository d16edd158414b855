//! A connection to the data file: how it is opened, waits for locks and is closed.

use std::{path::Path, thread, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};
use tracing::warn;

use crate::{durability::Durability, files::Files};

/// How long to wait for another process that writes the file: about ten seconds.
const BUSY_TRIES_MAX: i32 = 10_000;
const BUSY_WAIT: Duration = Duration::from_millis(1);
/// The log is truncated to this after a checkpoint. SQLite makes one every 4 MiB, unless a long read prevents it.
pub(crate) const LOG_BYTES_KEPT: u64 = 16 * 1024 * 1024;

/// Opens the file at `path` and reads from it, so that its log is in use and no other process deletes it.
pub(crate) fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_handler(Some(wait_for_another))?;
    if access.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) {
        // Another SQLite client may have changed the mode while the file wasn't open.
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    }
    Durability::Synced.apply_to(&connection)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Otherwise SQLite compiles a cached statement anew when a bound value, such as a LIMIT, may change its plan.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// A process that writes continuously releases its lock only for moments. SQLite's default handler sleeps up to 100 ms
/// between two tries, so it can miss all of them.
fn wait_for_another(tries: i32) -> bool {
    thread::sleep(BUSY_WAIT);
    tries < BUSY_TRIES_MAX
}

/// Executes a statement through the statement cache, because some run with every write.
pub(crate) fn execute(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute([]).map(drop)
}

/// Makes a checkpoint and truncates the log, unless a reader or writer prevents that. Doesn't wait.
pub(crate) fn try_to_truncate_the_log(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(None::<fn(i32) -> bool>)?;
    let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    connection.busy_handler(Some(wait_for_another))?;
    match checkpoint {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(()),
        other => other,
    }
}

/// Closes the connection. The last one to close makes a checkpoint and deletes the log by its path. If the files were
/// replaced, that path can belong to another database, so nothing is deleted. If only the log was removed, its content is
/// written to the database first.
pub(crate) fn close(connection: Connection, files: &Files) {
    let saved = match files.is_only_log_removed() {
        true => connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())),
        false => Ok(()),
    };
    if let Err(error) = saved {
        warn!(%error, "failed to save the content of the removed log");
    }
    let left_alone = match files.check() {
        Ok(()) => Ok(false),
        Err(_) => connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true),
    };
    let closed = left_alone.and_then(|_| connection.close().map_err(|(_, error)| error));
    if let Err(error) = closed {
        warn!(%error, "failed to close the data file; keep its log beside it");
    }
}
