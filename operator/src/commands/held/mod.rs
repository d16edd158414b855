//! `taskline held`: the task at which the line stands still.

mod change;
mod show;

use shared::Status;

use crate::{
    arguments::HeldCommand,
    target::{Choice, open},
    terminal::{Format, Outcome},
};

use super::amend;

use change::Verb;

pub async fn run(command: HeldCommand, pipeline: Choice, format: Format) -> anyhow::Result<Outcome> {
    let (verb, given) = match command {
        HeldCommand::Show { payload } => {
            return show::show(payload.into(), &open(pipeline).await?, format).await;
        }
        HeldCommand::Amend(given) => return amend::run(given, Status::Held, pipeline, format).await,
        HeldCommand::Resume(given) => (Verb::Resume, given),
        HeldCommand::Skip(given) => (Verb::Skip, given),
        HeldCommand::Discard(given) => (Verb::Discard, given),
    };
    change::change(verb, &given, &open(pipeline).await?, format).await
}
