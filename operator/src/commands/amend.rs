//! `amend`, of a dead letter or of the held task: what it says is replaced, by the rules of a request.

use std::path::PathBuf;

use clap::Args;
use operations::{Becomes, Change, ChangeError, cleaning, difference};
use serde_json::{Value, json};
use shared::{AuditAction, Reason, Status, Task, TaskId, TaskRecord, lifecycle};

use crate::{
    submission::read_task,
    target::{Choice, PipelineOperations, open},
    terminal::{Consent, ConsentArguments, Format, Outcome, confirm, print_json, say},
    view::{PayloadView, detail},
};

use super::input::Input;

#[derive(Debug, Args)]
pub struct AmendArguments {
    /// The task id
    id: TaskId,
    /// The file with the new task as JSON; - reads standard input
    file: PathBuf,
    #[command(flatten)]
    consent: ConsentArguments,
}

pub async fn run(
    given: AmendArguments,
    wanted: Status,
    pipeline: Choice,
    format: Format,
) -> anyhow::Result<Outcome> {
    let submission = read_task(&Input::open(&given.file, &pipeline)?.rest()?)?;
    let operations = open(pipeline).await?;
    let record = operations.record_in(given.id, wanted).await?;
    check(&record, submission.task(), &given.consent.reason, &operations)?;
    let changes = difference(&record.payload, submission.task());
    say(format!("Task {} would say instead:", given.id));
    say(in_lines(&changes));
    if let Some(cleaning) = cleaning(&submission.sanitised()) {
        say(cleaning);
    }
    if confirm(given.consent.yes, "Replace what it says?", format)? == Consent::Withheld {
        if format == Format::Json {
            print_json(&preview(given.id, &changes, &submission.sanitised()))?;
        }
        return Ok(Outcome::Done);
    }
    let amended = operations.amend(given.id, submission.task(), &given.consent.reason).await?;
    match format {
        Format::Json => print_json(&detail(&amended, PayloadView::Shown))?,
        Format::Text => {
            let next = if wanted == Status::Held { "held resume" } else { "dead-letters redrive" };
            say(format!("Amended. It is handled as amended after `{next}`."));
        }
    }
    Ok(Outcome::Done)
}

/// What would be refused is not shown as if it would be done.
fn check(
    record: &TaskRecord,
    task: &Task,
    reason: &Reason,
    operations: &PipelineOperations,
) -> Result<(), ChangeError> {
    let now = operations.clock.now();
    lifecycle::amend(record, task.clone(), operations.entry(AuditAction::Amend, reason, now), now)?;
    Ok(())
}

fn preview(id: TaskId, changes: &[Change], sanitised: &[&str]) -> Value {
    json!({"would_amend": {"task_id": id, "changes": changes, "sanitised": sanitised}})
}

fn in_lines(changes: &[Change]) -> String {
    let line = |Change { becomes, text }: &Change| match becomes {
        Becomes::Gone => format!("- {text}"),
        Becomes::New => format!("+ {text}"),
        Becomes::Kept => format!("  {text}"),
    };
    let lines: Vec<_> = changes.iter().map(line).collect();
    if lines.is_empty() { "(nothing changes)".to_owned() } else { lines.join("\n") }
}
