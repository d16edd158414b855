//! A machine's clock that a test sets while the program runs, by libfaketime. As with a real clock, setting it does not
//! change the machine's uptime.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

use crate::taskline::Taskline;

/// The clock of the processes that run with it.
pub struct FakeTime {
    folder: TempDir,
    library: String,
}

impl FakeTime {
    /// A correct clock.
    pub fn new() -> Self {
        remove_leftovers();
        let fake = Self { folder: tempfile::tempdir().unwrap(), library: library() };
        fake.set("+0");
        fake
    }

    /// Sets it to an offset from the correct time, such as `-1d` or `+10m`, for all later reads.
    pub fn set(&self, from_right: &str) {
        let aside = self.folder.path().join("aside");
        fs::write(&aside, format!("{from_right}\n")).unwrap();
        fs::rename(aside, self.file()).unwrap();
    }

    /// Runs the program with this clock.
    pub fn over(&self, taskline: Taskline) -> Taskline {
        self.variables().into_iter().fold(taskline, |taskline, (name, value)| taskline.with(name, value))
    }

    /// The environment of a process that runs with this clock.
    pub fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("LD_PRELOAD", self.library.clone()),
            ("FAKETIME_TIMESTAMP_FILE", self.file()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }

    fn file(&self) -> String {
        self.folder.path().join("time").to_str().unwrap().to_owned()
    }
}

impl Default for FakeTime {
    fn default() -> Self {
        Self::new()
    }
}

/// A killed process leaves its shared memory and its semaphore behind, under names that hold its process id, and the library
/// refuses to start in a later process with that id.
fn remove_leftovers() {
    let Ok(entries) = fs::read_dir("/dev/shm") else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let process = name.strip_prefix("faketime_shm_").or_else(|| name.strip_prefix("sem.faketime_sem_"));
        let is_dead = process.is_some_and(|id| !Path::new("/proc").join(id).exists());
        if is_dead {
            // Fails if another test removed it meanwhile; if it stays, the program that needs its name reports it.
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// The library's path depends on the system and the processor; the program that is installed with it prints it.
fn library() -> String {
    let printed = Command::new("faketime").args(["-f", "+0", "printenv", "LD_PRELOAD"]).output();
    let printed = printed.expect("`faketime` on PATH: `make setup` installs it");
    let library = String::from_utf8(printed.stdout).unwrap().trim().to_owned();
    assert!(printed.status.success() && !library.is_empty(), "`faketime` preloads nothing");
    library
}
