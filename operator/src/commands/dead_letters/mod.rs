//! `taskline dead-letters`. Letters are read from the records, never by receiving them.

mod act;
mod discard;
mod list;
mod reconcile;
mod redrive;
mod select;

use anyhow::bail;
use shared::{Status, ports::TaskRecords};

use crate::{
    arguments::DeadLettersCommand,
    pipeline::PipelineDesk,
    terminal::{Format, Outcome},
};

use super::{amend, task::print_record};

pub async fn run(
    command: DeadLettersCommand,
    desk: &PipelineDesk,
    format: Format,
) -> anyhow::Result<Outcome> {
    match command {
        DeadLettersCommand::List { filter, limit } => list::list(&filter, limit, desk, format).await,
        DeadLettersCommand::Show { id, payload } => {
            let Some(record) = desk.records.find(id).await? else { bail!("there is no task {id}") };
            if !matches!(record.status, Status::DeadLettered | Status::Redriving) {
                bail!("task {id} is {}, not dead_lettered; see `task show`", record.status);
            }
            print_record(&record, payload.into(), format)?;
            Ok(Outcome::Done)
        }
        DeadLettersCommand::Redrive { selection, force, consent } => {
            redrive::redrive(&selection, force, &consent, desk, format).await
        }
        DeadLettersCommand::Amend(given) => amend::run(given, Status::DeadLettered, desk, format).await,
        DeadLettersCommand::Discard { selection, consent } => {
            discard::discard(&selection, &consent, desk, format).await
        }
        DeadLettersCommand::Reconcile { yes } => reconcile::reconcile(yes, desk, format).await,
    }
}
