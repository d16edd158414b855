//! docs/capacity.md shows what the program plays.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests fail by panicking")]

use std::path::Path;

use bench::{
    Document,
    capacity::{Plan, report},
};

#[test]
fn the_document_shows_what_is_played() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/capacity.md");
    let document = Document::open(&path, Plan::COMMAND).unwrap();
    let played = report(Plan::SEED).unwrap();
    assert!(
        document.shown().unwrap() == played.trim(),
        "`{}` writes it anew; it plays\n{played}",
        Plan::COMMAND
    );
}
