//! `taskline held resume`, `skip` and `discard`: three ways to let the line go on.

use anyhow::bail;
use clap::Args;
use operations::{Action, Fact, Unpaced};
use serde_json::json;
use shared::{Status, TaskId};

use crate::{
    commands::task::print_record,
    target::PipelineOperations,
    terminal::{Consent, ConsentArguments, ExitStatus, Format, confirm, print_json, say},
    view::{PayloadView, detail},
};

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
    fn action(self, task_id: TaskId) -> Action {
        match self {
            Self::Resume => Action::Resume { task_id },
            Self::Skip => Action::Skip { task_id },
            Self::Discard => Action::Discard { task_ids: vec![task_id] },
        }
    }

    fn would(self) -> &'static str {
        match self {
            Self::Resume => "would_resume",
            Self::Skip => "would_skip",
            Self::Discard => "would_discard",
        }
    }

    fn done(self) -> Fact {
        match self {
            Self::Resume => Fact::Resumed,
            Self::Skip => Fact::Skipped,
            Self::Discard => Fact::DiscardedHeld,
        }
    }
}

pub async fn change(
    verb: Verb,
    arguments: &HeldArguments,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let id = held_task(arguments.id, operations).await?;
    let record = operations.record_in(id, Status::Held).await?;
    let action = verb.action(id);
    let preview = operations.preview(&action, std::slice::from_ref(&record)).await?;
    if let Some(refused) = preview.refused.first() {
        bail!("{}", refused.reason);
    }
    if format == Format::Text {
        print_record(&record, PayloadView::Hidden, format)?;
    }
    preview.facts.iter().for_each(say);
    if confirm(arguments.consent.yes, "Do it?", format)? == Consent::Withheld {
        if format == Format::Json {
            print_json(&json!({ verb.would(): detail(&record, PayloadView::Hidden) }))?;
        }
        return Ok(ExitStatus::Done);
    }
    let performed = operations.perform(&action, &[], &arguments.consent.reason, &mut Unpaced).await?;
    if let Some(refused) = performed.refused.first() {
        bail!("{}", refused.reason);
    }
    match (format, &performed.record) {
        (Format::Json, Some(changed)) => print_json(&detail(changed, PayloadView::Hidden))?,
        _ => say(verb.done()),
    }
    Ok(ExitStatus::Done)
}

async fn held_task(id: Option<TaskId>, operations: &PipelineOperations) -> anyhow::Result<TaskId> {
    if let Some(id) = id {
        return Ok(id);
    }
    let held = operations.needing_attention(2, |record| record.status == Status::Held).await?;
    match held.as_slice() {
        [] => bail!("the line is not held"),
        [one] => Ok(one.task_id),
        _ => bail!("more than one task is held: name one by its id"),
    }
}
