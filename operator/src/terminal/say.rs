//! The only place that prints. A reader that goes away (`| head`) ends the program quietly.

use std::{
    fmt::Display,
    io::{self, Write},
};

use serde::Serialize;

/// How data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Writes a line of data.
///
/// # Errors
/// When stdout can't be written.
pub fn print_data(line: impl Display) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// Writes data as one JSON document.
///
/// # Errors
/// When stdout can't be written.
pub fn print_json(data: &impl Serialize) -> io::Result<()> {
    print_data(serde_json::to_string_pretty(data)?)
}

/// Talks: to people, beside the data. Nobody can be told that stderr can't be written.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
