//! act: does a action, and says what became of it.

use api::AcceptRequest;
use operations::{ChangeError, Refused};
use serde::Serialize;
use serde_json::Value;
use shared::{IdempotencyKey, Reason, TaskId, TaskRecord, ports::Switched};

use crate::{
    target::{PipelineOperations, intake},
    terminal::in_words,
    view::PayloadView,
};

use super::{
    action::{Action, force, read_task},
    preview::{TitledRefusal, title_of},
    problem::Problem,
    view::Row,
};

/// What became of a action.
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
    action: &Action,
    reason: &str,
    payload: PayloadView,
    operations: &PipelineOperations,
) -> Result<Outcome, Problem> {
    match action {
        Action::Submit { task, key } => submit(task, key, operations).await,
        Action::Reconcile => reconcile(payload, operations).await,
        _ => act_for(action, &Reason::parse(reason)?, payload, operations).await,
    }
}

/// What is kept with its reason.
async fn act_for(
    action: &Action,
    reason: &Reason,
    payload: PayloadView,
    operations: &PipelineOperations,
) -> Result<Outcome, Problem> {
    match action {
        Action::Redrive { ids, force: forced } => {
            of_many(ids, payload, operations, |id| operations.redrive(id, force(*forced), reason)).await
        }
        Action::Discard { ids } => {
            of_many(ids, payload, operations, |id| operations.discard(id, reason)).await
        }
        Action::Amend { id, task } => {
            let record = operations.amend(*id, read_task(task)?.task(), reason).await?;
            let amended = Some(Row::of(&record, payload));
            Ok(Outcome { amended, ..done(record.task_id)? })
        }
        Action::Resume { id } => done(operations.resume(*id, reason).await?.task_id),
        Action::Skip { id } => done(operations.skip(*id, reason).await?.task_id),
        Action::PauseLine => Ok(switched(operations.pause_line(reason).await?)),
        Action::ResumeLine => Ok(switched(operations.resume_line(reason).await?)),
        Action::Submit { .. } | Action::Reconcile => Ok(Outcome::default()),
    }
}

fn done(task_id: TaskId) -> Result<Outcome, Problem> {
    Ok(Outcome { done: vec![task_id], ..Outcome::default() })
}

fn switched(switched: Switched) -> Outcome {
    Outcome { switched: Some(switched == Switched::Now), ..Outcome::default() }
}

/// As `taskline submit` does it: through the API, without HTTP.
async fn submit(task: &Value, key: &str, operations: &PipelineOperations) -> Result<Outcome, Problem> {
    let submission = read_task(task)?;
    let key = IdempotencyKey::parse(key.as_bytes()).map_err(|error| Problem::Malformed(error.to_string()))?;
    let request =
        AcceptRequest { caller: operations.submitter.clone(), key: Some(key), submission, trace: None };
    done(intake(operations).accept(request).await?.task_id)
}

/// One after the other, as they stand in the list: a redrive keeps the original order.
async fn of_many<F: Future<Output = Result<TaskRecord, ChangeError>>>(
    ids: &[TaskId],
    payload: PayloadView,
    operations: &PipelineOperations,
    change: impl Fn(TaskId) -> F,
) -> Result<Outcome, Problem> {
    let mut outcome = Outcome::default();
    for id in ids {
        match change(*id).await {
            Ok(record) => outcome.done.push(record.task_id),
            Err(error) => {
                // Only for being shown: what was done is told also when the title can't be read.
                let title = title_of(*id, payload, operations).await.unwrap_or_default();
                let refused = Refused { task_id: *id, code: None, reason: in_words(&error.into()) };
                outcome.refused.push(TitledRefusal { refused, title });
            }
        }
    }
    operations.purge_stale_of(&outcome.done).await?;
    Ok(outcome)
}

async fn reconcile(payload: PayloadView, operations: &PipelineOperations) -> Result<Outcome, Problem> {
    let mut outcome = Outcome::default();
    for repair in operations.differences().await?.repairs {
        match operations.repair(&repair).await {
            Ok(()) => outcome.done.push(repair.task_id),
            Err(error @ ChangeError::Unavailable(_)) => return Err(error.into()),
            Err(error) => {
                let title = title_of(repair.task_id, payload, operations).await.unwrap_or_default();
                let refused =
                    Refused { task_id: repair.task_id, code: None, reason: in_words(&error.into()) };
                outcome.refused.push(TitledRefusal { refused, title });
            }
        }
    }
    operations.purge_stale().await?;
    Ok(outcome)
}
