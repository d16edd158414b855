//! lock: one running pipeline per folder.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use tracing::warn;

use crate::data_directory::DATABASE;

const NAME: &str = "taskline.lock";
/// A command that asks whether a pipeline runs has the lock for a moment, and must not keep one from starting.
const TRIES: u32 = 100;
const TRY_AGAIN: Duration = Duration::from_millis(10);

/// Another process runs this pipeline.
#[derive(Debug, thiserror::Error)]
pub enum InUse {
    /// It holds the lock.
    #[error("another `taskline local` already runs on {0}")]
    Locked(PathBuf),
    /// The folder can't be made.
    #[error("failed to make the folder {folder}")]
    NoFolder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Whether it does can't be found out.
    #[error("failed to lock {path}")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The right to run the pipeline of a folder, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
    /// The folder itself is locked as well: a lock file can be removed, and then a second pipeline would lock another.
    _folder: Option<File>,
    /// The lock beside the database where that is a link, so that no pipeline runs on it under its other name.
    _database: Option<File>,
}

impl Lock {
    pub(crate) fn take(folder: &Path) -> Result<Self, InUse> {
        let path = folder.join(NAME);
        let io = |source| InUse::Io { path: path.clone(), source };
        // What tasks say is nobody else's on this machine. A folder that is there has the rights that its owner gave it.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|source| InUse::NoFolder { folder: folder.to_owned(), source })?;
        let opened = File::open(folder).map_err(io)?;
        let file = take(&path, folder)?;
        let _database = beside_linked_database(folder).map(|path| take(&path, folder)).transpose()?;
        let _folder = match lock(&opened) {
            Ok(()) => Some(opened),
            Err(TryLockError::WouldBlock) => return Err(InUse::Locked(folder.to_owned())),
            Err(TryLockError::Error(error)) => {
                warn!(%error, folder = %folder.display(), "this file system locks no folders: leave taskline.lock in place while the pipeline runs");
                None
            }
        };
        Ok(Self { path: fs::canonicalize(&path).map_err(io)?, _file: file, _folder, _database })
    }

    /// Whether a process holds the lock of this folder. It is asked for by a shared one that is let go at once, which keeps
    /// nobody from taking it for longer than that; the folder is asked for a lock file that was removed.
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
        // A file system that locks no folders says so.
        let is_held_elsewhere = || beside_linked_database(folder).map_or(Ok(false), |path| is_held(&path));
        Ok(is_held(&folder.join(NAME))? || is_held(folder).unwrap_or(false) || is_held_elsewhere()?)
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

/// Of `taskline.db` in another folder it is the lock of that folder.
fn beside_linked_database(folder: &Path) -> Option<PathBuf> {
    let database = fs::canonicalize(folder.join(DATABASE)).ok()?;
    let is_here = fs::canonicalize(folder).is_ok_and(|folder| database.parent() == Some(folder.as_path()));
    (!is_here).then(|| database.with_extension("lock"))
}

fn lock(file: &File) -> Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(TRY_AGAIN),
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
    fn a_folder_that_is_made_is_its_owners_alone() {
        let (_parent, folder) = folder();
        drop(Lock::take(&folder).unwrap());
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_second_lock_is_refused_until_the_first_is_gone_also_when_its_file_was_removed() {
        let (_parent, folder) = folder();
        let first = Lock::take(&folder).unwrap();
        assert!(matches!(Lock::take(&folder), Err(InUse::Locked(_))));
        fs::remove_file(first.path()).unwrap();
        assert!(matches!(Lock::take(&folder), Err(InUse::Locked(_))));
        drop(first);
        assert!(Lock::take(&folder).is_ok());
    }

    #[test]
    fn a_lock_is_held_until_it_is_dropped_also_when_its_file_was_removed_and_asking_leaves_it_alone() {
        let (_parent, folder) = folder();
        assert!(!Lock::is_held(&folder).unwrap(), "there is no folder");
        let lock = Lock::take(&folder).unwrap();
        assert!(Lock::is_held(&folder).unwrap());
        fs::remove_file(lock.path()).unwrap();
        assert!(Lock::is_held(&folder).unwrap());
        drop(lock);
        assert!(!Lock::is_held(&folder).unwrap());
        assert!(Lock::take(&folder).is_ok());
    }
}
