//! Files are short, are named for one thing, and say first what they are.

use crate::source::{product, proofs, rust_files, without_tests};

/// Lines of a file without its tests.
const LINES_MAX: usize = 400;
const NAMES_THAT_SAY_NOTHING: [&str; 8] =
    ["utils", "util", "common", "helpers", "helper", "manager", "misc", "types"];

#[test]
fn every_file_opens_by_saying_what_it_is() {
    for (name, text) in product().into_iter().chain(proofs()) {
        assert!(text.starts_with("//! "), "{name} does not open with a `//!` comment that says what it is");
    }
}

#[test]
fn files_are_short() {
    for (name, text) in product().into_iter().chain(rust_files("bench")) {
        let lines = without_tests(&text).lines().count();
        assert!(lines <= LINES_MAX, "{name} has {lines} lines: which nouns share it?");
    }
}

#[test]
fn no_file_is_named_for_nothing() {
    for (name, _) in product().into_iter().chain(proofs()) {
        for part in name.trim_end_matches(".rs").split('/') {
            assert!(!NAMES_THAT_SAY_NOTHING.contains(&part), "{name}: call it by what it does");
        }
    }
}

#[test]
fn whatever_lint_is_switched_off_has_its_reason() {
    for (name, text) in product() {
        for line in text.lines().filter(|line| line.contains("allow(") || line.contains("expect(")) {
            let is_attribute = line.trim_start().starts_with("#[") || line.trim_start().starts_with("#![");
            assert!(!is_attribute || line.contains("reason"), "{name}: {line}");
        }
    }
}

#[test]
fn no_test_is_switched_off_and_none_sleeps() {
    for (name, text) in product().into_iter().chain(proofs()) {
        // Itself; what a measurement makes take its time; and the way to poll for a lock.
        let may_sleep = [
            "tests/tidy/files.rs",
            "bench/src/functions/share.rs",
            "bench/src/load/pace.rs",
            "tests/harness/stand_in.rs",
            "local/src/connection.rs",
            "local/src/lock.rs",
        ];
        if may_sleep.contains(&&*name) {
            continue;
        }
        assert!(!text.contains("#[ignore"), "{name} ignores a test");
        let sleeps = text.contains("thread::sleep");
        assert!(!sleeps, "{name} sleeps: poll for the condition, or move a clock");
    }
}
