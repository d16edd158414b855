//! backup: copies the whole data file as it is at one moment, while the pipeline runs or is stopped.

mod error;
mod target;
mod partial;

use std::path::Path;

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};
use tokio_util::sync::CancellationToken;

pub use self::error::BackupError;
use self::{partial::PartialCopy, target::replaces_a_file};
use crate::{Store, files::is_open_database};

/// How many pages are copied between two reports of progress: 4 MiB.
const PAGES_PER_STEP: i32 = 1024;

/// The progress of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupProgress {
    /// Pages copied so far.
    pub copied: u64,
    /// All pages of the data file.
    pub pages: u64,
}

/// A completed backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// How many tasks it contains.
    pub tasks: u64,
    /// Its length.
    pub bytes: u64,
}

impl Store {
    /// Copies the data to `target` and reports `progress`. An existing file is replaced once the copy is complete. When
    /// `stop` is cancelled, the partial copy is deleted.
    ///
    /// # Errors
    /// [`BackupError`].
    pub async fn back_up(
        &self,
        target: &Path,
        stop: CancellationToken,
        progress: impl FnMut(BackupProgress) + Send + 'static,
    ) -> Result<BackedUp, BackupError> {
        if is_open_database(target) {
            return Err(BackupError::OwnFile(target.to_owned()));
        }
        replaces_a_file(target)?;
        let io = |source| BackupError::Io { path: target.to_owned(), source };
        let stopped = || BackupError::Stopped(target.to_owned());
        let partial = PartialCopy::create(target).map_err(io)?;
        let (path, token) = (partial.path().to_owned(), stop.clone());
        let copied = self.read(move |connection| Ok(copy(connection, &path, &token, progress))).await?;
        let copied = copied.map_err(|source| BackupError::Sqlite { path: target.to_owned(), source })?;
        let tasks = copied.ok_or_else(stopped)?;
        let checked = check(partial.path(), target, &stop);
        if stop.is_cancelled() {
            return Err(stopped());
        }
        checked?;
        // Another program may have opened a database at the target meanwhile.
        replaces_a_file(target)?;
        let bytes = partial.finish(target).map_err(io)?;
        Ok(BackedUp { tasks, bytes })
    }
}

/// Copies within one read transaction: the pages are those of one moment, and SQLite need not restart the copy when another
/// process writes. Returns `None` when `stop` is cancelled.
fn copy(
    connection: &Connection,
    to: &Path,
    stop: &CancellationToken,
    mut progress: impl FnMut(BackupProgress),
) -> rusqlite::Result<Option<u64>> {
    let snapshot = connection.unchecked_transaction()?;
    let tasks = snapshot.query_row("SELECT count(*) FROM records", [], |row| row.get(0))?;
    let mut target = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let backup = Backup::new(&snapshot, &mut target)?;
    let pages = |number: i32| u64::try_from(number).unwrap_or_default();
    while backup.step(PAGES_PER_STEP)? != StepResult::Done {
        let at = backup.progress();
        progress(BackupProgress { copied: pages(at.pagecount - at.remaining), pages: pages(at.pagecount) });
        if stop.is_cancelled() {
            return Ok(None);
        }
    }
    drop(backup);
    target.close().map_err(|(_, error)| error)?;
    snapshot.finish()?;
    Ok(Some(tasks))
}

fn check(partial: &Path, target: &Path, stop: &CancellationToken) -> Result<(), BackupError> {
    let checked = Connection::open_with_flags(partial, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|copy| {
        let (interrupt, token) = (copy.get_interrupt_handle(), stop.clone());
        // The check is one long statement; only an interrupt can stop it.
        let watch = tokio::spawn(async move {
            token.cancelled().await;
            interrupt.interrupt();
        });
        let verdict = copy.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        watch.abort();
        copy.close().map_err(|(_, error)| error)?;
        verdict
    });
    match checked {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(problem) => Err(BackupError::Damaged { path: target.to_owned(), problem }),
        Err(source) => Err(BackupError::Sqlite { path: target.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{DataDirectory, file_names::DATABASE};

    /// Data that takes more than one step to copy.
    fn filled(folder: &Path) -> Store {
        let data = DataDirectory::new(folder.join("data"));
        let store = data.open_or_create(&data.lock().unwrap()).unwrap();
        let ballast = "CREATE TABLE ballast (x); INSERT INTO ballast VALUES (zeroblob(8000000))";
        Connection::open(data.path().join(DATABASE)).unwrap().execute_batch(ballast).unwrap();
        store
    }

    #[tokio::test]
    async fn a_backup_that_is_stopped_deletes_its_partial_copy_and_keeps_the_existing_file() {
        let folder = tempfile::tempdir().unwrap();
        let store = filled(folder.path());
        let target = folder.path().join("backup.db");
        fs::write(&target, "an earlier file").unwrap();
        let (stop, seen) = (CancellationToken::new(), folder.path().to_owned());
        let token = stop.clone();
        let stopped = store.back_up(&target, stop, move |_| {
            assert_eq!(fs::read_dir(&seen).unwrap().count(), 4, "the partial copy and its journal exist");
            token.cancel();
        });
        assert!(matches!(stopped.await, Err(BackupError::Stopped(path)) if path == target));
        assert_eq!(fs::read_to_string(&target).unwrap(), "an earlier file");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
