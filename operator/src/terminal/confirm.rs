//! Asks before a change, unless the command line already says yes.

use std::io::{self, IsTerminal};

use clap::Args;
use shared::Reason;

use crate::terminal::{Format, say};

#[derive(Debug, Args)]
pub struct ConsentArguments {
    /// The reason; stored with the task
    #[arg(long, value_name = "TEXT", value_parser = Reason::parse)]
    pub reason: Reason,
    /// Make the change; without this option it is only previewed
    #[arg(long)]
    pub yes: bool,
}

/// The answer to a preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Make the change.
    Given,
    /// Change nothing.
    Withheld,
}

/// Asks, unless `--yes` was set. Without a terminal, and with `--json`, it does not ask and nothing is changed.
///
/// # Errors
/// If the answer can't be read.
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
