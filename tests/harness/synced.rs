//! How much of its log a pipeline syncs, reported by a library that is loaded into it. No other way to see it works
//! without privileges.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

use crate::taskline::Taskline;

/// The length of the log at each sync.
pub struct Synced(TempDir);

impl Synced {
    /// Compiles the library beside the test and loads it into `taskline`.
    pub fn watch(taskline: Taskline) -> (Taskline, Self) {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("harness/synced.c");
        let library = folder.path().join("synced.so");
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
        assert!(compile.status().unwrap().success());
        let lengths = folder.path().join("lengths");
        let taskline = taskline.with("LD_PRELOAD", library.to_str().unwrap());
        (taskline.with("SYNCED", lengths.to_str().unwrap()), Self(folder))
    }

    /// In bytes, oldest first.
    pub fn lengths(&self) -> Vec<usize> {
        let lengths = fs::read_to_string(self.0.path().join("lengths")).unwrap();
        lengths.lines().map(|line| line.parse().unwrap()).collect()
    }

    /// The time of the last sync.
    pub fn length(&self) -> usize {
        self.lengths().last().copied().unwrap()
    }
}
