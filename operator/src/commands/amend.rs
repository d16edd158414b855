//! `amend`, of a dead letter or of the held task: replaces its contents with a task that is validated like a request.

use std::path::PathBuf;

use clap::Args;
use operations::{Action, ChangeError, DiffLine, Fact, LineChange, Unpaced};
use serde_json::json;
use shared::{Rejection, Status, TaskId, lifecycle::Refusal};

use crate::{
    invalid_arguments::InvalidArguments,
    submission::{explain, read_task},
    target::{Choice, open},
    terminal::{Consent, ConsentArguments, ExitStatus, Format, confirm, print_json, say},
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
    arguments: AmendArguments,
    wanted: Status,
    pipeline: Choice,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let AmendArguments { id, file, consent } = arguments;
    let submission = read_task(&Input::open(&file, &pipeline)?.rest()?)?;
    let sanitised = submission.sanitised();
    let operations = open(pipeline).await?;
    let record = operations.record_in(id, wanted).await?;
    let action = Action::Amend {
        task_id: id,
        task: Box::new(submission.task().clone()),
        sanitised: sanitised.clone(),
    };
    let preview = operations.preview(&action, std::slice::from_ref(&record)).await.map_err(refused)?;
    if preview.facts.contains(&Fact::NothingWouldChange) {
        return Err(Refusal::WouldNotChange.into());
    }
    say(format!("The new contents of task {id}:"));
    say(in_lines(&preview.diff));
    preview.facts.iter().for_each(say);
    if confirm(consent.yes, "Replace its contents?", format)? == Consent::Withheld {
        if format == Format::Json {
            let would = json!({"task_id": id, "changes": preview.diff, "sanitised": sanitised});
            print_json(&json!({"would_amend": would}))?;
        }
        return Ok(ExitStatus::Done);
    }
    let performed = operations.perform(&action, &[], &consent.reason, &mut Unpaced).await?;
    match (format, &performed.record) {
        (Format::Json, Some(amended)) => print_json(&detail(amended, PayloadView::Shown))?,
        _ => say(Fact::Amended { from: wanted }),
    }
    Ok(ExitStatus::Done)
}

/// What the deployment does not take is an invalid argument, like a task that no deployment takes.
fn refused(error: ChangeError) -> anyhow::Error {
    match error {
        ChangeError::Invalid(violations) => {
            InvalidArguments::because(explain(&Rejection::Invalid(violations))).into()
        }
        other => other.into(),
    }
}

fn in_lines(diff: &[DiffLine]) -> String {
    let line = |DiffLine { change, text }: &DiffLine| match change {
        LineChange::Removed => format!("- {text}"),
        LineChange::Added => format!("+ {text}"),
        LineChange::Unchanged => format!("  {text}"),
    };
    diff.iter().map(line).collect::<Vec<_>>().join("\n")
}
