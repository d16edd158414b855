//! `taskline line`.

mod status;
mod switch;

use clap::Subcommand;
use operations::Action;

use crate::{
    target::PipelineOperations,
    terminal::{ExitStatus, Format},
};

use status::StatusArguments;
use switch::{SwitchArguments, switch};

#[derive(Debug, Subcommand)]
pub enum LineCommand {
    /// Show whether the line moves, what waits, when it will be empty, and the newest failures
    Status(StatusArguments),
    /// Stop deliveries; the running attempt is finished
    Pause(SwitchArguments),
    /// Start deliveries again
    Resume(SwitchArguments),
}

pub async fn run(
    command: LineCommand,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    match command {
        LineCommand::Status(StatusArguments { watch: false }) => status::status(operations, format).await,
        LineCommand::Status(StatusArguments { watch: true }) => status::watch(operations, format).await,
        LineCommand::Pause(arguments) => switch(&Action::PauseLine, &arguments, operations, format).await,
        LineCommand::Resume(arguments) => switch(&Action::ResumeLine, &arguments, operations, format).await,
    }
}
