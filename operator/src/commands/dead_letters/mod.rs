//! `taskline dead-letters`. Dead letters are read from the records, never by receiving them.

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
    target::{Choice, open},
    terminal::{Format, Outcome},
};

use super::amend;

use redrive::Manner;
use select::{check, check_ages};

pub async fn run(command: DeadLettersCommand, pipeline: Choice, format: Format) -> anyhow::Result<Outcome> {
    let open = open(pipeline.clone());
    match command {
        DeadLettersCommand::List { filter, limit, after } => {
            check_ages(&filter)?;
            list::list(&filter, after, limit, &open.await?, format).await
        }
        DeadLettersCommand::Show { id, all_overtakers, payload } => {
            show::show(id, payload.into(), all_overtakers, &open.await?, format).await
        }
        DeadLettersCommand::Redrive { selection, force, rate, consent } => {
            check(&selection)?;
            let manner = Manner { force: if force { Force::Yes } else { Force::No }, rate };
            redrive::redrive(&selection, manner, &consent, &open.await?, format).await
        }
        DeadLettersCommand::Amend(given) => amend::run(given, Status::DeadLettered, pipeline, format).await,
        DeadLettersCommand::Discard { selection, consent } => {
            check(&selection)?;
            discard::discard(&selection, &consent, &open.await?, format).await
        }
        DeadLettersCommand::Reconcile { yes } => reconcile::reconcile(yes, &open.await?, format).await,
    }
}
