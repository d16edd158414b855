//! Why data can't be used.

use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
};

use rusqlite::ErrorCode;

/// The data can't be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no pipeline here.
    #[error("{0} holds no Taskline data")]
    Missing(PathBuf),
    /// The file is something else.
    #[error("{0} is not a Taskline database; it was left as it is")]
    Foreign(PathBuf),
    /// The file was made by another version.
    #[error(
        "{path} has format {found}, this version of taskline reads format {expected}; it was left as it is"
    )]
    OtherFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i32,
        /// Ours.
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
    /// The file is ours and broken.
    #[error("{path} is damaged ({problem}); it was left as it is. Restore it from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        problem: String,
    },
    /// The database is gone, and what was not yet moved into it is there.
    #[error(
        "{database} is missing, and its log {log} is there: put the database back beside it, or move the log away to begin \
         anew without what it holds"
    )]
    LogAlone {
        /// Where the database would be.
        database: PathBuf,
        /// What is there.
        log: PathBuf,
    },
    /// Each name of a file has a log of its own beside it, and SQLite mixes the two
    /// (sqlite.org/howtocorrupt.html, 2.5).
    #[error(
        "{0} has a second name (a hard link), under which another program could damage it; it was left as it is. Remove the \
         other name, or copy the file into a folder of its own"
    )]
    SecondName(PathBuf),
    /// What the path names lies elsewhere, and is not there now: a volume that is not mounted, say.
    #[error(
        "{0} is a link that leads nowhere; it was left as it is. Mount or restore what it names, or remove the link"
    )]
    LinkToNothing(PathBuf),
    /// The file system said no.
    #[error("failed to open {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite said no.
    #[error("failed to open {path}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

impl OpenError {
    pub(crate) fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        Self::Sqlite { path: path.to_owned(), source }
    }
}

/// What the system refused, where `error` is the system's own or SQLite's word for it.
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
