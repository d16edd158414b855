//! `taskline dead-letters show`.

use anyhow::bail;
use clap::Args;
use operations::{Overtakers, SearchLimit};
use serde_json::json;
use shared::{Status, TaskId, ports::TaskRecords};

use crate::{
    target::PipelineOperations,
    terminal::{ExitStatus, Format, print_data, print_json},
    view::{PayloadView, detail},
};

use crate::commands::task::print_record;

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The task id
    id: TaskId,
    /// Search all records for tasks that overtook it, not only the first few thousand
    #[arg(long)]
    all_overtakers: bool,
    /// Show the contents of the task
    #[arg(long)]
    payload: bool,
}

pub async fn show(
    arguments: &ShowArguments,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let ShowArguments { id, all_overtakers, payload } = *arguments;
    let payload = PayloadView::from(payload);
    let Some(dead_letter) = operations.records.find(id).await? else { bail!("there is no task {id}") };
    if !matches!(dead_letter.status, Status::DeadLettered | Status::Redriving) {
        bail!("task {id} is {}, not dead_lettered; see `task show`", dead_letter.status);
    }
    let reach = if all_overtakers { SearchLimit::All } else { SearchLimit::USUAL };
    let overtakers = operations.overtakers(&dead_letter, reach).await?;
    if format == Format::Json {
        let mut shown = detail(&dead_letter, payload);
        shown.facts["overtaken_by"] = json!(overtakers);
        print_json(&shown)?;
        return Ok(ExitStatus::Done);
    }
    print_record(&dead_letter, payload, format)?;
    print_data(format!("overtaken by {}", count(&overtakers)))?;
    for overtaker in &overtakers.first {
        let at = overtaker.finished_at.to_rfc3339();
        print_data(format!("             {} {} {at}", overtaker.first_sequence_number, overtaker.task_id))?;
    }
    Ok(ExitStatus::Done)
}

fn count(overtakers: &Overtakers) -> String {
    let Overtakers { count, records_seen, .. } = overtakers;
    match overtakers.all_seen {
        true => format!("{count}, which were completed since it left the line"),
        false => {
            format!("at least {count}: only {records_seen} records were read (--all-overtakers reads all)")
        }
    }
}
