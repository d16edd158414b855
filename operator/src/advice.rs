//! What can be done about an error, and which page says more: a second line behind the error's own.

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

/// None where the error says all there is to say.
pub fn advice(error: &anyhow::Error) -> Option<String> {
    if error.is::<InvalidSetting>() {
        return Some("docs/settings.md describes every setting.".to_owned());
    }
    if let Some(refused) = error.downcast_ref::<CantListen>() {
        return Some(about_address(refused));
    }
    if error.chain().any(|cause| cause.is::<InvalidKeys>()) {
        return Some("docs/settings.md (Tokens on one machine) says what the file must hold.".to_owned());
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
        return about_target(error, target);
    }
    if is_locked(error) {
        return Some(
            "Another program holds the file locked: let it end its transaction, or end it, and try again \
             (docs/operating.md, If it does not start)."
                .to_owned(),
        );
    }
    is_about_data(error).then(|| about_folder(error))
}

fn about_address(refused: &CantListen) -> String {
    let why = match refused.source.kind() {
        ErrorKind::AddrInUse => "Another program listens there. ",
        ErrorKind::AddrNotAvailable => "This machine has no such address. ",
        ErrorKind::PermissionDenied => "Only root may listen on such a port. ",
        _ => "",
    };
    format!(
        "{why}Name another address with {} ADDRESS:PORT; port 0 takes a free one (docs/operating.md, If it does not start).",
        refused.flag
    )
}

/// The file that a backup could not be written to. Where SQLite found the data damaged, it is none of that file's.
fn target_of_backup(error: &anyhow::Error) -> Option<&Path> {
    let is_damage = error.chain().find_map(refused_by_system) == Some(ErrorKind::InvalidData);
    match error.downcast_ref::<BackupError>()? {
        BackupError::Io { path, .. } | BackupError::Sqlite { path, .. } if !is_damage => Some(path),
        _ => None,
    }
}

fn about_target(error: &anyhow::Error, target: &Path) -> Option<String> {
    let target = target.display();
    let why = match error.chain().find_map(refused_by_system)? {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            format!(
                "There is no space left for {target}: name a file on a disk that has room for all of the data"
            )
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!("The folder of {target} must be yours to write: name a file in another one")
        }
        _ => return None,
    };
    Some(format!("{why} (docs/operating.md, Backup and restore)."))
}

/// Told by SQLite's words for it, which are all that is left where the error has come through a port.
fn is_locked(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.to_string() == "database is locked")
}

fn is_about_data(error: &anyhow::Error) -> bool {
    let is_of_sqlite =
        || error.chain().any(|cause| !cause.is::<io::Error>() && refused_by_system(cause).is_some());
    error.is::<StartError>() || error.is::<OpenError>() || error.is::<InUse>() || is_of_sqlite()
}

fn about_folder(error: &anyhow::Error) -> String {
    let why = match error.chain().find_map(refused_by_system) {
        Some(ErrorKind::PermissionDenied) => "The folder and its files must be yours to read and to write. ",
        Some(ErrorKind::NotADirectory | ErrorKind::AlreadyExists) => {
            "The data is kept in a folder, and this is a file, or a link that leads nowhere. "
        }
        Some(ErrorKind::IsADirectory) => "A folder is where one of the data's files should be. ",
        Some(ErrorKind::ReadOnlyFilesystem) => "The folder must be on a file system that can be written. ",
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => "There is no space left there. ",
        Some(ErrorKind::InvalidData) => "Restore it from a backup (docs/operating.md, Backup and restore). ",
        _ => "",
    };
    format!("{why}`--local DIR` names another folder (docs/operating.md, If it does not start).")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_that_cant_be_written_is_told_of_its_own_file() {
        for (kind, word) in [
            (ErrorKind::StorageFull, "no space left for /backups/b.db"),
            (ErrorKind::PermissionDenied, "The folder of /backups/b.db must be yours"),
        ] {
            let error = BackupError::Io { path: "/backups/b.db".into(), source: kind.into() };
            let advice = advice(&error.into()).unwrap();
            assert!(advice.contains(word) && !advice.contains("--local"), "{advice}");
        }
    }
}
