//! The folder of a pipeline's data, and how its data file is opened without damage to other programs' files.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};

use crate::{
    InUse, Lock, OpenError, Store,
    file_names::{DATABASE, LOG, NEW_DATABASE, PROGRAMS_LOCK},
    schema, upgrade,
};

/// The folder of one pipeline's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDirectory(PathBuf);

impl DataDirectory {
    /// The folder at `path`, which need not exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Locks the folder for one running pipeline, until the lock is dropped or the process ends.
    ///
    /// # Errors
    /// [`InUse`] when another process holds the lock.
    pub fn lock(&self) -> Result<Lock, InUse> {
        Lock::take(&self.0)
    }

    /// The file that is locked while a program of the handler runs.
    pub fn programs_lock(&self) -> PathBuf {
        self.0.join(PROGRAMS_LOCK)
    }

    /// Whether a process runs this pipeline, that is, holds the lock.
    ///
    /// # Errors
    /// When the lock file can't be opened or locked.
    pub fn is_running(&self) -> io::Result<bool> {
        Lock::is_held(&self.0)
    }

    /// Opens the data for a pipeline that will run on it. Creates the data file if it is missing, and upgrades an earlier
    /// format. From then on, the store fails when the lock file is removed.
    ///
    /// # Errors
    /// [`OpenError`] when the data file can't be used.
    pub fn open_or_create(&self, lock: &Lock) -> Result<Store, OpenError> {
        let path = self.0.join(DATABASE);
        if !exists(&path)? {
            self.refuse_log_without_database(&path)?;
            self.create(&path)?;
        }
        let store = Store::open(&path, check_integrity, upgrade)?;
        store.watch_lock(lock.path())?;
        Ok(store)
    }

    /// Opens existing data.
    ///
    /// # Errors
    /// [`OpenError`] when the data file is missing or can't be used.
    pub fn open(&self) -> Result<Store, OpenError> {
        Store::open(&self.0.join(DATABASE), |_| Ok(()), refuse_earlier_format)
    }

    /// SQLite would take an existing log for that of the new database, and mix the two.
    fn refuse_log_without_database(&self, database: &Path) -> Result<(), OpenError> {
        let log = self.0.join(LOG);
        if exists(&log)? {
            return Err(OpenError::LogWithoutDatabase { database: database.to_owned(), log });
        }
        Ok(())
    }

    /// Creates the file under another name and renames it, so that a crash leaves no incomplete database.
    fn create(&self, path: &Path) -> Result<(), OpenError> {
        let new = self.0.join(NEW_DATABASE);
        let io = |source| OpenError::Io { path: new.clone(), source };
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
        schema::create(&new).map_err(|source| OpenError::sqlite(&new, source))?;
        fs::rename(&new, path).and_then(|()| File::open(&self.0)?.sync_all()).map_err(io)
    }
}

/// Fails for a link to a missing file: a new database in its place would hide the data that the link names.
fn exists(path: &Path) -> Result<bool, OpenError> {
    match path.try_exists() {
        Ok(false) if path.is_symlink() => Err(OpenError::LinkToNothing(path.to_owned())),
        found => found.map_err(|source| OpenError::Io { path: path.to_owned(), source }),
    }
}

fn upgrade(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    upgrade::upgrade(connection).map_err(|source| OpenError::sqlite(path, source))
}

fn refuse_earlier_format(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    if upgrade::is_needed(connection).map_err(|source| OpenError::sqlite(path, source))? {
        let folder = path.parent().unwrap_or(path).to_owned();
        return Err(OpenError::EarlierFormat { path: path.to_owned(), folder });
    }
    Ok(())
}

