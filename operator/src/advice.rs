//! Advice on an error, printed after it: what to do, and which page has more.

use std::{
    io::{self, ErrorKind},
    path::Path,
};

use local::{BackupError, InUse, InvalidKeys, OpenError, StartError, refused_by_system};
use shared::setting::InvalidSetting;

use crate::{
    address::CantListen,
    terminal::{program_word, shell_path},
};

/// None if the error says what to do.
pub fn advice(error: &anyhow::Error) -> Option<String> {
    if error.is::<InvalidSetting>() {
        return Some("docs/settings.md describes every setting.".to_owned());
    }
    if let Some(refused) = error.downcast_ref::<CantListen>() {
        return Some(address_advice(refused));
    }
    if error.chain().any(|cause| cause.is::<InvalidKeys>()) {
        return Some("docs/settings.md (Tokens on one machine) describes the file.".to_owned());
    }
    let missing = error.downcast_ref::<OpenError>().and_then(|error| match error {
        OpenError::Missing(folder) => Some(folder),
        _ => None,
    });
    if let Some(folder) = missing {
        let create = format!("{} local --data {}", program_word(), shell_path(folder));
        return Some(format!("Create it with {create}, or name another folder with --local DIR."));
    }
    if let Some(target) = target_of_backup(error) {
        return target_advice(error, target);
    }
    if is_locked(error) {
        return Some(
            "Another program has locked the file: end its transaction or the program, and try again \
             (docs/operating.md, If it does not start)."
                .to_owned(),
        );
    }
    is_about_data(error).then(|| folder_advice(error))
}

fn address_advice(refused: &CantListen) -> String {
    let why = match refused.source.kind() {
        ErrorKind::AddrInUse => "Another program uses this address. ",
        ErrorKind::AddrNotAvailable => "This machine has no such address. ",
        ErrorKind::PermissionDenied => "Only root may listen on such a port. ",
        _ => "",
    };
    format!(
        "{why}Use another address with {} ADDRESS:PORT; port 0 uses a free port (docs/operating.md, If it does not start).",
        refused.flag
    )
}

/// The file that a backup could not be written to; none if the cause is damaged data.
fn target_of_backup(error: &anyhow::Error) -> Option<&Path> {
    let is_damage = error.chain().find_map(refused_by_system) == Some(ErrorKind::InvalidData);
    match error.downcast_ref::<BackupError>()? {
        BackupError::Io { path, .. } | BackupError::Sqlite { path, .. } if !is_damage => Some(path),
        _ => None,
    }
}

fn target_advice(error: &anyhow::Error, target: &Path) -> Option<String> {
    let target = target.display();
    let why = match error.chain().find_map(refused_by_system)? {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            format!(
                "There is no space left for {target}: use a file on a disk with space for all of the data"
            )
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!("The folder of {target} must be writable for you: use a file in another folder")
        }
        _ => return None,
    };
    Some(format!("{why} (docs/operating.md, Backup and restore)."))
}

/// Recognised by SQLite's message: the error comes through a port, which keeps nothing else of it.
fn is_locked(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.to_string() == "database is locked")
}

fn is_about_data(error: &anyhow::Error) -> bool {
    let is_of_sqlite =
        || error.chain().any(|cause| !cause.is::<io::Error>() && refused_by_system(cause).is_some());
    error.is::<StartError>() || error.is::<OpenError>() || error.is::<InUse>() || is_of_sqlite()
}

fn folder_advice(error: &anyhow::Error) -> String {
    let why = match error.chain().find_map(refused_by_system) {
        Some(ErrorKind::PermissionDenied) => {
            "The folder and its files must be readable and writable for you. "
        }
        Some(ErrorKind::NotADirectory | ErrorKind::AlreadyExists) => {
            "The data directory must be a folder, but this is a file or a broken link. "
        }
        Some(ErrorKind::IsADirectory) => "One of the data files is a folder. ",
        Some(ErrorKind::ReadOnlyFilesystem) => "The folder must be on a writable file system. ",
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => "There is no space left there. ",
        Some(ErrorKind::InvalidData) => "Restore it from a backup (docs/operating.md, Backup and restore). ",
        _ => "",
    };
    format!("{why}`--local DIR` uses another folder (docs/operating.md, If it does not start).")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_that_cant_be_written_gets_advice_on_its_own_file() {
        for (kind, word) in [
            (ErrorKind::StorageFull, "no space left for /backups/b.db"),
            (ErrorKind::PermissionDenied, "The folder of /backups/b.db must be writable"),
        ] {
            let error = BackupError::Io { path: "/backups/b.db".into(), source: kind.into() };
            let advice = advice(&error.into()).unwrap();
            assert!(advice.contains(word) && !advice.contains("--local"), "{advice}");
        }
    }
}
