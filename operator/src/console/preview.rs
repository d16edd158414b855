//! preview: what a action would do, decided by the same functions that do it, and nothing is changed.

use operations::{
    Change, ChangeError, Refused, RefusedAlike, cleaning, counted, difference, difference_by_cleaning,
    grouped,
};
use std::collections::HashMap;

use serde::Serialize;
use shared::{
    AuditAction, Reason, Status, Submission, TaskId, TaskRecord,
    lifecycle::{self, Refusal},
    ports::{DeliverySwitch, PortError, TaskRecords},
};

use crate::{
    target::{PipelineLine, PipelineOperations},
    view::PayloadView,
};

use super::{
    action::{Action, force, read_task},
    problem::Problem,
    snapshot::Snapshot,
    view::Row,
};

/// How many tasks and refusals are shown of many.
const SHOWN: usize = 20;

/// What a action would do.
#[derive(Debug, Default, Serialize)]
pub struct Preview {
    /// In words.
    says: Vec<String>,
    /// How many tasks it is about.
    count: usize,
    /// The first of them.
    tasks: Vec<Row>,
    /// How many of them would be refused.
    refused_count: usize,
    /// The first of those.
    refused: Vec<TitledRefusal>,
    /// All of those, reason by reason.
    refused_alike: Vec<RefusedAlike>,
    /// Whether a refusal could be overcome by force.
    can_be_forced: bool,
    /// What the task would say instead: of what it says now, or, if it is new, of what was given.
    changes: Vec<Change>,
    /// JSON pointers to the members of the given task that cleaning changed.
    sanitised: Vec<&'static str>,
    /// Whether a reason is asked for.
    keeps_a_reason: bool,
    /// What the reason is kept with; absent where it is kept nowhere.
    reason_kept_with: Option<&'static str>,
}

/// A task that is left as it is, as it may be shown.
#[derive(Debug, Serialize)]
pub struct TitledRefusal {
    #[serde(flatten)]
    pub refused: Refused,
    /// Its title, where titles may be shown and there is one.
    pub title: Option<String>,
}

/// # Errors
/// [`Problem`] when the action makes no sense, or the pipeline does not answer.
pub async fn preview(
    action: &Action,
    payload: PayloadView,
    operations: &PipelineOperations,
    snapshot: &Snapshot,
) -> Result<Preview, Problem> {
    let preview = match action {
        Action::Redrive { ids, force: forced } => {
            of_redrive(ids, *forced, payload, operations, snapshot).await?
        }
        Action::Discard { ids } => {
            let records = records(ids, operations, snapshot).await?;
            of_tasks(
                "They will never run again. Their records stay for 30 days.",
                &records,
                payload,
                action,
                operations,
            )
        }
        Action::Resume { id } => {
            let records = records(&[*id], operations, snapshot).await?;
            let says = "It runs again, first in the line, with a new attempt budget.";
            of_tasks(says, &records, payload, action, operations)
        }
        Action::Skip { id } => {
            let records = records(&[*id], operations, snapshot).await?;
            of_tasks(
                "It goes to the dead-letter queue, and the line goes on.",
                &records,
                payload,
                action,
                operations,
            )
        }
        Action::Amend { id, task } => of_amendment(*id, task, payload, operations).await?,
        Action::Submit { task, .. } => {
            let submission = read_task(task)?;
            let ahead = snapshot.line.waiting + snapshot.line.in_flight;
            let changes = difference_by_cleaning(submission.request(), submission.task());
            let preview =
                saying(format!("It goes to the end of the line, behind {}.", counted(ahead, "task")));
            Preview { changes, ..preview }.cleaned(&submission)
        }
        Action::PauseLine => {
            let line = operations.line.status().await?;
            let meaning = match line.running {
                Some(false) => "No process runs this pipeline. When one starts, it delivers nothing.",
                Some(true) | None => "The running attempt finishes, and no new one starts.",
            };
            saying(format!("{meaning} In the line: {}.", counted(line.waiting, "task")))
        }
        Action::ResumeLine => saying(match operations.line.status().await?.running {
            Some(false) => "No process runs this pipeline. When one starts, it delivers tasks.",
            Some(true) | None => "Deliveries start again.",
        }),
        Action::Reconcile => of_differences(payload, operations).await?,
    };
    let keeps_a_reason = action.keeps_a_reason();
    Ok(Preview { keeps_a_reason, reason_kept_with: kept_with(action, operations), ..preview })
}

fn kept_with(action: &Action, operations: &PipelineOperations) -> Option<&'static str> {
    match operations.line {
        _ if !action.keeps_a_reason() => None,
        _ if !action.switches_the_line() => Some("task"),
        PipelineLine::Local(..) => Some("line"),
        PipelineLine::Aws(..) => None,
    }
}

/// It is kept nowhere.
fn a_preview() -> Reason {
    Reason::of_the_program("a preview")
}

fn saying(what: impl Into<String>) -> Preview {
    Preview { says: vec![what.into()], ..Preview::default() }
}

/// What a action is about. Of very many, most are known from the snapshot.
async fn records(
    ids: &[TaskId],
    operations: &PipelineOperations,
    snapshot: &Snapshot,
) -> Result<Vec<TaskRecord>, Problem> {
    let known: HashMap<_, _> =
        snapshot.needing_attention.iter().map(|record| (record.task_id, record)).collect();
    let mut records = Vec::new();
    for id in ids {
        records.push(match known.get(id) {
            Some(record) => (*record).clone(),
            None => operations.records.find(*id).await?.ok_or(ChangeError::NoSuchTask)?,
        });
    }
    Ok(records)
}

