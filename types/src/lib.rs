//! The types of a deployment's tasks: a TOML file that gives each its handler, time-out, budget and JSON Schema.
//!
//! A program reads the file once, at its start. What it then has can't be wrong: an error names the file, the type and
//! the key.

#![warn(missing_docs)]

mod invalid;
mod entry;
mod handler;
mod file;
mod invalid_schema;
#[cfg(feature = "schemas")]
mod broken_rule;
#[cfg(feature = "schemas")]
mod schema;
#[cfg(not(feature = "schemas"))]
mod without_schemas;
mod rules;

pub use file::{Host, TypeOfFile, TypesFile};
pub use handler::TypeHandler;
pub use invalid::InvalidTypes;
pub use invalid_schema::InvalidSchema;
pub use rules::{InvalidRules, Rules};
#[cfg(feature = "schemas")]
pub use schema::Schema;
#[cfg(not(feature = "schemas"))]
pub use without_schemas::Schema;
