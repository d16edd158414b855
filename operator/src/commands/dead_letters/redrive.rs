//! `taskline dead-letters redrive`.

use clap::Args;
use operations::{RedrivePreview, counted, grouped};
use serde_json::json;
use shared::{Status, TaskRecord, lifecycle::Force};

use crate::{
    target::{Choice, open},
    terminal::{ConsentArguments, Format, Outcome, say},
    view::Summary,
};

use super::{
    act::{Action, act, tell_refused},
    list::print_preview,
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
) -> anyhow::Result<Outcome> {
    let RedriveArguments { selection, force, rate, consent } = arguments;
    check(selection)?;
    let (force, rate) = (if *force { Force::Yes } else { Force::No }, *rate);
    let operations = &open(pipeline).await?;
    let dead_letters = select(selection, operations).await?;
    let preview = operations.preview_redrive(&dead_letters, force).await?;
    if format == Format::Text {
        print_preview(&preview.going)?;
    }
    tell(&preview, rate);
    let action = Action {
        question: "Redrive them?",
        done: "redriven",
        rate,
        preview: as_json(&preview),
        going: preview.going.len(),
        previewed: previewed(selection, &preview),
    };
    let redrive = async |dead_letter: &TaskRecord| match dead_letter.status {
        Status::Redriving => operations.finish_redrive(dead_letter.task_id).await,
        _ => operations.redrive(dead_letter.task_id, force, &consent.reason).await,
    };
    let outcome = act(&action, &dead_letters, consent, operations, format, redrive).await?;
    if preview.can_be_forced {
        say("--force also redrives tasks that would fail again.");
    }
    Ok(outcome)
}

/// What is named by its id is asked for: where all of it would be refused, it can't be done.
fn previewed(selection: &Selection, preview: &RedrivePreview) -> Outcome {
    let is_named = !selection.ids.is_empty();
    if is_named && preview.going.is_empty() { Outcome::Failed } else { Outcome::Done }
}

fn as_json(preview: &RedrivePreview) -> serde_json::Value {
    let doubtful = preview.doubtful.iter();
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

fn tell(preview: &RedrivePreview, rate: Option<u32>) {
    let RedrivePreview { going, refused, ahead, left_behind, .. } = preview;
    match going.len() {
        0 => say("Nothing to redrive."),
        count => say(format!("{} would go to the end of the line, in this order.", counted(count, "task"))),
    }
    for (reason, count) in preview.doubts() {
        say(format!("{count} may fail again: {reason}."));
    }
    if !going.is_empty() {
        if *ahead > 0 {
            say(format!("Handled before them: {} that wait in the line now.", counted(*ahead, "task")));
        }
        if *left_behind > 0 {
            say(format!("{} stay behind.", counted(*left_behind, "older dead letter")));
        }
        if let Some(rate) = rate {
            say(format!("At {rate} per second, tasks that are accepted meanwhile come between them."));
        }
    }
    tell_refused("would be refused", refused);
}
