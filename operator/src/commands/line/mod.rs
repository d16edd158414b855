//! `taskline line`.

mod status;
mod switch;

use crate::{
    arguments::LineCommand,
    pipeline::PipelineDesk,
    terminal::{Format, Outcome},
};

use switch::Switch;

pub async fn run(command: LineCommand, desk: &PipelineDesk, format: Format) -> anyhow::Result<Outcome> {
    match command {
        LineCommand::Status { watch: false } => status::status(desk, format).await,
        LineCommand::Status { watch: true } => status::watch(desk, format).await,
        LineCommand::Pause(given) => switch::switch(Switch::Pause, &given.reason, desk, format).await,
        LineCommand::Resume(given) => switch::switch(Switch::Resume, &given.reason, desk, format).await,
    }
}
