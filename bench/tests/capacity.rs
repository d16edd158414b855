//! docs/capacity.md shows what the program simulates.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests fail by panicking")]

use std::path::Path;

use bench::{
    Document,
    capacity::{CapacityOptions, report},
};

#[test]
fn the_document_shows_the_simulated_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/capacity.md");
    let document = Document::open(&path, CapacityOptions::COMMAND).unwrap();
    let simulated = report(CapacityOptions::SEED).unwrap();
    assert!(
        document.shown().unwrap() == simulated.trim(),
        "`{}` updates the document; the simulation gives\n{simulated}",
        CapacityOptions::COMMAND
    );
}