/// Reads the whole file once, at the start of a pipeline, when no other process writes.
fn check_integrity(path: &Path) -> Result<(), OpenError> {
    let damaged = |problem: String| OpenError::Damaged { path: path.to_owned(), problem };
    let check = || -> rusqlite::Result<String> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
    };
    match check() {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(problem) => Err(damaged(problem)),
        Err(error) if is_damage(&error) => Err(damaged(error.to_string())),
        Err(source) => Err(OpenError::sqlite(path, source)),
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{HEADER_BYTES, USER_VERSION_AT};

    fn directory() -> (tempfile::TempDir, DataDirectory) {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDirectory::new(folder.path().join("data"));
        (folder, data)
    }

    fn filled() -> (tempfile::TempDir, DataDirectory, PathBuf) {
        let (folder, data) = directory();
        drop(opened_or_created(&data).unwrap());
        let file = data.path().join(DATABASE);
        (folder, data, file)
    }

    fn opened_or_created(data: &DataDirectory) -> Result<Store, OpenError> {
        data.open_or_create(&data.lock().unwrap())
    }

    /// Opens the data, which must fail and leave the file unchanged.
    fn refusal(data: &DataDirectory, file: &Path) -> OpenError {
        let before = fs::read(file).unwrap();
        let error = opened_or_created(data).map(drop).unwrap_err();
        assert_eq!(fs::read(file).unwrap(), before, "{error}");
        error
    }

    #[test]
    fn created_data_can_be_opened_again() {
        let (_folder, data, _) = filled();
        assert!(opened_or_created(&data).is_ok() && data.open().is_ok());
    }

    #[test]
    fn open_creates_nothing_in_a_folder_without_data() {
        let (_folder, data) = directory();
        assert!(matches!(data.open().map(drop), Err(OpenError::Missing(path)) if path == data.path()));
        assert!(!data.path().exists());
    }

    #[test]
    fn a_text_file_is_refused_as_foreign() {
        let (_folder, data, file) = filled();
        fs::write(&file, "x".repeat(500)).unwrap();
        assert!(matches!(refusal(&data, &file), OpenError::Foreign(_)));
        fs::write(&file, "").unwrap();
        assert!(matches!(refusal(&data, &file), OpenError::Foreign(_)));
    }

    #[test]
    fn the_database_of_another_program_is_refused_as_foreign() {
        let (_folder, data, file) = filled();
        fs::remove_file(&file).unwrap();
        let other = Connection::open(&file).unwrap();
        other.execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
        drop(other);
        assert!(matches!(refusal(&data, &file), OpenError::Foreign(_)));
    }

    #[test]
    fn a_newer_format_is_refused_by_number() {
        let (_folder, data, file) = filled();
        let mut bytes = fs::read(&file).unwrap();
        bytes[USER_VERSION_AT + 3] = 99;
        fs::write(&file, bytes).unwrap();
        let error = refusal(&data, &file);
        assert!(matches!(error, OpenError::OtherFormat { found: 99, .. }), "{error}");
    }

    #[test]
    fn data_of_an_earlier_format_is_upgraded_by_a_pipeline_and_refused_to_commands() {
        for format in [include_str!("upgrade/format_1.sql"), include_str!("upgrade/format_2.sql")] {
            let (_folder, data, file) = filled();
            fs::remove_file(&file).unwrap();
            Connection::open(&file).unwrap().execute_batch(format).unwrap();
            for _ in 0..2 {
                let error = data.open().map(drop).unwrap_err();
                assert!(matches!(&error, OpenError::EarlierFormat { .. }), "{error}");
            }
            drop(opened_or_created(&data).unwrap());
            assert!(data.open().is_ok());
        }
    }

    #[test]
    fn a_format_that_no_version_wrote_is_refused_by_number() {
        let (_folder, data, file) = filled();
        let mut bytes = fs::read(&file).unwrap();
        bytes[USER_VERSION_AT + 3] = 0;
        fs::write(&file, bytes).unwrap();
        let error = refusal(&data, &file);
        assert!(matches!(error, OpenError::OtherFormat { found: 0, .. }), "{error}");
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let (_folder, data, file) = filled();
        let mut bytes = fs::read(&file).unwrap();
        let end = bytes.len();
        bytes[HEADER_BYTES..end].fill(0xa5);
        fs::write(&file, bytes).unwrap();
        let error = refusal(&data, &file);
        assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    }
}
