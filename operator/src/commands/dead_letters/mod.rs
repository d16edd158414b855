//! `taskline dead-letters`. Dead letters are read from the records, never by receiving messages.

mod change;
mod discard;
mod list;
mod reconcile;
mod redrive;
mod select;
mod show;

use clap::Subcommand;
use shared::Status;

use crate::{
    target::{Choice, open},
    terminal::{ExitStatus, Format},
};

use super::amend::{self, AmendArguments};

use discard::DiscardArguments;
use list::ListArguments;
use reconcile::ReconcileArguments;
use redrive::RedriveArguments;
use show::ShowArguments;

#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// List dead letters in the order in which they were accepted
    List(ListArguments),
    /// Show one dead letter: its failures, its changes, and which tasks overtook it
    Show(ShowArguments),
    /// Send dead letters to the end of the line again, in their original order
    Redrive(RedriveArguments),
    /// Replace the contents of a dead letter; the new task must pass the same validation as a request
    Amend(AmendArguments),
    /// Discard dead letters: they will never run again
    Discard(DiscardArguments),
    /// Find differences between the queues and the records, and repair them
    Reconcile(ReconcileArguments),
}

pub async fn run(
    command: DeadLettersCommand,
    pipeline: Choice,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    match command {
        DeadLettersCommand::List(arguments) => list::list(&arguments, pipeline, format).await,
        DeadLettersCommand::Show(arguments) => show::show(&arguments, &open(pipeline).await?, format).await,
        DeadLettersCommand::Redrive(arguments) => redrive::redrive(&arguments, pipeline, format).await,
        DeadLettersCommand::Amend(arguments) => {
            amend::run(arguments, Status::DeadLettered, pipeline, format).await
        }
        DeadLettersCommand::Discard(arguments) => discard::discard(&arguments, pipeline, format).await,
        DeadLettersCommand::Reconcile(arguments) => {
            reconcile::reconcile(&arguments, &open(pipeline).await?, format).await
        }
    }
}
