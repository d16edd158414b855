//! `taskline line`.

mod status;
mod switch;

use crate::{
    arguments::LineCommand,
    target::PipelineOperations,
    terminal::{Format, Outcome},
};

use switch::Switch;

pub async fn run(
    command: LineCommand,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<Outcome> {
    match command {
        LineCommand::Status { watch: false } => status::status(operations, format).await,
        LineCommand::Status { watch: true } => status::watch(operations, format).await,
        LineCommand::Pause(given) => switch::switch(Switch::Pause, &given.reason, operations, format).await,
        LineCommand::Resume(given) => switch::switch(Switch::Resume, &given.reason, operations, format).await,
    }
}
