//! The domain reads no clock and no environment, and does no IO.

use crate::source::{product, rust_files, without_tests};

const IMPURE: [&str; 12] = [
    "Utc::now",
    "Local::now",
    "SystemTime",
    "Instant::now",
    "std::env",
    "env::var",
    "std::fs",
    "std::net",
    "std::thread",
    "tokio",
    "println!",
    "new_v4",
];

#[test]
fn the_domain_does_no_io_except_through_ports() {
    for (name, text) in rust_files("shared/src") {
        for impure in IMPURE {
            assert!(!without_tests(&text).contains(impure), "{name} uses {impure}: take it as an argument");
        }
    }
}

/// A record made from another one by naming fields: `TaskRecord { status, ..record }`. Taking one apart ends in `.. }`.
fn makes_a_record_from_another(code: &str) -> bool {
    code.split("TaskRecord {").skip(1).any(|rest| {
        let fields = rest.split('}').next().unwrap_or_default();
        fields
            .split("..")
            .nth(1)
            .is_some_and(|base| base.starts_with(|dead_letter: char| dead_letter.is_alphabetic()))
    })
}

#[test]
fn only_the_lifecycle_makes_and_changes_records() {
    for (name, text) in product() {
        let is_lifecycle = name.starts_with("shared/src/lifecycle/") || name == "shared/src/record.rs";
        // A fixture is only built for tests, like those at the end of a file.
        if is_lifecycle || name.ends_with("/fixture.rs") {
            continue;
        }
        let code = without_tests(&text);
        assert!(!makes_a_record_from_another(code), "{name} changes a record by itself");
        assert!(
            !code.contains(".revision +") && !code.contains(".status = "),
            "{name} changes a record by itself"
        );
    }
    assert!(makes_a_record_from_another("TaskRecord { status, ..record.next() }"));
}
