//! `amend`, of a dead letter or of the held task: what it says is replaced, by the rules of a request.

use std::{fs, io, path::Path};

use anyhow::Context;
use shared::{Payload, Rejection, Status, Task};
use similar::TextDiff;

use crate::{
    arguments::AmendArguments,
    pipeline::PipelineDesk,
    terminal::{Consent, Format, Outcome, confirm, print_json, say},
    view::{PayloadView, detail},
};

use super::submit::read_task;

pub async fn run(
    given: AmendArguments,
    wanted: Status,
    desk: &PipelineDesk,
    format: Format,
) -> anyhow::Result<Outcome> {
    let (_, task) = read_task(&read(&given.file)?)?;
    let record = desk.record_in(given.id, wanted).await?;
    say(format!("Task {} would say instead:", given.id));
    say(difference(&record.payload, &task));
    if confirm(given.consent.yes, "Replace what it says?")? == Consent::Withheld {
        return Ok(Outcome::Done);
    }
    let amended = desk.amend(given.id, &task, &given.consent.reason).await?;
    match format {
        Format::Json => print_json(&detail(&amended, PayloadView::Shown))?,
        Format::Text => {
            let next = if wanted == Status::Held { "held resume" } else { "dead-letters redrive" };
            say(format!("Amended. It is handled as amended after `{next}`."));
        }
    }
    Ok(Outcome::Done)
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        return Ok(io::read_to_string(io::stdin())?.into_bytes());
    }
    fs::read(file).with_context(|| format!("failed to read {}", file.display()))
}

/// The lines that change, and a few around them.
fn difference(before: &Payload, after: &Task) -> String {
    const AROUND: usize = 2;
    let before = match before {
        Payload::Task(task) => in_lines(task),
        Payload::Raw(body) => format!("{body:?}\n"),
    };
    let after = in_lines(after);
    let diff = TextDiff::from_lines(&before, &after);
    let groups = diff.grouped_ops(AROUND);
    let changes = groups.iter().flatten().flat_map(|op| diff.iter_changes(op));
    let lines: Vec<_> =
        changes.map(|change| format!("{} {}", change.tag(), change.value().trim_end())).collect();
    if lines.is_empty() { "(nothing changes)".to_owned() } else { lines.join("\n") }
}

fn in_lines(task: &Task) -> String {
    let due = task.due_date().map_or_else(|| "none".to_owned(), |date| date.to_rfc3339());
    let (title, priority, description) = (task.title(), task.priority(), task.description());
    format!("title: {title}\npriority: {priority}\ndue_date: {due}\ndescription: {description}\n")
}

/// Everything that is wrong with a task, a line each.
pub fn explain(rejection: &Rejection) -> String {
    match rejection {
        Rejection::Malformed(detail) => format!("the task is malformed: {detail}"),
        Rejection::Invalid(violations) => {
            let lines =
                violations.iter().map(|violation| format!("\n  {} {}", violation.pointer, violation.message));
            format!("the task is invalid:{}", lines.collect::<String>())
        }
    }
}
