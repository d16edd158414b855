//! The only place that prints. A reader that goes away (`| head`) ends the program quietly. What a task or a receiver
//! said can hold control characters: they never reach a terminal, which would obey them.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
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
    writeln!(io::stdout(), "{}", harmless(line))
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
    let _ = writeln!(io::stderr(), "{}", harmless(line));
}

/// Clears the terminal, for data that takes the place of what was shown; does nothing where stdout is none.
///
/// # Errors
/// When stdout can't be written.
pub fn clear() -> io::Result<()> {
    let mut out = io::stdout();
    if out.is_terminal() { write!(out, "\x1b[H\x1b[2J") } else { Ok(()) }
}

fn harmless(line: impl Display) -> String {
    let harmless = |c: char| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c };
    line.to_string().chars().map(harmless).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_replaced() {
        assert_eq!(harmless("a\x1b[2J\u{9b}b\r\nc"), "a\u{fffd}[2J\u{fffd}b\u{fffd}\nc");
    }
}
