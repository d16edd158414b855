//! act: does a deed, and says what became of it.

use std::sync::Arc;

use api::{Api, Submission};
use local::RandomTaskIds;
use serde::Serialize;
use serde_json::Value;
use shared::{IdempotencyKey, Reason, TaskId, TaskRecord, ports::Switched};

use crate::{
    commands::in_words,
    desk::{ChangeError, GivenTask, Refused},
    pipeline::PipelineDesk,
    view::PayloadView,
};

use super::{
    deed::{Deed, force, read_task},
    preview::{TitledRefusal, title_of},
    problem::Problem,
    view::Row,
};

/// What became of a deed.
#[derive(Debug, Default, Serialize)]
pub struct Outcome {
    /// The tasks it was done to.
    done: Vec<TaskId>,
    /// Those it was not done to, each with the reason.
    refused: Vec<TitledRefusal>,
    /// Of a switch of the line: whether it was switched, or was so already.
    #[serde(skip_serializing_if = "Option::is_none")]
    switched: Option<bool>,
    /// The task that was amended, as its record holds it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    amended: Option<Row>,
}

/// # Errors
/// [`Problem`] when nothing was done.
pub async fn act(
    deed: &Deed,
    reason: &str,
    payload: PayloadView,
    desk: &PipelineDesk,
) -> Result<Outcome, Problem> {
    match deed {
        Deed::Submit { task, key } => submit(task, key, desk).await,
        Deed::Reconcile => reconcile(payload, desk).await,
        _ => act_for(deed, &Reason::parse(reason)?, payload, desk).await,
    }
}

/// What is kept with its reason.
async fn act_for(
    deed: &Deed,
    reason: &Reason,
    payload: PayloadView,
    desk: &PipelineDesk,
) -> Result<Outcome, Problem> {
    match deed {
        Deed::Redrive { ids, force: forced } => {
            of_many(ids, payload, desk, |id| desk.redrive(id, force(*forced), reason)).await
        }
        Deed::Discard { ids } => of_many(ids, payload, desk, |id| desk.discard(id, reason)).await,
        Deed::Amend { id, task } => {
            let record = desk.amend(*id, &read_task(task)?.task, reason).await?;
            let amended = Some(Row::of(&record, payload));
            Ok(Outcome { amended, ..done(record.task_id)? })
        }
        Deed::Resume { id } => done(desk.resume(*id, reason).await?.task_id),
        Deed::Skip { id } => done(desk.skip(*id, reason).await?.task_id),
        Deed::PauseLine => Ok(switched(desk.pause_line(reason).await?)),
        Deed::ResumeLine => Ok(switched(desk.resume_line(reason).await?)),
        Deed::Submit { .. } | Deed::Reconcile => Ok(Outcome::default()),
    }
}

fn done(task_id: TaskId) -> Result<Outcome, Problem> {
    Ok(Outcome { done: vec![task_id], ..Outcome::default() })
}

fn switched(switched: Switched) -> Outcome {
    Outcome { switched: Some(switched == Switched::Now), ..Outcome::default() }
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
    payload: PayloadView,
    desk: &PipelineDesk,
    change: impl Fn(TaskId) -> F,
) -> Result<Outcome, Problem> {
    let mut outcome = Outcome::default();
    for id in ids {
        match change(*id).await {
            Ok(record) => outcome.done.push(record.task_id),
            Err(error) => {
                // Only for being shown: what was done is told also when the title can't be read.
                let title = title_of(*id, payload, desk).await.unwrap_or_default();
                let refused = Refused { task_id: *id, code: None, reason: in_words(&error.into()) };
                outcome.refused.push(TitledRefusal { refused, title });
            }
        }
    }
    desk.sweep_after(&outcome.done).await?;
    Ok(outcome)
}

async fn reconcile(payload: PayloadView, desk: &PipelineDesk) -> Result<Outcome, Problem> {
    let mut outcome = Outcome::default();
    for repair in desk.differences().await?.repairs {
        match desk.repair(&repair).await {
            Ok(()) => outcome.done.push(repair.task_id),
            Err(error @ ChangeError::Unavailable(_)) => return Err(error.into()),
            Err(error) => {
                let title = title_of(repair.task_id, payload, desk).await.unwrap_or_default();
                let refused =
                    Refused { task_id: repair.task_id, code: None, reason: in_words(&error.into()) };
                outcome.refused.push(TitledRefusal { refused, title });
            }
        }
    }
    desk.sweep().await?;
    Ok(outcome)
}
