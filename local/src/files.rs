//! The files of an open database: which ones this process has open, and whether they are still at their paths.
//!
//! A process goes on writing to a file that was removed or replaced, and nobody finds there what it wrote. `stat` tells
//! the files apart by device and inode. To open and close one instead would drop every lock that SQLite has on it in
//! this process, and then another SQLite client deletes the log under it (sqlite.org/howtocorrupt.html, section 2.2).

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{OpenError, header::check_header};

/// What tells a file from every other one on this machine.
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

/// A file of an open database, and where it was when it was opened.
#[derive(Debug, Clone)]
struct Watched {
    path: PathBuf,
    id: FileId,
}

/// A file is not at its path any more: what was committed since is in a file that nobody finds there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileChanged {
    /// There is none.
    #[error("{0} was removed or moved while the pipeline had it open")]
    Removed(PathBuf),
    /// There is another one.
    #[error("{0} was replaced while the pipeline had it open")]
    Replaced(PathBuf),
}

/// Whether the files are what they were.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// They are not.
    #[error(transparent)]
    Changed(#[from] FileChanged),
    /// That can't be found out now.
    #[error("failed to look up {path}")]
    Unknown {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Watched {
    fn new(path: PathBuf) -> io::Result<Self> {
        FileId::of(&path).map(|id| Self { path, id })
    }

    fn check(&self) -> Result<(), CheckError> {
        match FileId::of(&self.path) {
            Ok(found) if found == self.id => Ok(()),
            Ok(_) => Err(FileChanged::Replaced(self.path.clone()).into()),
            // The folder can have become a file.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(FileChanged::Removed(self.path.clone()).into())
            }
            Err(source) => Err(CheckError::Unknown { path: self.path.clone(), source }),
        }
    }
}

/// The files of every database that this process has open, one entry for each time it is open.
static OPEN: Mutex<Vec<FileId>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the file at `path` is a database that this process has open, or its log. Such a file must not be opened in
/// any other way than by SQLite.
pub fn is_open_database(path: &Path) -> bool {
    FileId::of(path).is_ok_and(|id| lock(&OPEN).contains(&id))
}

/// The database, its log and its shared memory, from when they are opened until after they are closed.
#[derive(Debug)]
pub(crate) struct Files {
    log: PathBuf,
    watched: [Watched; 3],
    /// The lock of the pipeline that runs on them, if one does.
    lock: Mutex<Option<Watched>>,
}

impl Files {
    /// Opens the database by `open` while no other thread opens one. Its header is read first, unless this process has
    /// it open already: then it was read before. `open` MUST leave the log in use.
    pub fn open<T>(
        database: &Path,
        open: impl FnOnce(&Path) -> Result<T, OpenError>,
    ) -> Result<(T, Self), OpenError> {
        let io = |source| OpenError::Io { path: database.to_owned(), source };
        // As SQLite does: a folder that is moved takes none of its paths along.
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
        let watched = [path, log.clone(), shared_memory].map(Watched::new);
        let [database, wal, shm] = watched;
        let watched = [database.map_err(io)?, wal.map_err(io)?, shm.map_err(io)?];
        all.extend(watched.iter().map(|file| file.id));
        Ok((opened, Self { log, watched, lock: Mutex::new(None) }))
    }

    /// From now on the lock is watched, too.
    pub fn watch_lock(&self, path: &Path) -> io::Result<()> {
        *lock(&self.lock) = Some(Watched::new(path.to_owned())?);
        Ok(())
    }

    /// Whether all of them are still the ones at their paths.
    pub fn check(&self) -> Result<(), CheckError> {
        self.watched.iter().chain(lock(&self.lock).as_ref()).try_for_each(Watched::check)
    }

    /// Whether nothing happened but that the log was removed: this process still has it, and nobody else can.
    pub fn is_log_alone_removed(&self) -> bool {
        let [database, log, _] = &self.watched;
        let is_log_removed = matches!(log.check(), Err(CheckError::Changed(FileChanged::Removed(_))));
        database.check().is_ok() && is_log_removed
    }

    /// How long the log is.
    pub fn log_bytes(&self) -> u64 {
        fs::metadata(&self.log).map_or(0, |log| log.len())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let mut all = lock(&OPEN);
        for file in &self.watched {
            if let Some(at) = all.iter().position(|id| *id == file.id) {
                all.swap_remove(at);
            }
        }
    }
}
