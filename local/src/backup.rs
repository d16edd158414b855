//! backup: a copy of the whole file as it is at one moment, beside a pipeline that runs or is stopped.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};
use shared::ports::PortError;

use crate::{Store, files::is_open_database};

/// How many pages are copied between two reports of progress: 4 MiB.
const PAGES_PER_STEP: i32 = 1024;

/// How far a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupProgress {
    /// Pages of the file that are copied.
    pub copied: u64,
    /// All of its pages.
    pub pages: u64,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// How many tasks are in it.
    pub tasks: u64,
    /// How long it is.
    pub bytes: u64,
}

/// No backup was made, and what was at its path is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It would overwrite the data itself.
    #[error("{0} belongs to the pipeline itself: name another file for the backup")]
    OwnFile(PathBuf),
    /// There is a folder.
    #[error("{0} is not a file: name a file for the backup")]
    NotAFile(PathBuf),
    /// The data can't be read.
    #[error(transparent)]
    Data(#[from] PortError),
    /// The copy can't be written.
    #[error("failed to write {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite can't copy.
    #[error("failed to copy the data to {path}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// What was copied is not what SQLite takes for sound.
    #[error("the copy in {path} is damaged ({problem}): the data itself may be, too")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        problem: String,
    },
}

impl Store {
    /// Copies the data to `target`, and reports `progress`. A file that is there is replaced, once the copy is whole.
    ///
    /// # Errors
    /// [`BackupError`].
    pub async fn back_up(
        &self,
        target: &Path,
        progress: impl FnMut(BackupProgress) + Send + 'static,
    ) -> Result<BackedUp, BackupError> {
        if is_open_database(target) {
            return Err(BackupError::OwnFile(target.to_owned()));
        }
        let is_file = target.file_name().is_some() && fs::metadata(target).is_ok_and(|it| !it.is_dir());
        if !is_file && target.exists() {
            return Err(BackupError::NotAFile(target.to_owned()));
        }
        let io = |source| BackupError::Io { path: target.to_owned(), source };
        let partial = Partial::create(target).map_err(io)?;
        let path = partial.0.clone();
        let copied = self.read(move |connection| Ok(copy(connection, &path, progress))).await?;
        let tasks = copied.map_err(|source| BackupError::Sqlite { path: target.to_owned(), source })?;
        check(&partial.0, target)?;
        let bytes = partial.finish(target).map_err(io)?;
        Ok(BackedUp { tasks, bytes })
    }
}

/// The copy until it is whole; then it is moved into place. Removed when that comes to nothing.
struct Partial(PathBuf);

impl Partial {
    fn create(target: &Path) -> io::Result<Self> {
        let name = target.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut partial = OsString::from(".");
        partial.push(name);
        partial.push(format!(".{}.partial", std::process::id()));
        let path = target.with_file_name(partial);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // What tasks say is nobody else's on this machine.
        File::options().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self(path))
    }

    fn finish(self, target: &Path) -> io::Result<u64> {
        let file = File::open(&self.0)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        fs::rename(&self.0, target)?;
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(bytes)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Moved away by then if it was finished.
        let _ = fs::remove_file(&self.0);
    }
}

/// Copies within one read: the pages are those of one moment, and SQLite need not begin anew when somebody writes.
fn copy(
    connection: &Connection,
    to: &Path,
    mut progress: impl FnMut(BackupProgress),
) -> rusqlite::Result<u64> {
    let snapshot = connection.unchecked_transaction()?;
    let tasks = snapshot.query_row("SELECT count(*) FROM records", [], |row| row.get(0))?;
    let mut target = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let backup = Backup::new(&snapshot, &mut target)?;
    let pages = |number: i32| u64::try_from(number).unwrap_or_default();
    while backup.step(PAGES_PER_STEP)? != StepResult::Done {
        let at = backup.progress();
        progress(BackupProgress { copied: pages(at.pagecount - at.remaining), pages: pages(at.pagecount) });
    }
    drop(backup);
    target.close().map_err(|(_, error)| error)?;
    snapshot.finish()?;
    Ok(tasks)
}

fn check(partial: &Path, target: &Path) -> Result<(), BackupError> {
    let checked = Connection::open_with_flags(partial, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|copy| {
        let verdict: String = copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        copy.close().map_err(|(_, error)| error)?;
        Ok(verdict)
    });
    match checked {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(problem) => Err(BackupError::Damaged { path: target.to_owned(), problem }),
        Err(source) => Err(BackupError::Sqlite { path: target.to_owned(), source }),
    }
}
