//! backup: a copy of the whole file as it is at one moment, beside a pipeline that runs or is stopped.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io,
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};
use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};
use shared::ports::PortError;
use tokio_util::sync::CancellationToken;

use crate::{DataDirectory, Store, files::is_open_database};

/// How many pages are copied between two reports of progress: 4 MiB.
const PAGES_PER_STEP: i32 = 1024;

/// The names that a pipeline, or SQLite for it, takes for its own files, whether they are there or not.
const OWN_NAMES: [&str; 6] =
    ["taskline.db", "taskline.db-wal", "taskline.db-shm", "taskline.db-journal", "taskline.db.new", LOCK];
const LOCK: &str = "taskline.lock";

/// What SQLite adds to a database's name for the files that it reads together with it.
const LOG_SUFFIXES: [&str; 3] = ["-wal", "-shm", "-journal"];

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
    /// It would overwrite the data of another pipeline, or lie beside its log.
    #[error("{0} belongs to the pipeline of that folder: name another file for the backup")]
    AnothersFile(PathBuf),
    /// SQLite would mix the backup with the log of another database.
    #[error(
        "{log} is there, which SQLite would take for the log of {path} and mix with the backup: name another file, or remove \
         {log} if no program uses it"
    )]
    LogBeside {
        /// What was named.
        path: PathBuf,
        /// The log.
        log: PathBuf,
    },
    /// There is something that no file may take the place of.
    #[error("{path} is {found}, not a file: name a file for the backup")]
    NotAFile {
        /// What was named.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// It was told to stop before the copy was in its place.
    #[error("told to stop before {0} was written: no backup was made")]
    Stopped(PathBuf),
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

impl BackupError {
    /// Whether another file must be named, whatever the data is.
    pub fn is_of_target(&self) -> bool {
        matches!(
            self,
            Self::OwnFile(_) | Self::AnothersFile(_) | Self::LogBeside { .. } | Self::NotAFile { .. }
        )
    }
}

impl Store {
    /// Copies the data to `target`, and reports `progress`. A file that is there is replaced, once the copy is whole. Told
    /// to `stop`, it removes what it copied.
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
        is_file_to_replace(target)?;
        let io = |source| BackupError::Io { path: target.to_owned(), source };
        let stopped = || BackupError::Stopped(target.to_owned());
        remove_left_over(target);
        let partial = Partial::create(target).map_err(io)?;
        let (path, told) = (partial.0.clone(), stop.clone());
        let copied = self.read(move |connection| Ok(copy(connection, &path, &told, progress))).await?;
        let copied = copied.map_err(|source| BackupError::Sqlite { path: target.to_owned(), source })?;
        let tasks = copied.ok_or_else(stopped)?;
        let checked = check(&partial.0, target, &stop);
        if stop.is_cancelled() {
            return Err(stopped());
        }
        checked?;
        // Somebody may have opened what is there meanwhile.
        is_file_to_replace(target)?;
        let bytes = partial.finish(target).map_err(io)?;
        Ok(BackedUp { tasks, bytes })
    }
}

impl DataDirectory {
    /// Whether a backup of this data to `target` replaces a file. Opens nothing to find out.
    ///
    /// # Errors
    /// [`BackupError::is_of_target`] where none is made, whatever the data is.
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
        is_named_as_own(file) && is_same_folder(folder_of(file), self.path())
            || OWN_NAMES.iter().any(|name| is_same(&self.path().join(name)))
    }
}

fn is_named_as_own(file: &Path) -> bool {
    file.file_name().is_some_and(|name| OWN_NAMES.iter().any(|own| name == *own))
}

