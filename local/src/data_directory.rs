//! Where a pipeline keeps its data, and how it is opened without harming what is not ours.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io::{self, Read},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};

use crate::{Store, schema};

const DATABASE: &str = "taskline.db";
const LOCK: &str = "taskline.lock";
/// What every SQLite file begins with, and where its header keeps what we look at (sqlite.org/fileformat.html).
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;
const USER_VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

/// A folder that holds one pipeline's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDirectory(PathBuf);

/// The data can't be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no pipeline here.
    #[error("{0} holds no Taskline data; `taskline local --data {0}` makes some")]
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
    /// The file is ours and broken.
    #[error("{path} is damaged ({problem}); it was left as it is. Restore it from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        problem: String,
    },
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

/// Another process runs this pipeline.
#[derive(Debug, thiserror::Error)]
pub enum InUse {
    /// It holds the lock.
    #[error("another `taskline local` already runs on {0}")]
    Locked(PathBuf),
    /// Whether it does can't be found out.
    #[error("failed to lock {path}")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl DataDirectory {
    /// The folder at `path`, whether it is there or not.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Claims the folder for one running pipeline, until the returned file is dropped or the process ends.
    ///
    /// # Errors
    /// [`InUse`] when another process holds it.
    pub fn lock(&self) -> Result<File, InUse> {
        let path = self.0.join(LOCK);
        let io = |source| InUse::Io { path: path.clone(), source };
        // What tasks say is nobody else's on this machine. A folder that is there has the rights that its owner gave it.
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(io)?;
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(InUse::Locked(self.0.clone())),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }

    /// Opens the data, and makes it if there is none. Only for who holds the lock.
    ///
    /// # Errors
    /// [`OpenError`] when something else stands there.
    pub fn open_or_create(&self) -> Result<Store, OpenError> {
        let path = self.0.join(DATABASE);
        if !path.try_exists().map_err(|source| OpenError::Io { path: path.clone(), source })? {
            self.create(&path)?;
        }
        check_integrity(&path)?;
        self.open()
    }

    /// Opens data that is there.
    ///
    /// # Errors
    /// [`OpenError`] when there is none, or something else stands there.
    pub fn open(&self) -> Result<Store, OpenError> {
        let path = self.0.join(DATABASE);
        check_header(&path)?;
        Store::open(&path).map_err(|source| OpenError::Sqlite { path, source })
    }

    /// Made aside and moved into place, so that a crash half-way leaves no half-made database behind.
    fn create(&self, path: &Path) -> Result<(), OpenError> {
        let aside = self.0.join("taskline.db.new");
        let io = |source| OpenError::Io { path: aside.clone(), source };
        match fs::remove_file(&aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
        schema::create(&aside).map_err(|source| OpenError::Sqlite { path: aside.clone(), source })?;
        fs::rename(&aside, path).and_then(|()| File::open(&self.0)?.sync_all()).map_err(io)
    }
}

/// Looks at the file's first bytes only: to open a foreign database, even for reading, could change it.
fn check_header(path: &Path) -> Result<(), OpenError> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(OpenError::Missing(path.parent().unwrap_or(path).to_owned()));
        }
        file => file
            .and_then(|file| file.take(HEADER_BYTES as u64).read_to_end(&mut header))
            .map_err(|source| OpenError::Io { path: path.to_owned(), source })?,
    };
    let is_sqlite = header.len() == HEADER_BYTES && header.starts_with(SQLITE_MAGIC);
    if !is_sqlite || number_at(&header, APPLICATION_ID_AT) != schema::APPLICATION_ID {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    match number_at(&header, USER_VERSION_AT) {
        schema::FORMAT => Ok(()),
        found => Err(OpenError::OtherFormat { path: path.to_owned(), found, expected: schema::FORMAT }),
    }
}

fn number_at(header: &[u8], at: usize) -> i32 {
    header[at..at + 4].iter().fold(0, |number, byte| number << 8 | i32::from(*byte))
}

/// Reads the whole file once, at the start of a pipeline, when nobody writes.
fn check_integrity(path: &Path) -> Result<(), OpenError> {
    check_header(path)?;
    let damaged = |problem: String| OpenError::Damaged { path: path.to_owned(), problem };
    let check = || -> rusqlite::Result<String> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
    };
    match check() {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(problem) => Err(damaged(problem)),
        Err(error) if is_damage(&error) => Err(damaged(error.to_string())),
        Err(source) => Err(OpenError::Sqlite { path: path.to_owned(), source }),
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn directory() -> (tempfile::TempDir, DataDirectory) {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDirectory::new(folder.path().join("data"));
        (folder, data)
    }

    /// A folder with data in it, and its file.
    fn filled() -> (tempfile::TempDir, DataDirectory, PathBuf) {
        let (folder, data) = directory();
        fs::create_dir_all(data.path()).unwrap();
        drop(data.open_or_create().unwrap());
        let file = data.path().join(DATABASE);
        (folder, data, file)
    }

    fn refusal_leaves_the_file_alone(data: &DataDirectory, file: &Path) -> OpenError {
        let before = fs::read(file).unwrap();
        let error = data.open_or_create().map(drop).unwrap_err();
        assert_eq!(fs::read(file).unwrap(), before, "{error}");
        error
    }

    #[test]
    fn a_folder_that_is_made_is_its_owners_alone() {
        let (_folder, data) = directory();
        drop(data.lock().unwrap());
        let mode = fs::metadata(data.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn data_that_was_made_is_opened_again() {
        let (_folder, data, _) = filled();
        assert!(data.open_or_create().is_ok() && data.open().is_ok());
    }

    #[test]
    fn a_folder_without_data_says_so_and_stays_empty() {
        let (_folder, data) = directory();
        assert!(matches!(data.open().map(drop), Err(OpenError::Missing(path)) if path == data.path()));
        assert!(!data.path().exists());
    }

    #[test]
    fn a_text_file_is_foreign() {
        let (_folder, data, file) = filled();
        fs::write(&file, "x".repeat(500)).unwrap();
        assert!(matches!(refusal_leaves_the_file_alone(&data, &file), OpenError::Foreign(_)));
        fs::write(&file, "").unwrap();
        assert!(matches!(refusal_leaves_the_file_alone(&data, &file), OpenError::Foreign(_)));
    }

    #[test]
    fn another_programs_database_is_foreign() {
        let (_folder, data, file) = filled();
        fs::remove_file(&file).unwrap();
        let other = Connection::open(&file).unwrap();
        other.execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
        drop(other);
        assert!(matches!(refusal_leaves_the_file_alone(&data, &file), OpenError::Foreign(_)));
    }

    #[test]
    fn a_newer_format_is_refused_by_number() {
        let (_folder, data, file) = filled();
        let mut bytes = fs::read(&file).unwrap();
        bytes[USER_VERSION_AT + 3] = 99;
        fs::write(&file, bytes).unwrap();
        let error = refusal_leaves_the_file_alone(&data, &file);
        assert!(matches!(error, OpenError::OtherFormat { found: 99, .. }), "{error}");
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let (_folder, data, file) = filled();
        let mut bytes = fs::read(&file).unwrap();
        let end = bytes.len();
        bytes[HEADER_BYTES..end].fill(0xa5);
        fs::write(&file, bytes).unwrap();
        let error = refusal_leaves_the_file_alone(&data, &file);
        assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    }

    #[test]
    fn a_second_lock_is_refused_until_the_first_is_gone() {
        let (_folder, data) = directory();
        let first = data.lock().unwrap();
        assert!(matches!(data.lock(), Err(InUse::Locked(_))));
        drop(first);
        assert!(data.lock().is_ok());
    }
}