async fn of_redrive(
    ids: &[TaskId],
    forced: bool,
    payload: PayloadView,
    operations: &PipelineOperations,
    snapshot: &Snapshot,
) -> Result<Preview, Problem> {
    let dead_letters = records(ids, operations, snapshot).await?;
    let found = operations.preview_redrive(&dead_letters, force(forced)).await?;
    let mut preview = saying(match found.going.len() {
        0 => "Nothing to redrive.".to_owned(),
        count => format!("{} to the end of the line, in this order.", counted(count, "task")),
    });
    if !found.going.is_empty() && found.ahead > 0 {
        preview.says.push(format!(
            "Handled before them: {} that wait in the line now.",
            counted(found.ahead, "task")
        ));
    }
    if found.left_behind > 0 {
        preview.says.push(format!("{} stay behind.", counted(found.left_behind, "older dead letter")));
    }
    let doubts = found.doubts().into_iter();
    preview.says.extend(doubts.map(|(reason, count)| format!("{count} may fail again: {reason}.")));
    Ok(Preview {
        can_be_forced: found.can_be_forced,
        count: dead_letters.len(),
        ..preview.of(&dead_letters, &found.going, payload, found.refused)
    })
}

fn of_tasks(
    says: &str,
    records: &[TaskRecord],
    payload: PayloadView,
    action: &Action,
    operations: &PipelineOperations,
) -> Preview {
    let now = operations.clock.now();
    let refusal = |record: &TaskRecord| {
        let entry = |action| operations.entry(action, &a_preview(), now);
        match action {
            Action::Discard { .. } => lifecycle::discard(record, entry(AuditAction::Discard), now).err(),
            Action::Resume { .. } => lifecycle::resume(record, entry(AuditAction::Resume), now).err(),
            Action::Skip { .. } => lifecycle::skip(record, entry(AuditAction::Skip), now).err(),
            Action::Redrive { .. } | Action::Amend { .. } => None,
            Action::Submit { .. } | Action::PauseLine | Action::ResumeLine | Action::Reconcile => None,
        }
    };
    let refusals: Vec<_> = records.iter().map(refusal).collect();
    let both = || records.iter().zip(&refusals);
    let refused = both().filter_map(|(record, why)| Some(Refused::new(record, why.as_ref()?)));
    let going: Vec<_> = both().filter(|(_, why)| why.is_none()).map(|(record, _)| record.clone()).collect();
    Preview { count: records.len(), ..saying(says).of(records, &going, payload, refused.collect()) }
}

async fn of_amendment(
    id: TaskId,
    task: &serde_json::Value,
    payload: PayloadView,
    operations: &PipelineOperations,
) -> Result<Preview, Problem> {
    let submission = read_task(task)?;
    let record = operations.records.find(id).await?.ok_or(ChangeError::NoSuchTask)?;
    let now = operations.clock.now();
    let entry = operations.entry(AuditAction::Amend, &a_preview(), now);
    match lifecycle::amend(&record, submission.task().clone(), entry, now) {
        // That nothing changes is shown, with what cleaning did.
        Ok(_) | Err(Refusal::WouldNotChange) => {}
        Err(refusal) => return Err(ChangeError::from(refusal).into()),
    }
    let next = if record.status == Status::Held { "resumed" } else { "redriven" };
    let changes = difference(&record.payload, submission.task());
    let preview = saying(match changes.len() {
        0 => "Nothing would change.".to_owned(),
        _ => format!("The handler gets the new contents once the task is {next}."),
    });
    let records = [record];
    Ok(Preview { changes, count: 1, ..preview.of(&records, &records, payload, Vec::new()) }
        .cleaned(&submission))
}

async fn of_differences(payload: PayloadView, operations: &PipelineOperations) -> Result<Preview, Problem> {
    let found = operations.differences().await?;
    let mut says = Vec::new();
    for repair in found.repairs.iter().take(SHOWN) {
        let name = match title_of(repair.task_id, payload, operations).await? {
            Some(title) => format!("{title} ({})", repair.task_id),
            None => repair.task_id.to_string(),
        };
        says.push(format!("{name}: {}", repair.difference.describe()));
    }
    says.extend(found.in_words());
    Ok(Preview { says, count: found.repairs.len() + found.stale, ..Preview::default() })
}

/// The title of a task, where titles may be shown and there is one.
pub async fn title_of(
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

impl Preview {
    /// This preview, of a task that was given so.
    fn cleaned(mut self, submission: &Submission) -> Self {
        self.sanitised = submission.sanitised();
        self.says.extend(cleaning(&self.sanitised));
        self
    }

    /// This preview, about these tasks: of a change that would be made to those that go, and refused for the others.
    fn of(
        self,
        records: &[TaskRecord],
        going: &[TaskRecord],
        payload: PayloadView,
        refused: Vec<Refused>,
    ) -> Self {
        let titles: HashMap<_, _> = match payload {
            PayloadView::Hidden => HashMap::new(),
            PayloadView::Shown => {
                records.iter().filter_map(|it| Some((it.task_id, it.task()?.title().to_owned()))).collect()
            }
        };
        let titled =
            |refused: Refused| TitledRefusal { title: titles.get(&refused.task_id).cloned(), refused };
        Self {
            tasks: going.iter().take(SHOWN).map(|record| Row::of(record, payload)).collect(),
            refused_count: refused.len(),
            refused_alike: grouped(&refused),
            refused: refused.into_iter().take(SHOWN).map(titled).collect(),
            ..self
        }
    }
}