fn is_same_folder(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether a file is there that a backup may take the place of.
fn is_file_to_replace(target: &Path) -> Result<bool, BackupError> {
    let is_there = is_file(target)?;
    if is_named_as_own(target) && folder_of(target).join(LOCK).symlink_metadata().is_ok() {
        return Err(BackupError::AnothersFile(target.to_owned()));
    }
    match logs_of(target).into_iter().find(|log| log.symlink_metadata().is_ok()) {
        Some(log) => Err(BackupError::LogBeside { path: target.to_owned(), log }),
        None => Ok(is_there),
    }
}

/// Whatever else is there, such as a device or the link to a file, would be lost to a rename.
fn is_file(target: &Path) -> Result<bool, BackupError> {
    let not_a_file = |found| Err(BackupError::NotAFile { path: target.to_owned(), found });
    if is_name_of_folder(target) {
        return not_a_file("the name of a folder");
    }
    match fs::symlink_metadata(target) {
        Ok(it) if it.is_symlink() => not_a_file("a link"),
        Ok(it) if it.is_dir() => not_a_file("a folder"),
        Ok(it) if it.is_file() => Ok(true),
        Ok(_) => not_a_file("a device, pipe or socket"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(BackupError::Io { path: target.to_owned(), source }),
    }
}

/// `Path` takes no notice of what stands behind the last name.
fn is_name_of_folder(target: &Path) -> bool {
    let name = target.as_os_str().as_bytes();
    target.file_name().is_none() || name.ends_with(b"/") || name.ends_with(b"/.")
}

fn logs_of(database: &Path) -> [PathBuf; 3] {
    LOG_SUFFIXES.map(|suffix| {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    })
}

/// The copy until it is whole; then it is moved into place. Removed when that comes to nothing.
struct Partial(PathBuf);

impl Partial {
    fn create(target: &Path) -> io::Result<Self> {
        let name = target.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut partial = OsString::from(".");
        partial.push(name);
        partial.push(format!(".{}.partial", std::process::id()));
        let partial = Self(target.with_file_name(partial));
        partial.remove()?;
        // What tasks say is nobody else's on this machine.
        File::options().write(true).create_new(true).mode(0o600).open(&partial.0)?;
        Ok(partial)
    }

    fn finish(self, target: &Path) -> io::Result<u64> {
        let file = File::open(&self.0)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        fs::rename(&self.0, target)?;
        File::open(folder_of(target))?.sync_all()?;
        Ok(bytes)
    }

    fn remove(&self) -> io::Result<()> {
        [self.0.clone()].into_iter().chain(logs_of(&self.0)).try_for_each(|file| {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Moved away by then if it was finished.
        let _ = self.remove();
    }
}

/// A process that was killed could not remove what it copied, and each such file is as large as the data.
fn remove_left_over(target: &Path) {
    let Some(name) = target.file_name() else { return };
    for found in fs::read_dir(folder_of(target)).into_iter().flatten().flatten() {
        if maker_of_partial(&found.file_name(), name).is_some_and(has_ended) {
            // It takes space, and is in nobody's way.
            let _ = fs::remove_file(found.path());
        }
    }
}

/// Which process made the file `found` for its backup to `target`, if it is such a file.
fn maker_of_partial(found: &OsStr, target: &OsStr) -> Option<Pid> {
    let rest = found.as_bytes().strip_prefix(b".")?.strip_prefix(target.as_bytes())?.strip_prefix(b".")?;
    let (maker, suffix) = str::from_utf8(rest).ok()?.split_once(".partial")?;
    let is_made_by_us = suffix.is_empty() || LOG_SUFFIXES.contains(&suffix);
    let maker: u32 = maker.parse().ok().filter(|_| is_made_by_us)?;
    Pid::from_raw(maker.try_into().ok()?)
}

fn has_ended(process: Pid) -> bool {
    test_kill_process(process) == Err(Errno::SRCH)
}

/// Copies within one read: the pages are those of one moment, and SQLite need not begin anew when somebody writes. None
/// when it is told to stop.
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
        let (interrupt, told) = (copy.get_interrupt_handle(), stop.clone());
        // One statement reads it all, and so has no steps to ask between.
        let watch = tokio::spawn(async move {
            told.cancelled().await;
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
    use super::*;
    use crate::DataDirectory;

    /// Data that takes more than one step to copy.
    fn filled(folder: &Path) -> Store {
        let data = DataDirectory::new(folder.join("data"));
        let store = data.open_or_create(&data.lock().unwrap()).unwrap();
        let ballast = "CREATE TABLE ballast (x); INSERT INTO ballast VALUES (zeroblob(8000000))";
        Connection::open(data.path().join("taskline.db")).unwrap().execute_batch(ballast).unwrap();
        store
    }

    #[tokio::test]
    async fn told_to_stop_between_two_steps_it_removes_what_it_copied_and_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let store = filled(folder.path());
        let target = folder.path().join("backup.db");
        fs::write(&target, "dear diary").unwrap();
        let (stop, seen) = (CancellationToken::new(), folder.path().to_owned());
        let told = stop.clone();
        let stopped = store.back_up(&target, stop, move |_| {
            assert_eq!(fs::read_dir(&seen).unwrap().count(), 4, "the copy and its journal are there");
            told.cancel();
        });
        assert!(matches!(stopped.await, Err(BackupError::Stopped(path)) if path == target));
        assert_eq!(fs::read_to_string(&target).unwrap(), "dear diary");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn only_what_a_backup_to_the_same_file_made_has_a_maker() {
        let maker = |found: &str| maker_of_partial(found.as_ref(), "a.db".as_ref()).map(Pid::as_raw_pid);
        assert_eq!(maker(".a.db.7.partial"), Some(7));
        assert_eq!(maker(".a.db.7.partial-journal"), Some(7));
        for another in [
            "a.db.7.partial",
            ".b.db.7.partial",
            ".a.db.partial",
            ".a.db.x.partial",
            ".a.db.0.partial",
            ".a.db.7.partial.8.partial",
            ".a.db.7.partial-notes",
            ".a.db.4294967295.partial",
        ] {
            assert_eq!(maker(another), None, "{another}");
        }
    }
}
