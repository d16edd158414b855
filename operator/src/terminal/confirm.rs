//! confirm: no change without a yes, on the command line or at the terminal.

use std::io::{self, IsTerminal};

use crate::terminal::{Format, say};

/// What the operator said to a preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Do it.
    Given,
    /// Leave it.
    Withheld,
}

/// Asks, unless `yes` was said on the command line. Without a terminal to ask at, and for a program, which wants one JSON
/// document, it stays a preview.
///
/// # Errors
/// When the answer can't be read.
pub fn confirm(yes: bool, question: &str, format: Format) -> io::Result<Consent> {
    if yes {
        return Ok(Consent::Given);
    }
    if format == Format::Json || !io::stdin().is_terminal() {
        say("Nothing was changed. Add --yes to do it.");
        return Ok(Consent::Withheld);
    }
    say(format!("{question} [y/N]"));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(Consent::Given);
    }
    say("Nothing was changed.");
    Ok(Consent::Withheld)
}
