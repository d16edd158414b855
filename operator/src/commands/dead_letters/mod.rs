//! `taskline dead-letters`. Letters are read from the records, never by receiving them.

mod act;
mod discard;
mod list;
mod reconcile;
mod redrive;
mod select;
mod show;

use shared::{Status, lifecycle::Force};

use crate::{
    arguments::DeadLettersCommand,
    pipeline::PipelineDesk,
    terminal::{Format, Outcome},
};

use super::amend;

use redrive::Manner;

pub async fn run(
    command: DeadLettersCommand,
    desk: &PipelineDesk,
    format: Format,
) -> anyhow::Result<Outcome> {
    match command {
        DeadLettersCommand::List { filter, limit, after } => {
            list::list(&filter, after, limit, desk, format).await
        }
        DeadLettersCommand::Show { id, all_overtakers, payload } => {
            show::show(id, payload.into(), all_overtakers, desk, format).await
        }
        DeadLettersCommand::Redrive { selection, force, rate, consent } => {
            let manner = Manner { force: if force { Force::Yes } else { Force::No }, rate };
            redrive::redrive(&selection, manner, &consent, desk, format).await
        }
        DeadLettersCommand::Amend(given) => amend::run(given, Status::DeadLettered, desk, format).await,
        DeadLettersCommand::Discard { selection, consent } => {
            discard::discard(&selection, &consent, desk, format).await
        }
        DeadLettersCommand::Reconcile { yes } => reconcile::reconcile(yes, desk, format).await,
    }
}
