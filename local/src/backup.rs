//! backup: a copy of the whole file as it is at one moment, beside a pipeline that runs or is stopped.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};
use shared::ports::PortError;

use crate::{DataDirectory, Store, files::is_open_database};

/// How many pages are copied between two reports of progress: 4 MiB.
const PAGES_PER_STEP: i32 = 1024;

/// The names that a pipeline, or SQLite for it, takes for its own files, whether they are there or not.
const OWN_NAMES: [&str; 6] = [
    "taskline.db",
    "taskline.db-wal",
    "taskline.db-shm",
    "taskline.db-journal",
    "taskline.db.new",
    "taskline.lock",
];

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
    /// There is something that no file may take the place of.
    #[error("{path} is {found}, not a file: name a file for the backup")]
    NotAFile {
        /// What was named.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
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
        is_file_to_replace(target)?;
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

impl DataDirectory {
    /// Whether a backup of this data to `target` replaces a file. Opens nothing to find out.
    ///
    /// # Errors
    /// [`BackupError::OwnFile`] and [`BackupError::NotAFile`] where none is made, whatever the data is.
    pub fn backup_replaces(&self, target: &Path) -> Result<bool, BackupError> {
        if self.owns(target) {
            return Err(BackupError::OwnFile(target.to_owned()));
        }
        is_file_to_replace(target)
    }

    /// Whether `file` is one of the pipeline's own files, by whatever name, or would be one if it were made.
    pub fn owns(&self, file: &Path) -> bool {
        let id = |path: &Path| fs::metadata(path).map(|it| (it.dev(), it.ino())).ok();
        let is_same = |own: &Path| id(own).is_some_and(|own| id(file) == Some(own));
        let is_named_so = file.file_name().is_some_and(|name| OWN_NAMES.iter().any(|own| name == *own));
        is_named_so && is_same_folder(folder_of(file), self.path())
            || OWN_NAMES.iter().any(|name| is_same(&self.path().join(name)))
    }
}

fn is_same_folder(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether a file is there. Whatever else is, such as a device or the link to a file, would be lost to a rename.
fn is_file_to_replace(target: &Path) -> Result<bool, BackupError> {
    let not_a_file = |found| Err(BackupError::NotAFile { path: target.to_owned(), found });
    match fs::symlink_metadata(target) {
        Ok(it) if it.is_symlink() => not_a_file("a link"),
        Ok(it) if it.is_dir() => not_a_file("a folder"),
        Ok(it) if it.is_file() => Ok(true),
        Ok(_) => not_a_file("a device, pipe or socket"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(BackupError::Io { path: target.to_owned(), source }),
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
        File::open(folder_of(target))?.sync_all()?;
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
