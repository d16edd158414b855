//! Files are short, are named for one thing, and begin with what they are.

use crate::source::{product, product_with_tests, proofs};

/// Lines of a file with its unit tests.
const LINES_MAX: usize = 500;
/// Half of the product's files are shorter than this.
const LINES_MEDIAN_MAX: usize = 100;
const VAGUE_NAMES: [&str; 9] =
    ["utils", "util", "common", "helpers", "helper", "manager", "managers", "misc", "types"];

#[test]
fn every_file_begins_with_what_it_is() {
    for (name, text) in product_with_tests().into_iter().chain(proofs()) {
        assert!(text.starts_with("//! "), "{name} does not begin with a `//!` comment that says what it is");
    }
}

#[test]
fn no_file_is_long() {
    for (name, text) in product_with_tests().into_iter().chain(proofs()) {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{name} has {lines} lines, {LINES_MAX} are allowed: split it");
    }
}

#[test]
fn half_of_the_products_files_are_short() {
    let mut lines: Vec<usize> = product().iter().map(|(_, text)| text.lines().count()).collect();
    lines.sort_unstable();
    let median = lines[lines.len() / 2];
    assert!(median < LINES_MEDIAN_MAX, "the median is {median} lines: split long files");
}

#[test]
fn no_file_has_a_vague_name() {
    for (name, _) in product_with_tests().into_iter().chain(proofs()) {
        for part in name.trim_end_matches(".rs").split('/') {
            assert!(!VAGUE_NAMES.contains(&part), "{name}: name it for what it does");
        }
    }
}

#[test]
fn every_lint_that_is_switched_off_has_a_reason() {
    for (name, text) in product() {
        for line in text.lines().filter(|line| line.contains("allow(") || line.contains("expect(")) {
            let is_attribute = line.trim_start().starts_with("#[") || line.trim_start().starts_with("#![");
            assert!(!is_attribute || line.contains("reason"), "{name}: {line}");
        }
    }
}

#[test]
fn no_test_is_switched_off_and_none_sleeps() {
    for (name, text) in product_with_tests().into_iter().chain(proofs()) {
        // This file; measurements of a delay; polling for a lock.
        let may_sleep = [
            "tests/tidy/files.rs",
            "bench/src/functions/cpu_share.rs",
            "bench/src/load/submit.rs",
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
