//! Applies every planted bug of docs/proof.md and checks that the named tests fail: `make planted-bugs`. It changes the
//! tree itself, one bug after the other: cargo would take the builds of a copy for those of the tree.

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Output},
};

use crate::{
    planted_bugs::{PlantedBug, Test, planted_bugs},
    source::{read, root},
};

/// A bug in its file. Dropped, it restores the file.
struct InPlace {
    file: PathBuf,
    was: String,
}

impl InPlace {
    fn new(fault: &PlantedBug) -> Self {
        let in_place = Self { file: root().join(&fault.file), was: read(&fault.file) };
        fs::write(&in_place.file, fault.plant()).unwrap();
        in_place
    }
}

impl Drop for InPlace {
    fn drop(&mut self) {
        fs::write(&self.file, &self.was).unwrap();
    }
}

#[test]
#[allow(clippy::print_stdout, reason = "prints its progress: it takes half an hour")]
fn every_planted_bug_fails_the_tests_that_are_named() {
    let wanted = env::var("FAULT").unwrap_or_default();
    let mut missed = Vec::new();
    let mut checked = 0;
    for fault in planted_bugs().iter().filter(|fault| wanted.is_empty() || fault.name == wanted) {
        let _in_place = InPlace::new(fault);
        for test in &fault.noticed_by {
            let outcome = if notices(test) { "noticed by" } else { "MISSED by" };
            let result = format!("{}: {outcome} {} {}", fault.name, test.target, test.path);
            println!("{result}");
            missed.extend((outcome == "MISSED by").then_some(result));
            checked += 1;
        }
    }
    assert!(checked > 0, "there is no planted bug {wanted}");
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Whether the test fails. A test that can't be built is an error.
fn notices(test: &Test) -> bool {
    let built = cargo(test, &["--no-run"]);
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let run = cargo(test, &["--", "--exact", &test.path]);
    !run.status.success() && String::from_utf8_lossy(&run.stdout).contains("0 passed; 1 failed")
}

/// With the features of the whole workspace, as make passes them, so that little is built.
fn cargo(test: &Test, arguments: &[&str]) -> Output {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.arg("test").current_dir(root());
    if test.is_of_a_package() {
        cargo.args(["--locked", "--package", &format!("taskline-{}", test.target), "--lib"]);
    } else {
        cargo.args(env::var("WORKSPACE").unwrap().split_whitespace()).args(["--test", &test.target]);
    }
    cargo.args(arguments).output().unwrap()
}
