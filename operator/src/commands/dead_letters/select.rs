//! Which dead letters a command is about: by id, all, or by what they failed of. The list is made once, shown, and
//! then acted on as shown.

use anyhow::bail;
use shared::{Status, TaskRecord, ports::TaskRecords};

use crate::{
    arguments::{Filter, Selection},
    pipeline::PipelineDesk,
};

/// Whether a record is a dead letter that the filter lets through. One whose redrive was interrupted is.
pub fn is_dead_letter(record: &TaskRecord, filter: &Filter) -> bool {
    let failure = record.last_failure();
    let class = failure.map(|failure| failure.class.as_str());
    let code = failure.map(|failure| failure.code.as_str());
    matches!(record.status, Status::DeadLettered | Status::Redriving)
        && filter.class.as_deref().is_none_or(|wanted| class == Some(wanted))
        && filter.code.as_deref().is_none_or(|wanted| code == Some(wanted))
}

/// The selected letters, in the order in which they were accepted.
pub async fn select(selection: &Selection, desk: &PipelineDesk) -> anyhow::Result<Vec<TaskRecord>> {
    let has_filter = selection.filter.class.is_some() || selection.filter.code.is_some();
    if selection.ids.is_empty() {
        if !selection.all && !has_filter {
            bail!("say which: task ids, --all, --class or --code");
        }
        let wanted = |record: &TaskRecord| is_dead_letter(record, &selection.filter);
        return Ok(desk.needing_a_person(usize::MAX, wanted).await?);
    }
    let mut letters = Vec::new();
    for id in &selection.ids {
        match desk.records.find(*id).await? {
            None => bail!("there is no task {id}"),
            Some(record) if is_dead_letter(&record, &selection.filter) => letters.push(record),
            Some(record) => bail!("task {id} is {}, not a dead letter of this selection", record.status),
        }
    }
    letters.sort_by_key(|letter| (letter.first_sequence_number, letter.task_id));
    letters.dedup_by_key(|letter| letter.task_id);
    Ok(letters)
}
