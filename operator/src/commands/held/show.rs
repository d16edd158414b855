//! `taskline held show`.

use clap::Args;
use operations::{Hold, counted, seconds_between};
use serde_json::json;

use crate::{
    target::PipelineOperations,
    terminal::{ExitStatus, Format, print_data, print_json, say},
    view::{PayloadView, detail},
};

use crate::commands::task::print_record;

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// Show the contents of the task
    #[arg(long)]
    payload: bool,
}

pub async fn show(
    arguments: &ShowArguments,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let payload = PayloadView::from(arguments.payload);
    let holds = operations.holds().await?;
    let held_seconds = |hold: &Hold| seconds_between(hold.since, operations.clock.now());
    if format == Format::Json {
        let shown = holds.iter().map(|hold| {
            let mut shown = detail(&hold.record, payload);
            shown.facts["held_since"] = json!(hold.since);
            shown.facts["held_seconds"] = json!(held_seconds(hold));
            shown.facts["waiting_behind"] = json!(hold.waiting);
            shown.facts["lost_at"] = json!(hold.lost_at);
            shown
        });
        print_json(&shown.collect::<Vec<_>>())?;
        return Ok(ExitStatus::Done);
    }
    for hold in &holds {
        print_record(&hold.record, payload, format)?;
        let held = humantime::format_duration(std::time::Duration::from_secs(held_seconds(hold)));
        print_data(format!("held         for {held}, since {}", hold.since.to_rfc3339()))?;
        print_data(format!("kept         {}", keeping(hold)))?;
    }
    match holds.first() {
        None => say("The line is not held."),
        Some(Hold { waiting, .. }) => say(format!(
            "{} behind it. `held resume`, `held skip` or `held discard` lets the line go on; `held amend` alone does not.",
            how_many_wait(*waiting)
        )),
    }
    Ok(ExitStatus::Done)
}

fn how_many_wait(waiting: u64) -> String {
    match waiting {
        1 => "1 task waits".to_owned(),
        many => format!("{} wait", counted(many, "task")),
    }
}

fn keeping(hold: &Hold) -> String {
    match hold.lost_at {
        Some(at) => {
            format!("until {}: then SQS deletes its message, and later those behind it", at.to_rfc3339())
        }
        None => "until it leaves the line: this pipeline has no retention".to_owned(),
    }
}
