//! `amend`, of a dead letter or of the held task: what it says is replaced, by the rules of a request.

use std::{fs, io, path::Path};

use anyhow::Context;
use shared::{Payload, Rejection, Status, Task};

use crate::{
    arguments::AmendArguments,
    desk::{Becomes, Change, cleaning, difference},
    pipeline::PipelineDesk,
    terminal::{Consent, Format, Outcome, confirm, print_json, say},
    view::{PayloadView, detail},
};

use super::submit::{read_task, refuse_own_file};

pub async fn run(
    given: AmendArguments,
    wanted: Status,
    desk: &PipelineDesk,
    format: Format,
) -> anyhow::Result<Outcome> {
    let amended_task = read_task(&read(&given.file)?)?;
    let record = desk.record_in(given.id, wanted).await?;
    say(format!("Task {} would say instead:", given.id));
    say(changes(&record.payload, &amended_task.task));
    if let Some(cleaning) = cleaning(&amended_task.sanitised()) {
        say(cleaning);
    }
    if confirm(given.consent.yes, "Replace what it says?")? == Consent::Withheld {
        return Ok(Outcome::Done);
    }
    let amended = desk.amend(given.id, &amended_task.task, &given.consent.reason).await?;
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
    refuse_own_file(file)?;
    fs::read(file).with_context(|| format!("failed to read {}", file.display()))
}

fn changes(before: &Payload, after: &Task) -> String {
    let line = |Change { becomes, text }| match becomes {
        Becomes::Gone => format!("- {text}"),
        Becomes::New => format!("+ {text}"),
        Becomes::Kept => format!("  {text}"),
    };
    let lines: Vec<_> = difference(before, after).into_iter().map(line).collect();
    if lines.is_empty() { "(nothing changes)".to_owned() } else { lines.join("\n") }
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
