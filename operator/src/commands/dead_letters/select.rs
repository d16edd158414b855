//! Which dead letters a command is about: by id, all, or by a filter. The list is made once, shown, and then acted on as
//! shown.

use anyhow::bail;
use operations::Filter;
use shared::{TaskRecord, ports::TaskRecords};

use crate::{
    arguments::{self, Selection},
    misuse::Misused,
    target::PipelineOperations,
};

/// Whether anything is selected, and anything can be.
///
/// # Errors
/// [`Misused`] when not.
pub fn check(selection: &Selection) -> Result<(), Misused> {
    let arguments::Filter { class, code, older_than, newer_than, priority, submitter, title } =
        &selection.filter;
    let is_filtered = class.is_some()
        || code.is_some()
        || older_than.is_some()
        || newer_than.is_some()
        || priority.is_some()
        || submitter.is_some()
        || title.is_some();
    if selection.ids.is_empty() && !selection.all && !is_filtered {
        return Err(Misused::because("say which: task ids, --all, or a filter such as --code"));
    }
    check_ages(&selection.filter)
}

/// Nothing is older than two hours and newer than one.
///
/// # Errors
/// [`Misused`] when nothing can be as old as is asked for.
pub fn check_ages(filter: &arguments::Filter) -> Result<(), Misused> {
    match filter.has_time() {
        true => Ok(()),
        false => Err(Misused::because("nothing is older than --older-than and newer than --newer-than")),
    }
}

/// The selected dead letters, in the order in which they were accepted.
pub async fn select(
    selection: &Selection,
    operations: &PipelineOperations,
) -> anyhow::Result<Vec<TaskRecord>> {
    let filter = selection.filter.at(operations.clock.now());
    let max = selection.max.map_or(usize::MAX, |max| max as usize);
    if selection.ids.is_empty() {
        return Ok(operations.needing_attention(max, |record| filter.admits(record)).await?);
    }
    let mut dead_letters = Vec::new();
    for id in &selection.ids {
        match operations.records.find(*id).await? {
            None => bail!("there is no task {id}"),
            Some(record) if filter.admits(&record) => dead_letters.push(record),
            Some(record) if Filter::default().admits(&record) => {
                bail!("task {id} is a dead letter, but the filter does not let it through")
            }
            Some(record) => bail!("task {id} is {}, not dead_lettered", record.status),
        }
    }
    dead_letters.sort_by_key(|dead_letter| (dead_letter.first_sequence_number, dead_letter.task_id));
    dead_letters.dedup_by_key(|dead_letter| dead_letter.task_id);
    dead_letters.truncate(max);
    Ok(dead_letters)
}
