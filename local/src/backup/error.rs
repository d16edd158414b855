//! Why no backup was made.

use std::{io, path::PathBuf};

use shared::ports::PortError;

/// No backup was made, and the target is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The target is a file of this pipeline.
    #[error("{0} belongs to the pipeline itself: name another file for the backup")]
    OwnFile(PathBuf),
    /// The target is a file of another pipeline, or would be read together with one.
    #[error("{0} belongs to the pipeline of that folder: name another file for the backup")]
    AnothersFile(PathBuf),
    /// SQLite would mix the backup with the log of another database.
    #[error(
        "{log} exists, and SQLite would take it for the log of {path} and mix it with the backup: name another file, or remove \
         {log} if no program uses it"
    )]
    LogBeside {
        /// The target.
        path: PathBuf,
        /// The log.
        log: PathBuf,
    },
    /// The target exists and isn't a regular file.
    #[error("{path} is {found}, not a file: name a file for the backup")]
    NotAFile {
        /// The target.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The backup was cancelled before it was complete.
    #[error("stopped before {0} was written: no backup was made")]
    Stopped(PathBuf),
    /// The data can't be read.
    #[error(transparent)]
    Data(#[from] PortError),
    /// The copy can't be written.
    #[error("failed to write {path}")]
    Io {
        /// The target.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// SQLite failed to copy.
    #[error("failed to copy the data to {path}")]
    Sqlite {
        /// The target.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
    /// The copy doesn't pass SQLite's check.
    #[error("the copy in {path} is damaged ({problem}): the data itself may be damaged too")]
    Damaged {
        /// The target.
        path: PathBuf,
        /// What SQLite found.
        problem: String,
    },
}

impl BackupError {
    /// Whether the target can't be used, whatever the data is.
    pub fn is_of_target(&self) -> bool {
        matches!(
            self,
            Self::OwnFile(_) | Self::AnothersFile(_) | Self::LogBeside { .. } | Self::NotAFile { .. }
        )
    }
}
