//! `taskline task`.

mod show;

use clap::Subcommand;

use crate::{
    target::PipelineOperations,
    terminal::{ExitStatus, Format},
};

pub use show::print_record;

use show::ShowArguments;

#[derive(Debug, Subcommand)]
pub enum TaskCommand {
    /// Show a task: its status, its failures, and who changed it
    Show(ShowArguments),
}

pub async fn run(
    command: TaskCommand,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    match command {
        TaskCommand::Show(arguments) if arguments.watch => show::watch(&arguments, operations, format).await,
        TaskCommand::Show(arguments) => show::show(&arguments, operations, format).await,
    }
}
