//! The target of a backup, checked before it is written: it must not be, or be read together with, a file of a pipeline.

use std::{
    fs, io,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
};

use super::error::BackupError;
use crate::{DataDirectory, file_names};

impl DataDirectory {
    /// Whether a backup of this data to `target` would replace an existing file. Opens no file.
    ///
    /// # Errors
    /// [`BackupError::is_of_target`] when `target` can't be used.
    pub fn backup_replaces(&self, target: &Path) -> Result<bool, BackupError> {
        if self.owns(target) {
            return Err(BackupError::OwnFile(target.to_owned()));
        }
        replaces_a_file(target)
    }

    /// Whether `file` is one of the pipeline's files, under any name, or would be one if it existed.
    pub fn owns(&self, file: &Path) -> bool {
        let id = |path: &Path| fs::metadata(path).map(|it| (it.dev(), it.ino())).ok();
        let is_same = |own: &Path| id(own).is_some_and(|own| id(file) == Some(own));
        has_name_of_pipeline(file) && is_same_folder(folder_of(file), self.path())
            || file_names::ALL.iter().any(|name| is_same(&self.path().join(name)))
    }
}

fn has_name_of_pipeline(file: &Path) -> bool {
    file.file_name().is_some_and(|name| file_names::ALL.iter().any(|own| name == *own))
}

fn is_same_folder(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The files that SQLite would read together with a database of this name.
pub(super) fn logs_of(database: &Path) -> [PathBuf; 3] {
    file_names::SUFFIXES.map(|suffix| {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    })
}

/// Whether a backup would replace a file, if it may be written there at all.
pub(super) fn replaces_a_file(target: &Path) -> Result<bool, BackupError> {
    let is_file = is_file(target)?;
    let is_beside_a_lock = folder_of(target).join(file_names::LOCK).symlink_metadata().is_ok();
    if has_name_of_pipeline(target) && is_beside_a_lock {
        return Err(BackupError::AnothersFile(target.to_owned()));
    }
    match logs_of(target).into_iter().find(|log| log.symlink_metadata().is_ok()) {
        Some(log) => Err(BackupError::LogBeside { path: target.to_owned(), log }),
        None => Ok(is_file),
    }
}

/// Whether the target exists. A rename would destroy anything but a regular file, such as a device or a link.
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

/// `Path::file_name` ignores a trailing `/` and `/.`.
fn is_name_of_folder(target: &Path) -> bool {
    let name = target.as_os_str().as_bytes();
    target.file_name().is_none() || name.ends_with(b"/") || name.ends_with(b"/.")
}
