//! The top level of the command line: which pipeline, which command, which format.

use std::{env, ffi::OsString};

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};

use crate::{
    commands::{
        backup::BackupArguments, console::ConsoleArguments, dead_letters::DeadLettersCommand,
        held::HeldCommand, line::LineCommand, listen::ListenArguments, local::LocalArguments,
        smoke::SmokeArguments, submit::SubmitArguments, task::TaskCommand,
    },
    target::PipelineArguments,
};

/// An ordered task pipeline: tasks are handled one at a time, in exactly the order in which they were accepted.
#[derive(Debug, Parser)]
#[command(name = "taskline", version)]
pub struct Arguments {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArguments,
    /// Print data as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a pipeline on this machine
    Local(LocalArguments),
    /// Print each task that a pipeline posts to this address: a receiver for trying `taskline local --webhook`
    Listen(ListenArguments),
    /// Submit tasks in order: one JSON object, or one per line (JSON Lines)
    Submit(SubmitArguments),
    /// Show a task
    #[command(subcommand)]
    Task(TaskCommand),
    /// Show, pause or resume the line
    #[command(subcommand)]
    Line(LineCommand),
    /// List, redrive, amend or discard tasks that were given up
    #[command(subcommand)]
    DeadLetters(DeadLettersCommand),
    /// Show, resume, amend, skip or discard the task that holds the line (FAILURE_POLICY=hold)
    #[command(subcommand)]
    Held(HeldCommand),
    /// Prove from the records that tasks were handled in the accepted order, and list every exception
    Verify,
    /// Test the pipeline: submit one harmless task and wait until it is completed
    ///
    /// On AWS it also checks that the API refuses a request without a token. If TASKLINE_TOKEN holds a token, the task is
    /// submitted through the API.
    Smoke(SmokeArguments),
    /// Copy the data of a pipeline on this machine to one file, as of one moment; the pipeline may be running
    Backup(BackupArguments),
    /// Serve the same operations as a page in a browser until Ctrl-C
    Console(ConsoleArguments),
}

/// The options that name a pipeline. Each is allowed once, before or after a subcommand.
const ALLOWED_ONCE: [&str; 6] =
    ["--local", "--stack", "--outputs", "--region", "--profile", "--endpoint-url"];

impl Arguments {
    /// Reads the command line. Ends the program with exit code 2 if it is invalid.
    pub fn read() -> Self {
        let words: Vec<OsString> = env::args_os().collect();
        if let Some(name) = repeated_option(&words) {
            let message = format!("{name} is given twice: name one pipeline");
            Self::command().error(ErrorKind::ArgumentConflict, message).exit();
        }
        Self::parse_from(words)
    }
}

/// clap silently uses the last value if a global option is both before and after a subcommand.
fn repeated_option(words: &[OsString]) -> Option<&'static str> {
    let options = || words.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str());
    let is = |word: &str, name: &str| {
        word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    ALLOWED_ONCE.into_iter().find(|name| options().filter(|word| is(word, name)).count() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn an_option_that_names_a_pipeline_is_allowed_once() {
        let repeated = |line: &str| repeated_option(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        for line in ["--local a verify --local b", "--local=a verify --local=a", "verify --local a --local=b"]
        {
            assert_eq!(repeated(line), Some("--local"), "{line}");
        }
        for line in [
            "--local a verify",
            "submit --key=--local --local a",
            "submit --local a -- --local",
            "--localx --local a",
        ] {
            assert_eq!(repeated(line), None, "{line}");
        }
    }
}
