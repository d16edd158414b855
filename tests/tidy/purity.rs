//! The domain reads no clock and no environment, and does no IO.

use crate::source::{product, read, rust_files, without_tests};

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
            assert!(
                !without_tests(&text).contains(impure),
                "{name} uses {impure}: take it as an argument instead"
            );
        }
    }
}

/// A record made from another one by naming fields: `TaskRecord { status, ..record }`. A pattern ends in `.. }`.
fn makes_a_record_from_another(code: &str) -> bool {
    code.split("TaskRecord {").skip(1).any(|rest| {
        let fields = rest.split('}').next().unwrap_or_default();
        fields.split("..").nth(1).is_some_and(|base| base.starts_with(char::is_alphabetic))
    })
}

/// Outside `shared` the compiler refuses the first of these, since `TaskRecord` is `#[non_exhaustive]`; its fields are
/// public there anyway, for tests.
fn changes_a_record(code: &str) -> bool {
    makes_a_record_from_another(code) || code.contains(".revision +") || code.contains(".status = ")
}

#[test]
fn only_the_lifecycle_makes_and_changes_records() {
    assert!(read("shared/src/record.rs").contains("#[non_exhaustive]\npub struct TaskRecord {"));
    for (name, text) in product() {
        let is_lifecycle = name.starts_with("shared/src/lifecycle/") || name == "shared/src/record.rs";
        // A fixture is compiled for tests only, like the tests at the end of a file.
        if is_lifecycle || name.ends_with("/fixture.rs") {
            continue;
        }
        assert!(
            !changes_a_record(without_tests(&text)),
            "{name} changes a record: call a function of shared::lifecycle instead"
        );
    }
    assert!(changes_a_record("TaskRecord { status, ..record.next() }"));
    assert!(changes_a_record("record.status = Status::Held;"));
    assert!(!changes_a_record("let TaskRecord { status, .. } = record;"));
}
