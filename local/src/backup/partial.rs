//! A copy that isn't complete yet, beside the target.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io,
    os::unix::{ffi::OsStrExt, fs::OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};

use super::target::{folder_of, logs_of};
use crate::file_names;

/// A file that replaces the target once it is complete. Dropped before that, it is deleted.
pub(super) struct PartialCopy(PathBuf);

impl PartialCopy {
    /// Creates the file, and deletes those that killed processes left for the same target.
    pub fn create(target: &Path) -> io::Result<Self> {
        delete_abandoned(target);
        let name = target.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut partial = OsString::from(".");
        partial.push(name);
        partial.push(format!(".{}.partial", std::process::id()));
        let partial = Self(target.with_file_name(partial));
        partial.delete()?;
        // Only this user may read what tasks contain.
        File::options().write(true).create_new(true).mode(0o600).open(&partial.0)?;
        Ok(partial)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Moves the file to the target and returns its length in bytes.
    pub fn finish(self, target: &Path) -> io::Result<u64> {
        let file = File::open(&self.0)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        fs::rename(&self.0, target)?;
        File::open(folder_of(target))?.sync_all()?;
        Ok(bytes)
    }

    fn delete(&self) -> io::Result<()> {
        [self.0.clone()].into_iter().chain(logs_of(&self.0)).try_for_each(|file| {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        })
    }
}

impl Drop for PartialCopy {
    fn drop(&mut self) {
        // A finished one is at the target by now.
        let _ = self.delete();
    }
}

/// A killed process can't delete its partial copy, which can be as large as the data.
fn delete_abandoned(target: &Path) {
    let Some(name) = target.file_name() else { return };
    for found in fs::read_dir(folder_of(target)).into_iter().flatten().flatten() {
        if maker_of_partial(&found.file_name(), name).is_some_and(has_ended) {
            // If this fails, the file only takes space.
            let _ = fs::remove_file(found.path());
        }
    }
}

/// The process that made the file `found` for a backup to `target`, if the file is a partial copy.
fn maker_of_partial(found: &OsStr, target: &OsStr) -> Option<Pid> {
    let rest = found.as_bytes().strip_prefix(b".")?.strip_prefix(target.as_bytes())?.strip_prefix(b".")?;
    let (maker, suffix) = str::from_utf8(rest).ok()?.split_once(".partial")?;
    let is_partial = suffix.is_empty() || file_names::SUFFIXES.contains(&suffix);
    let maker: u32 = maker.parse().ok().filter(|_| is_partial)?;
    Pid::from_raw(maker.try_into().ok()?)
}

fn has_ended(process: Pid) -> bool {
    test_kill_process(process) == Err(Errno::SRCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_partial_copy_for_the_same_target_has_a_maker() {
        let maker = |found: &str| maker_of_partial(found.as_ref(), "a.db".as_ref()).map(Pid::as_raw_pid);
        assert_eq!(maker(".a.db.7.partial"), Some(7));
        assert_eq!(maker(".a.db.7.partial-journal"), Some(7));
        for another in [
            "a.db.7.partial",
            ".b.db.7.partial",
            ".a.db.partial",
            ".a.db.x.partial",
            ".a.db.0.partial",
            ".a.db.7.partial.8.partial",
            ".a.db.7.partial-notes",
            ".a.db.4294967295.partial",
        ] {
            assert_eq!(maker(another), None, "{another}");
        }
    }
}
