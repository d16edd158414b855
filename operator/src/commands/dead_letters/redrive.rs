//! `taskline dead-letters redrive`.

use clap::Args;
use operations::{Action, Preview, grouped};
use serde_json::{Value, json};
use shared::lifecycle::Force;

use crate::{
    target::{Choice, open},
    terminal::{ConsentArguments, ExitStatus, Format, say},
    view::Summary,
};

use super::{
    change::{Change, change},
    select::{Selection, check, select},
};

#[derive(Debug, Args)]
pub struct RedriveArguments {
    #[command(flatten)]
    selection: Selection,
    /// Also redrive tasks that would fail again
    #[arg(long)]
    force: bool,
    /// Redrive at most this many per second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    #[command(flatten)]
    consent: ConsentArguments,
}

pub async fn redrive(
    arguments: &RedriveArguments,
    pipeline: Choice,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let RedriveArguments { selection, force, rate, consent } = arguments;
    check(selection)?;
    let operations = &open(pipeline).await?;
    let dead_letters = select(selection, operations).await?;
    let action = Action::Redrive {
        task_ids: dead_letters.iter().map(|dead_letter| dead_letter.task_id).collect(),
        force: if *force { Force::Yes } else { Force::No },
    };
    let preview = operations.preview(&action, &dead_letters).await?;
    let redrive = Change {
        action: &action,
        preview: &preview,
        question: "Redrive them?",
        rate: *rate,
        json: as_json(&preview),
        previewed: previewed(selection, &preview),
    };
    let status = change(redrive, consent, operations, format).await?;
    if preview.can_be_forced {
        say("--force also redrives tasks that would fail again.");
    }
    Ok(status)
}

/// A command that names tasks by id fails if all of them would be refused.
fn previewed(selection: &Selection, preview: &Preview) -> ExitStatus {
    let is_named = !selection.ids.is_empty();
    if is_named && preview.going.is_empty() { ExitStatus::Failed } else { ExitStatus::Done }
}

fn as_json(preview: &Preview) -> Value {
    let doubtful = preview.may_fail_again.iter();
    let doubtful = doubtful.map(|(id, reason)| json!({"task_id": id, "reason": reason}));
    json!({
        "would_redrive": preview.going.iter().map(Summary::from).collect::<Vec<_>>(),
        "would_refuse": preview.refused,
        "refused_alike": grouped(&preview.refused),
        "may_fail_again": doubtful.collect::<Vec<_>>(),
        "overtaken_by": preview.ahead,
        "overtakes": preview.left_behind,
    })
}
