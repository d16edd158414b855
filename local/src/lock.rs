//! lock: at most one running pipeline per folder.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use tracing::warn;

use crate::file_names::{DATABASE, LOCK};

/// A command that checks whether a pipeline runs holds the lock for a moment. That must not make a start fail.
const TRIES: u32 = 100;
const TRY_INTERVAL: Duration = Duration::from_millis(10);

/// The folder can't be locked, usually because another process runs its pipeline.
#[derive(Debug, thiserror::Error)]
pub enum InUse {
    /// Another process holds the lock.
    #[error("another `taskline local` already runs on {0}")]
    Locked(PathBuf),
    /// The folder can't be created.
    #[error("failed to create the folder {folder}")]
    NoFolder {
        /// The folder.
        folder: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The lock file can't be opened or locked.
    #[error("failed to lock {path}")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// The right to run the pipeline of a folder, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
    /// The folder itself, because a lock file can be removed, and then a second pipeline would lock a new one.
    _folder: Option<File>,
    /// If the database is a link: the lock file beside its target, so that no pipeline runs on it under its other path.
    _database: Option<File>,
}

impl Lock {
    pub(crate) fn take(folder: &Path) -> Result<Self, InUse> {
        let path = folder.join(LOCK);
        let io = |source| InUse::Io { path: path.clone(), source };
        // Only this user may read what tasks contain. An existing folder keeps its permissions.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|source| InUse::NoFolder { folder: folder.to_owned(), source })?;
        let opened = File::open(folder).map_err(io)?;
        let file = take(&path, folder)?;
        let _database = lock_of_linked_database(folder).map(|path| take(&path, folder)).transpose()?;
        let _folder = match lock(&opened) {
            Ok(()) => Some(opened),
            Err(TryLockError::WouldBlock) => return Err(InUse::Locked(folder.to_owned())),
            Err(TryLockError::Error(error)) => {
                warn!(%error, folder = %folder.display(), "this file system can't lock folders: don't remove taskline.lock while the pipeline runs");
                None
            }
        };
        Ok(Self { path: fs::canonicalize(&path).map_err(io)?, _file: file, _folder, _database })
    }

    /// Whether a process holds the lock of this folder. Takes a shared lock and releases it at once, on the lock file and on
    /// the folder, because the lock file may have been removed.
    pub(crate) fn is_held(folder: &Path) -> io::Result<bool> {
        let is_held = |path: &Path| {
            let named =
                |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
            let file = match File::open(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                file => file.map_err(named)?,
            };
            match file.try_lock_shared() {
                Ok(()) => Ok(false),
                Err(TryLockError::WouldBlock) => Ok(true),
                Err(TryLockError::Error(error)) => Err(named(error)),
            }
        };
        // An error for the folder: this file system can't lock folders.
        let is_held_elsewhere = || lock_of_linked_database(folder).map_or(Ok(false), |path| is_held(&path));
        Ok(is_held(&folder.join(LOCK))? || is_held(folder).unwrap_or(false) || is_held_elsewhere()?)
    }

    /// The lock file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn take(path: &Path, folder: &Path) -> Result<File, InUse> {
    let io = |source| InUse::Io { path: path.to_owned(), source };
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(io)?;
    match lock(&file) {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(InUse::Locked(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

/// The lock file beside the database's target, if `taskline.db` is a link to another folder.
fn lock_of_linked_database(folder: &Path) -> Option<PathBuf> {
    let database = fs::canonicalize(folder.join(DATABASE)).ok()?;
    let is_here = fs::canonicalize(folder).is_ok_and(|folder| database.parent() == Some(folder.as_path()));
    (!is_here).then(|| database.with_extension("lock"))
}

fn lock(file: &File) -> Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(TRY_INTERVAL),
            other => return other,
        }
    }
    file.try_lock()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        (parent, folder)
    }

    #[test]
    fn a_new_folder_is_readable_by_its_owner_only() {
        let (_parent, folder) = folder();
        drop(Lock::take(&folder).unwrap());
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_second_lock_is_refused_until_the_first_is_dropped_even_when_the_lock_file_was_removed() {
        let (_parent, folder) = folder();
        let first = Lock::take(&folder).unwrap();
        assert!(matches!(Lock::take(&folder), Err(InUse::Locked(_))));
        fs::remove_file(first.path()).unwrap();
        assert!(matches!(Lock::take(&folder), Err(InUse::Locked(_))));
        drop(first);
        assert!(Lock::take(&folder).is_ok());
    }

    #[test]
    fn is_held_reports_a_lock_until_it_is_dropped_even_when_the_lock_file_was_removed() {
        let (_parent, folder) = folder();
        assert!(!Lock::is_held(&folder).unwrap(), "the folder does not exist");
        let lock = Lock::take(&folder).unwrap();
        assert!(Lock::is_held(&folder).unwrap());
        fs::remove_file(lock.path()).unwrap();
        assert!(Lock::is_held(&folder).unwrap());
        drop(lock);
        assert!(!Lock::is_held(&folder).unwrap());
        assert!(Lock::take(&folder).is_ok());
    }
}
