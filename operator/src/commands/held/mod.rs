//! `taskline held`: the task that holds the line.

mod change;
mod show;

use clap::Subcommand;
use shared::Status;

use crate::{
    target::{Choice, open},
    terminal::{ExitStatus, Format},
};

use super::amend::{self, AmendArguments};

use change::{HeldArguments, Verb};
use show::ShowArguments;

#[derive(Debug, Subcommand)]
pub enum HeldCommand {
    /// Show the held task and how many tasks wait behind it
    Show(ShowArguments),
    /// Run the held task again, with a new attempt budget
    Resume(HeldArguments),
    /// Replace the contents of the held task; resume it afterwards
    Amend(AmendArguments),
    /// Send the held task to the dead-letter queue; the line goes on without it
    Skip(HeldArguments),
    /// Discard the held task: it will never run again, and the line goes on without it
    Discard(HeldArguments),
}

pub async fn run(command: HeldCommand, pipeline: Choice, format: Format) -> anyhow::Result<ExitStatus> {
    let (verb, arguments) = match command {
        HeldCommand::Show(arguments) => return show::show(&arguments, &open(pipeline).await?, format).await,
        HeldCommand::Amend(arguments) => return amend::run(arguments, Status::Held, pipeline, format).await,
        HeldCommand::Resume(arguments) => (Verb::Resume, arguments),
        HeldCommand::Skip(arguments) => (Verb::Skip, arguments),
        HeldCommand::Discard(arguments) => (Verb::Discard, arguments),
    };
    change::change(verb, &arguments, &open(pipeline).await?, format).await
}
