//! Finds a program, and checks before the pipeline starts that the system can start it.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read},
    path::{self, Path, PathBuf},
};

use rustix::fs::{Access, access};

/// Where programs are searched without `PATH`.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// How much of a file is read to recognise what it is.
const HEAD_BYTES: u64 = 256;

/// Why a program can't be started, as a phrase that follows the name of its flag or setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotExecutable {
    /// A name that no folder of `PATH` has.
    #[error("names the program {0}, which is not in a folder of PATH")]
    NotInPath(String),
    /// A path without a file.
    #[error("names the program {}, which does not exist", .0.display())]
    Missing(PathBuf),
    /// A folder, a socket or a device.
    #[error("names the program {}, which is not a file", .0.display())]
    NotAFile(PathBuf),
    /// A file without the permission.
    #[error(
        "names the program {path}, which is not executable: allow it with chmod +x, or name the interpreter before it, as in \
         \"python3 {path}\"",
        path = .0.display()
    )]
    NotPermitted(PathBuf),
    /// A script for an interpreter that isn't there.
    #[error(
        "names the program {path}, whose first line names the interpreter {1:?}, which does not exist",
        path = .0.display()
    )]
    NoInterpreter(PathBuf, String),
    /// A text without an interpreter.
    #[error(
        "names the program {path}, which is a text without an interpreter: begin it with a line such as #!/bin/sh, or name the \
         interpreter before it, as in \"sh {path}\"",
        path = .0.display()
    )]
    PlainText(PathBuf),
    /// A folder on the way that can't be searched, or an error of the disk.
    #[error("names the program {path}, which can't be checked: {1}", path = .0.display())]
    Unreadable(PathBuf, String),
}

/// The absolute path of a program.
pub(crate) fn find(program: &str, search_path: Option<&OsStr>) -> Result<PathBuf, NotExecutable> {
    if program.contains('/') {
        let path = path::absolute(program).unwrap_or_else(|_| PathBuf::from(program));
        return check(&path, search_path).map(|()| path);
    }
    let folders = search_path.unwrap_or(OsStr::new(DEFAULT_PATH));
    let mut refusal = NotExecutable::NotInPath(program.to_owned());
    for folder in std::env::split_paths(folders) {
        let path = path::absolute(folder.join(program)).unwrap_or_else(|_| folder.join(program));
        match check(&path, search_path) {
            Ok(()) => return Ok(path),
            Err(NotExecutable::Missing(_)) => {}
            // A folder of PATH that this user can't search does not keep a shell from the next one.
            Err(NotExecutable::NotAFile(_) | NotExecutable::Unreadable(..)) => {}
            Err(other) => refusal = other,
        }
    }
    Err(refusal)
}

fn check(path: &Path, search_path: Option<&OsStr>) -> Result<(), NotExecutable> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => NotExecutable::Missing(path.to_owned()),
        _ => NotExecutable::Unreadable(path.to_owned(), error.to_string()),
    };
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(NotExecutable::NotAFile(path.to_owned()));
    }
    access(path, Access::EXEC_OK).map_err(|_| NotExecutable::NotPermitted(path.to_owned()))?;
    match head(path) {
        Ok(head) => check_head(path, &head, search_path),
        // A program need not be readable to be executable.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) => Err(unreadable(error)),
    }
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

fn check_head(path: &Path, head: &[u8], search_path: Option<&OsStr>) -> Result<(), NotExecutable> {
    let Some(line) = head.strip_prefix(b"#!") else {
        let is_text = head.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
        return if is_text { Err(NotExecutable::PlainText(path.to_owned())) } else { Ok(()) };
    };
    let line = String::from_utf8_lossy(line.split(|byte| *byte == b'\n').next().unwrap_or_default());
    let mut words = line.trim_matches([' ', '\t']).split([' ', '\t']);
    let interpreter = words.next().unwrap_or_default();
    let missing = |name: &str| NotExecutable::NoInterpreter(path.to_owned(), name.to_owned());
    if !Path::new(interpreter).is_file() {
        return Err(missing(interpreter));
    }
    let is_env = Path::new(interpreter).file_name() == Some(OsStr::new("env"));
    match words.find(|word| *word != "-S" && !word.is_empty()) {
        Some(name) if is_env && !name.starts_with('-') && !name.contains(['/', '=']) => {
            find(name, search_path).map(drop).map_err(|_| missing(name))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    fn script(folder: &TempDir, name: &str, text: &str, mode: u32) -> String {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_program_is_found_by_its_path_and_by_its_name_in_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = script(&folder, "run-it", "#!/usr/bin/env sh\n", 0o755);
        assert_eq!(find(&path, None), Ok(PathBuf::from(&path)));
        let search_path = std::env::join_paths(["/nonexistent".as_ref(), folder.path()]).unwrap();
        assert!(matches!(find("run-it", Some(&search_path)), Err(NotExecutable::NoInterpreter(..))));
        let search_path = std::env::join_paths([folder.path(), "/bin".as_ref()]).unwrap();
        assert_eq!(find("run-it", Some(&search_path)), Ok(PathBuf::from(&path)));
        assert_eq!(find("sh", None).unwrap().file_name(), Some(OsStr::new("sh")));
        assert!(
            find("./Cargo.toml", None).unwrap_err().to_string().contains("/Cargo.toml, which is not exec")
        );
    }

    #[test]
    fn what_the_system_can_not_start_is_refused_with_its_path_and_the_cause() {
        let folder = tempfile::tempdir().unwrap();
        let below = script(&folder, "file", "#!/bin/sh\n", 0o644) + "/below";
        for (path, cause) in [
            (script(&folder, "plain", "echo hello\n", 0o755), "is a text without an interpreter"),
            (script(&folder, "empty", "", 0o755), "is a text without an interpreter"),
            (
                script(&folder, "lost", "#!/no/such/python\n", 0o755),
                "\"/no/such/python\", which does not exist",
            ),
            (script(&folder, "windows", "#!/bin/sh\r\n", 0o755), "\"/bin/sh\\r\", which does not exist"),
            (
                script(&folder, "env", "#!/usr/bin/env no-such-python\n", 0o755),
                "\"no-such-python\", which does",
            ),
            (script(&folder, "denied", "#!/bin/sh\n", 0o644), "is not executable: allow it with chmod +x"),
            (folder.path().to_str().unwrap().to_owned(), "which is not a file"),
            (folder.path().join("missing").to_str().unwrap().to_owned(), "which does not exist"),
            (below, "which does not exist"),
        ] {
            let refused = find(&path, None).unwrap_err().to_string();
            assert!(refused.contains(&path) && refused.contains(cause), "{refused}");
        }
        for line in ["#!/bin/sh -e", "#! /bin/sh", "#!/usr/bin/env -S sh -e", "#!/usr/bin/env A=1 sh"] {
            assert!(find(&script(&folder, "good", line, 0o755), None).is_ok(), "{line}");
        }
    }
}
