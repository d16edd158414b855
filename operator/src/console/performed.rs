//! Performs what a page asks for, and what the page reads of the result.

use api::AcceptRequest;
use operations::{Action, Performed, ReasonStore, Unpaced};
use serde::Serialize;
use shared::{IdempotencyKey, Reason, Submission, TaskId, ports::Switched};

use crate::{
    target::{PipelineOperations, intake},
    view::PayloadView,
};

use super::{error::ConsoleError, refusal_view::RefusalView, request::Requested, view::Row};

/// The reason of an action that writes its own.
const REPAIR: &str = "a repair";

/// The result of an action.
#[derive(Debug, Default, Serialize)]
pub struct PerformedView {
    /// The tasks that were changed.
    done: Vec<TaskId>,
    refused: Vec<RefusalView>,
    /// Whether the line was switched, or was in that state already.
    #[serde(skip_serializing_if = "Option::is_none")]
    switched: Option<bool>,
    /// The task after an amendment.
    #[serde(skip_serializing_if = "Option::is_none")]
    amended: Option<Row>,
}

/// # Errors
/// [`ConsoleError`] if nothing was done.
pub async fn perform(
    requested: Requested,
    reason: &str,
    payload: PayloadView,
    operations: &PipelineOperations,
) -> Result<PerformedView, ConsoleError> {
    let action = match requested {
        Requested::Submission { submission, key } => return submit(*submission, &key, operations).await,
        Requested::Action(action) => action,
    };
    let reason = match action.reason_store() {
        ReasonStore::None => Reason::of_the_program(REPAIR),
        ReasonStore::Task | ReasonStore::Line => Reason::parse(reason)?,
    };
    let performed = operations.perform(&action, &[], &reason, &mut Unpaced).await?;
    if matches!(action, Action::Redrive { .. } | Action::Discard { .. }) {
        operations.purge_stale_of(&performed.done).await?;
    }
    Ok(PerformedView::of(&action, performed, payload))
}

/// Submits a task as `taskline submit` does: through the intake, without HTTP.
async fn submit(
    submission: Submission,
    key: &str,
    operations: &PipelineOperations,
) -> Result<PerformedView, ConsoleError> {
    let key =
        IdempotencyKey::parse(key.as_bytes()).map_err(|error| ConsoleError::Malformed(error.to_string()))?;
    let request =
        AcceptRequest { caller: operations.submitter.clone(), key: Some(key), submission, trace: None };
    let accepted = intake(operations).accept(request).await?;
    Ok(PerformedView { done: vec![accepted.task_id], ..PerformedView::default() })
}

impl PerformedView {
    fn of(action: &Action, performed: Performed, payload: PayloadView) -> Self {
        let Performed { done, refused, record, switched, .. } = performed;
        let is_amended = matches!(action, Action::Amend { .. });
        Self {
            done,
            refused: refused.into_iter().map(|it| RefusalView::of(it, payload)).collect(),
            switched: switched.map(|switched| switched == Switched::Now),
            amended: record.filter(|_| is_amended).map(|record| Row::of(&record, payload)),
        }
    }
}
