//! Which dead letters a command is about: by id, all, or by a filter. The list is made once, shown, and then acted on as
//! shown.

use anyhow::bail;
use shared::{TaskRecord, ports::TaskRecords};

use crate::{arguments::Selection, pipeline::PipelineDesk};

/// The selected letters, in the order in which they were accepted.
pub async fn select(selection: &Selection, desk: &PipelineDesk) -> anyhow::Result<Vec<TaskRecord>> {
    let filter = selection.filter.at(desk.clock.now());
    let max = selection.max.map_or(usize::MAX, |max| max as usize);
    if selection.ids.is_empty() {
        if !selection.all && filter.is_empty() {
            bail!("say which: task ids, --all, or a filter such as --code");
        }
        return Ok(desk.needing_a_person(max, |record| filter.admits(record)).await?);
    }
    let mut letters = Vec::new();
    for id in &selection.ids {
        match desk.records.find(*id).await? {
            None => bail!("there is no task {id}"),
            Some(record) if filter.admits(&record) => letters.push(record),
            Some(record) => bail!("task {id} is {}, not a dead letter of this selection", record.status),
        }
    }
    letters.sort_by_key(|letter| (letter.first_sequence_number, letter.task_id));
    letters.dedup_by_key(|letter| letter.task_id);
    letters.truncate(max);
    Ok(letters)
}
