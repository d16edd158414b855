//! `taskline held resume`, `skip` and `discard`: three ways to let the line go on.

use anyhow::bail;
use clap::Args;
use operations::ChangeError;
use serde_json::json;
use shared::{AuditAction, Reason, Status, TaskId, TaskRecord, lifecycle};

use crate::{
    target::PipelineOperations,
    terminal::{Consent, ConsentArguments, Format, Outcome, confirm, print_json, say},
    view::{PayloadView, detail},
};

use crate::commands::task::print_record;

#[derive(Debug, Args)]
pub struct HeldArguments {
    /// The task id; may be omitted when one task is held
    id: Option<TaskId>,
    #[command(flatten)]
    consent: ConsentArguments,
}

/// What to do with the held task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Resume,
    Skip,
    Discard,
}

impl Verb {
    fn would(self) -> &'static str {
        match self {
            Self::Resume => "would_resume",
            Self::Skip => "would_skip",
            Self::Discard => "would_discard",
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Resume => "Resumed; it is tried again, at the front of the line.",
            Self::Skip => "Skipped; the line goes on.",
            Self::Discard => "Discarded; the line goes on.",
        }
    }

    fn preview(self) -> &'static str {
        match self {
            Self::Resume => "It would be tried again, at the front of the line.",
            Self::Skip => "It would go to the dead-letter queue, and the line would go on without it.",
            Self::Discard => "It would be given up for good, and the line would go on without it.",
        }
    }
}

pub async fn change(
    verb: Verb,
    arguments: &HeldArguments,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<Outcome> {
    let id = held_task(arguments.id, operations).await?;
    let record = operations.record_in(id, Status::Held).await?;
    check(verb, &record, &arguments.consent.reason, operations)?;
    if format == Format::Text {
        print_record(&record, PayloadView::Hidden, format)?;
    }
    say(verb.preview());
    if confirm(arguments.consent.yes, "Do it?", format)? == Consent::Withheld {
        if format == Format::Json {
            print_json(&json!({ verb.would(): detail(&record, PayloadView::Hidden) }))?;
        }
        return Ok(Outcome::Done);
    }
    let changed = match verb {
        Verb::Resume => operations.resume(id, &arguments.consent.reason).await?,
        Verb::Skip => operations.skip(id, &arguments.consent.reason).await?,
        Verb::Discard => operations.discard(id, &arguments.consent.reason).await?,
    };
    match format {
        Format::Json => print_json(&detail(&changed, PayloadView::Hidden))?,
        Format::Text => say(verb.done()),
    }
    Ok(Outcome::Done)
}

/// What would be refused is not shown as if it would be done.
fn check(
    verb: Verb,
    record: &TaskRecord,
    reason: &Reason,
    operations: &PipelineOperations,
) -> Result<(), ChangeError> {
    let now = operations.clock.now();
    let entry = |action| operations.entry(action, reason, now);
    match verb {
        Verb::Resume => lifecycle::resume(record, entry(AuditAction::Resume), now)?,
        Verb::Skip => lifecycle::skip(record, entry(AuditAction::Skip), now)?,
        Verb::Discard => lifecycle::discard(record, entry(AuditAction::Discard), now)?,
    };
    Ok(())
}

async fn held_task(id: Option<TaskId>, operations: &PipelineOperations) -> anyhow::Result<TaskId> {
    if let Some(id) = id {
        return Ok(id);
    }
    let held = operations.needing_attention(2, |record| record.status == Status::Held).await?;
    match held.as_slice() {
        [] => bail!("the line is not held"),
        [one] => Ok(one.task_id),
        _ => bail!("more than one task is held: say which"),
    }
}
