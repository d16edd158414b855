//! `taskline held`: the task at which the line stands still.

mod change;
mod show;

use shared::Status;

use crate::{
    arguments::HeldCommand,
    pipeline::PipelineDesk,
    terminal::{Format, Outcome},
};

use super::amend;

use change::Verb;

pub async fn run(command: HeldCommand, desk: &PipelineDesk, format: Format) -> anyhow::Result<Outcome> {
    match command {
        HeldCommand::Show { payload } => show::show(payload.into(), desk, format).await,
        HeldCommand::Resume(given) => change::change(Verb::Resume, &given, desk, format).await,
        HeldCommand::Amend(given) => amend::run(given, Status::Held, desk, format).await,
        HeldCommand::Skip(given) => change::change(Verb::Skip, &given, desk, format).await,
        HeldCommand::Discard(given) => change::change(Verb::Discard, &given, desk, format).await,
    }
}
