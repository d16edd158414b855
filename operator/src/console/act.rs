//! act: does a deed, and says what became of it.

use std::sync::Arc;

use api::{Api, Submission};
use local::RandomTaskIds;
use serde::Serialize;
use serde_json::Value;
use shared::{IdempotencyKey, TaskId, TaskRecord, ports::Line};

use crate::{
    commands::in_words,
    desk::{ChangeError, GivenTask},
    pipeline::PipelineDesk,
};

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
        Deed::Amend { id, task } => done(desk.amend(*id, &read_task(task)?.task, reason).await?.task_id),
        Deed::Submit { task, key } => submit(task, key, desk).await,
        Deed::Resume { id } => done(desk.resume(*id, reason).await?.task_id),
        Deed::Skip { id } => done(desk.skip(*id, reason).await?.task_id),
        Deed::PauseLine => Ok(desk.line.pause().await.map(|()| Outcome::default())?),
        Deed::ResumeLine => Ok(desk.line.resume().await.map(|()| Outcome::default())?),
        Deed::Reconcile => reconcile(desk).await,
    }
}

fn done(task_id: TaskId) -> Result<Outcome, Problem> {
    Ok(Outcome { done: vec![task_id], refused: Vec::new() })
}

/// As `taskline submit` does it: through the API, without HTTP.
async fn submit(task: &Value, key: &str, desk: &PipelineDesk) -> Result<Outcome, Problem> {
    let GivenTask { fingerprint, task, .. } = read_task(task)?;
    let key = IdempotencyKey::parse(key.as_bytes()).map_err(|error| Problem::Malformed(error.to_string()))?;
    let (records, line) = (desk.records.clone(), desk.line_queue.clone());
    let api = Api::new(records, line, Arc::new(RandomTaskIds), Arc::clone(&desk.clock));
    let submission = Submission { caller: desk.submitter.clone(), key: Some(key), fingerprint, task };
    done(api.accept(submission).await?.task_id)
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
