//! A preview as a page reads it.

use operations::{
    Action, DiffLine, Fact, Preview, ReasonStore, Reconciliation, RefusalGroup, diff_sanitised, grouped,
};
use serde::Serialize;
use shared::{
    Submission, TaskId, TaskRecord,
    ports::{PortError, TaskRecords},
};

use crate::{target::PipelineOperations, view::PayloadView};

use super::{
    error::ConsoleError, refusal_view::RefusalView, request::Requested, snapshot::Snapshot, view::Row,
};

/// How many tasks, refusals and differences are shown.
const SHOWN: usize = 20;

/// What an action would do.
#[derive(Debug, Default, Serialize)]
pub struct PreviewView {
    /// The sentences of the preview.
    sentences: Vec<String>,
    /// How many tasks the action names.
    count: usize,
    /// The first of the tasks that would be changed.
    tasks: Vec<Row>,
    refused_count: usize,
    /// The first of the tasks that would be refused.
    refused: Vec<RefusalView>,
    /// All refusals, by reason.
    refused_alike: Vec<RefusalGroup>,
    /// Whether force would overcome a refusal.
    can_be_forced: bool,
    /// How the contents would change: of the existing task, or of the submitted text by cleaning.
    changes: Vec<DiffLine>,
    /// JSON pointers to the members of the new task that cleaning changed.
    sanitised: Vec<&'static str>,
    /// Whether the page asks for a reason.
    keeps_a_reason: bool,
    /// Where the reason is stored.
    reason_note: Option<String>,
}

/// # Errors
/// [`ConsoleError`] if the action is not possible, or the pipeline does not answer.
pub async fn preview(
    requested: &Requested,
    payload: PayloadView,
    operations: &PipelineOperations,
    snapshot: &Snapshot,
) -> Result<PreviewView, ConsoleError> {
    match requested {
        Requested::Submission { submission, .. } => {
            let violations = operations.task_rules.violations(submission.task());
            match violations.is_empty() {
                true => Ok(PreviewView::of_submission(submission, snapshot)),
                false => Err(ConsoleError::Invalid(violations)),
            }
        }
        Requested::Action(action) => {
            let preview = operations.preview(action, &snapshot.needing_attention).await?;
            let mut sentences: Vec<String> = preview.facts.iter().map(Fact::to_string).collect();
            if let Some(found) = &preview.reconciliation {
                sentences.extend(describe(found, payload, operations).await?);
            }
            Ok(PreviewView::of_action(action, preview, sentences, payload, operations))
        }
    }
}

/// The first repairs, and what else a reconciliation found.
async fn describe(
    found: &Reconciliation,
    payload: PayloadView,
    operations: &PipelineOperations,
) -> Result<Vec<String>, PortError> {
    let mut sentences = Vec::new();
    for repair in found.repairs.iter().take(SHOWN) {
        let name = match title_of(repair.task_id, payload, operations).await? {
            Some(title) => format!("{title} ({})", repair.task_id),
            None => repair.task_id.to_string(),
        };
        sentences.push(format!("{name}: {}", repair.difference.describe()));
    }
    sentences.extend(found.in_words());
    Ok(sentences)
}

async fn title_of(
    task_id: TaskId,
    payload: PayloadView,
    operations: &PipelineOperations,
) -> Result<Option<String>, PortError> {
    if payload == PayloadView::Hidden {
        return Ok(None);
    }
    let record = operations.records.find(task_id).await?;
    Ok(record.as_ref().and_then(TaskRecord::task).map(|task| task.title().to_owned()))
}

impl PreviewView {
    fn of_submission(submission: &Submission, snapshot: &Snapshot) -> Self {
        let sanitised = submission.sanitised();
        let behind = snapshot.line.waiting + snapshot.line.in_flight;
        let facts = [Fact::WouldSubmit { behind }].into_iter().chain(Fact::cleaned(&sanitised));
        Self {
            sentences: facts.map(|fact| fact.to_string()).collect(),
            changes: diff_sanitised(submission.request(), submission.task()),
            sanitised,
            ..Self::default()
        }
    }

    fn of_action(
        action: &Action,
        preview: Preview,
        sentences: Vec<String>,
        payload: PayloadView,
        operations: &PipelineOperations,
    ) -> Self {
        let Preview { going, refused, can_be_forced, diff, reconciliation, .. } = preview;
        let repairs = reconciliation.map_or(0, |found| found.repairs.len() + found.stale);
        let sanitised = match action {
            Action::Amend { sanitised, .. } => sanitised.clone(),
            _ => Vec::new(),
        };
        Self {
            sentences,
            count: going.len() + refused.len() + repairs,
            tasks: going.iter().take(SHOWN).map(|record| Row::of(record, payload)).collect(),
            refused_count: refused.len(),
            refused_alike: grouped(&refused),
            refused: refused.into_iter().take(SHOWN).map(|it| RefusalView::of(it, payload)).collect(),
            can_be_forced,
            changes: diff,
            sanitised,
            keeps_a_reason: action.reason_store() != ReasonStore::None,
            reason_note: reason_note(action, operations).map(|fact| fact.to_string()),
        }
    }
}

fn reason_note(action: &Action, operations: &PipelineOperations) -> Option<Fact> {
    match action.reason_store() {
        ReasonStore::None => None,
        ReasonStore::Task => Some(Fact::ReasonStored { with: "task" }),
        ReasonStore::Line if operations.line.stores_changes() => Some(Fact::ReasonStored { with: "line" }),
        ReasonStore::Line => Some(Fact::ReasonNotStored),
    }
}
