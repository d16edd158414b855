//! act: does a deed, and says what became of it.

use serde::Serialize;
use shared::{TaskId, TaskRecord, ports::Line};

use crate::{commands::in_words, desk::ChangeError, pipeline::PipelineDesk};

use super::{
    deed::{Deed, force, read_task},
    preview::Refused,
    problem::Problem,
};

/// What became of a deed.
#[derive(Debug, Default, Serialize)]
pub struct Outcome {
    /// The tasks it was done to.
    done: Vec<TaskId>,
    /// Those it was not done to, each with the reason.
    refused: Vec<Refused>,
}

/// # Errors
/// [`Problem`] when nothing was done.
pub async fn act(deed: &Deed, reason: &str, desk: &PipelineDesk) -> Result<Outcome, Problem> {
    if deed.keeps_a_reason() && reason.is_empty() {
        return Err(Problem::NoReason);
    }
    match deed {
        Deed::Redrive { ids, force: forced } => {
            of_many(ids, desk, |id| desk.redrive(id, force(*forced), reason)).await
        }
        Deed::Discard { ids } => of_many(ids, desk, |id| desk.discard(id, reason)).await,
        Deed::Amend { id, task } => one(desk.amend(*id, &read_task(task)?, reason).await?),
        Deed::Resume { id } => one(desk.resume(*id, reason).await?),
        Deed::Skip { id } => one(desk.skip(*id, reason).await?),
        Deed::PauseLine => Ok(desk.line.pause().await.map(|()| Outcome::default())?),
        Deed::ResumeLine => Ok(desk.line.resume().await.map(|()| Outcome::default())?),
        Deed::Reconcile => reconcile(desk).await,
    }
}

fn one(record: TaskRecord) -> Result<Outcome, Problem> {
    Ok(Outcome { done: vec![record.task_id], refused: Vec::new() })
}

/// One after the other, as they stand in the list: a redrive keeps the original order.
async fn of_many<F: Future<Output = Result<TaskRecord, ChangeError>>>(
    ids: &[TaskId],
    desk: &PipelineDesk,
    change: impl Fn(TaskId) -> F,
) -> Result<Outcome, Problem> {
    let mut outcome = Outcome::default();
    for id in ids {
        match change(*id).await {
            Ok(record) => outcome.done.push(record.task_id),
            Err(error) => {
                outcome.refused.push(Refused { task_id: *id, reason: in_words(&error.into()) });
            }
        }
    }
    desk.sweep().await?;
    Ok(outcome)
}

async fn reconcile(desk: &PipelineDesk) -> Result<Outcome, Problem> {
    let mut outcome = Outcome::default();
    for repair in desk.differences().await?.repairs {
        desk.repair(&repair).await?;
        outcome.done.push(repair.task_id);
    }
    desk.sweep().await?;
    Ok(outcome)
}
