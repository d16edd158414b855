//! The files of an open database: which ones this process has open, and whether they are still at their paths.
//!
//! A process can still write to a file that was removed or replaced, but those writes are lost. `stat` identifies a file by
//! device and inode. Opening and closing it instead would drop all locks that SQLite holds on it in this process, and then
//! another SQLite client could delete the log while it is in use (sqlite.org/howtocorrupt.html, section 2.2).

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{OpenError, header::check_header};

/// Identifies a file on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    fn of(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path)?;
        Ok(Self { device: found.dev(), inode: found.ino() })
    }
}

/// A file, and its path when it was opened.
#[derive(Debug, Clone)]
struct OpenFile {
    path: PathBuf,
    id: FileId,
}

/// A file is no longer at its path, so later commits are lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileChanged {
    /// The path has no file.
    #[error("{0} was removed or moved while the pipeline had it open")]
    Removed(PathBuf),
    /// The path has another file.
    #[error("{0} was replaced while the pipeline had it open")]
    Replaced(PathBuf),
}

/// Why a check of the files failed.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Changed(#[from] FileChanged),
    /// The file may be unchanged; its metadata can't be read now.
    #[error("failed to read the metadata of {path}")]
    Unknown { path: PathBuf, source: io::Error },
}

impl OpenFile {
    fn new(path: PathBuf) -> io::Result<Self> {
        FileId::of(&path).map(|id| Self { path, id })
    }

    fn check(&self) -> Result<(), CheckError> {
        match FileId::of(&self.path) {
            Ok(found) if found == self.id => Ok(()),
            Ok(_) => Err(FileChanged::Replaced(self.path.clone()).into()),
            // `NotADirectory`: the folder was replaced by a file.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(FileChanged::Removed(self.path.clone()).into())
            }
            Err(source) => Err(CheckError::Unknown { path: self.path.clone(), source }),
        }
    }
}

/// The files of all databases that this process has open, with one entry per open connection pair.
static OPEN: Mutex<Vec<FileId>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the file at `path` is a database that this process has open, or its log. Only SQLite may open such a file.
pub fn is_open_database(path: &Path) -> bool {
    FileId::of(path).is_ok_and(|id| lock(&OPEN).contains(&id))
}

/// The database, its log and its shared memory. They are registered as open until this is dropped.
#[derive(Debug)]
pub(crate) struct Files {
    log: PathBuf,
    files: [OpenFile; 3],
    /// The lock file, if this process runs the pipeline.
    lock: Mutex<Option<OpenFile>>,
}

impl Files {
    /// Calls `open` while no other thread opens a database. Checks the header first, unless this process already has the
    /// file open: then it was checked before. `open` MUST leave the log in use.
    pub fn open<T>(
        database: &Path,
        open: impl FnOnce(&Path) -> Result<T, OpenError>,
    ) -> Result<(T, Self), OpenError> {
        let io = |source| OpenError::Io { path: database.to_owned(), source };
        // SQLite uses absolute paths too. They stay the same when the folder is moved.
        let path = std::path::absolute(database).map_err(io)?;
        let mut all = lock(&OPEN);
        if !FileId::of(&path).is_ok_and(|id| all.contains(&id)) {
            if fs::metadata(&path).is_ok_and(|found| found.is_file() && found.nlink() > 1) {
                return Err(OpenError::SecondName(path));
            }
            check_header(&path)?;
        }
        let opened = open(&path)?;
        let target = fs::canonicalize(&path).map_err(io)?;
        let [log, shared_memory] = ["-wal", "-shm"].map(|suffix| {
            let mut name = target.clone().into_os_string();
            name.push(suffix);
            PathBuf::from(name)
        });
        let [database, wal, shm] = [path, log.clone(), shared_memory].map(OpenFile::new);
        let files = [database.map_err(io)?, wal.map_err(io)?, shm.map_err(io)?];
        all.extend(files.iter().map(|file| file.id));
        Ok((opened, Self { log, files, lock: Mutex::new(None) }))
    }

    /// From now on, checks include the lock file.
    pub fn watch_lock(&self, path: &Path) -> io::Result<()> {
        *lock(&self.lock) = Some(OpenFile::new(path.to_owned())?);
        Ok(())
    }

    /// Checks that all files are still at their paths.
    pub fn check(&self) -> Result<(), CheckError> {
        self.files.iter().chain(lock(&self.lock).as_ref()).try_for_each(OpenFile::check)
    }

    /// Whether the log was removed and the database is still there. Then only this process still has the log's content.
    pub fn is_only_log_removed(&self) -> bool {
        let [database, log, _] = &self.files;
        let is_log_removed = matches!(log.check(), Err(CheckError::Changed(FileChanged::Removed(_))));
        database.check().is_ok() && is_log_removed
    }

    /// The length of the log.
    pub fn log_bytes(&self) -> u64 {
        fs::metadata(&self.log).map_or(0, |log| log.len())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let mut all = lock(&OPEN);
        for file in &self.files {
            if let Some(at) = all.iter().position(|id| *id == file.id) {
                all.swap_remove(at);
            }
        }
    }
}
