//! `taskline dead-letters show`.

use anyhow::bail;
use operations::{Overtakers, Reach};
use serde_json::json;
use shared::{Status, TaskId, ports::TaskRecords};

use crate::{
    target::PipelineOperations,
    terminal::{Format, Outcome, print_data, print_json},
    view::{PayloadView, detail},
};

use super::super::task::print_record;

pub async fn show(
    id: TaskId,
    payload: PayloadView,
    all_overtakers: bool,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<Outcome> {
    let Some(dead_letter) = operations.records.find(id).await? else { bail!("there is no task {id}") };
    if !matches!(dead_letter.status, Status::DeadLettered | Status::Redriving) {
        bail!("task {id} is {}, not dead_lettered; see `task show`", dead_letter.status);
    }
    let reach = if all_overtakers { Reach::All } else { Reach::USUAL };
    let overtakers = operations.overtakers(&dead_letter, reach).await?;
    if format == Format::Json {
        let mut shown = detail(&dead_letter, payload);
        shown["overtaken_by"] = json!(overtakers);
        print_json(&shown)?;
        return Ok(Outcome::Done);
    }
    print_record(&dead_letter, payload, format)?;
    print_data(format!("overtaken by {}", count(&overtakers)))?;
    for overtaker in &overtakers.first {
        let at = overtaker.finished_at.to_rfc3339();
        print_data(format!("             {} {} {at}", overtaker.first_sequence_number, overtaker.task_id))?;
    }
    Ok(Outcome::Done)
}

fn count(overtakers: &Overtakers) -> String {
    let Overtakers { count, records_seen, .. } = overtakers;
    match overtakers.all_seen {
        true => format!("{count}, which were completed since it left the line"),
        false => {
            format!("at least {count}: of all records {records_seen} were looked at (--all-overtakers)")
        }
    }
}
