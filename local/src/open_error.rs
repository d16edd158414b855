//! Why a data file can't be opened.

use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
};

use rusqlite::ErrorCode;

/// The data file can't be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder has no data file.
    #[error("{0} holds no Taskline data")]
    Missing(PathBuf),
    /// The file isn't a data file of Taskline.
    #[error("{0} is not a Taskline database; it was left as it is")]
    Foreign(PathBuf),
    /// The file has a format that this version doesn't know.
    #[error(
        "{path} has format {found}, this version of taskline reads format {expected}; it was left as it is"
    )]
    OtherFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i32,
        /// The format of this version.
        expected: i32,
    },
    /// The file has an earlier format; only a pipeline of this version upgrades it, at its start.
    #[error(
        "{path} was written by an earlier version of taskline; start `taskline local --data {folder}` of this version once \
         to upgrade it"
    )]
    EarlierFormat {
        /// The file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// The file is damaged.
    #[error("{path} is damaged ({problem}); it was left as it is. Restore it from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        problem: String,
    },
    /// The database is missing, and its log, which can contain tasks, still exists.
    #[error(
        "{database} is missing, but its log {log} exists: restore the database beside the log, or move the log away to start \
         without the tasks in it"
    )]
    LogWithoutDatabase {
        /// Where the database should be.
        database: PathBuf,
        /// The log.
        log: PathBuf,
    },
    /// The file has several hard links. SQLite would use another log for each of them (sqlite.org/howtocorrupt.html, 2.5).
    #[error(
        "{0} has a second name (a hard link), under which another program could damage it; it was left as it is. Remove the \
         other name, or copy the file to another folder"
    )]
    SecondName(PathBuf),
    /// The path is a link to a missing file, for example on a volume that is not mounted.
    #[error(
        "{0} is a link to a file that does not exist; it was left as it is. Mount or restore that file, or remove the link"
    )]
    LinkToNothing(PathBuf),
    /// The file can't be opened or read.
    #[error("failed to open {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// SQLite can't open the file.
    #[error("failed to open {path}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
}

impl OpenError {
    pub(crate) fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        Self::Sqlite { path: path.to_owned(), source }
    }
}

/// The kind of `error`, if the operating system refused something, directly or through SQLite.
pub fn refused_by_system(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return Some(error.kind());
    }
    match error.downcast_ref::<rusqlite::Error>()?.sqlite_error_code()? {
        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            Some(io::ErrorKind::PermissionDenied)
        }
        ErrorCode::DiskFull => Some(io::ErrorKind::StorageFull),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Some(io::ErrorKind::InvalidData),
        _ => None,
    }
}
