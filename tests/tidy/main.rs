//! The rules of the repository, as tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests fail by panicking"
)]

mod source;
mod tokens;

mod architecture;
mod circles;
mod dependencies;
mod documents;
mod links;
mod commands;
mod failpoints;
mod files;
mod open_files;
mod limits;
mod modules;
mod outside;
mod purity;
mod scopes;
mod table;
mod mutants;
mod words;
mod planted_bugs;
#[cfg(feature = "planted_bugs")]
mod plant;
