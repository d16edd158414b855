//! What is known about the handler that would run a redriven task.
//!
//! Whether a completion came after a failure is decided by the numbers in the data file, never by clocks: a clock that was ahead
//! would turn the order around. A record without a number proves nothing.

use shared::{
    HandlerVersion, Status, Task, TaskRecord, TaskType,
    lifecycle::{PresentHandler, ReportedVersion},
    ports::{DeliverySwitch, Departures, NumberedRecord, PortError, TaskQueue},
};

use crate::{Operations, operations::PAGE};

/// The last completed tasks: at least the last one, unless it has no departure number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Completions(Vec<Departed>);

/// A completed task with its departure number.
#[derive(Debug, Clone)]
struct Departed {
    record: TaskRecord,
    departure: u64,
}

impl Departed {
    fn of(numbered: NumberedRecord) -> Option<Self> {
        let is_completed = numbered.record.status == Status::Completed;
        let departure = numbered.departure.filter(|_| is_completed)?;
        Some(Self { record: numbered.record, departure })
    }
}

impl Completions {
    /// What the handler reported since `dead_letter` left the line. Another type may have another handler, whose completions
    /// say nothing about this one.
    fn reported_since(&self, dead_letter: &NumberedRecord) -> Option<ReportedVersion> {
        let left = dead_letter.departure?;
        let task_type = type_of(&dead_letter.record);
        let since = || self.0.iter().filter(|it| it.departure > left && type_of(&it.record) == task_type);
        let last = &since().max_by_key(|it| it.departure)?.record;
        let with_version = since().filter(|it| it.record.handler_version.is_some());
        match (&last.handler_version, last.finished_at) {
            (Some(version), Some(at)) => Some(ReportedVersion::Known {
                version: version.clone(),
                at,
                was_redriven: last.generation > 0,
            }),
            _ => Some(ReportedVersion::Missing {
                before: with_version
                    .max_by_key(|it| it.departure)
                    .and_then(|it| it.record.handler_version.clone()),
            }),
        }
    }
}

impl<R: Departures, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// The last completed tasks, if a redrive of these dead letters depends on them and the records number departures.
    ///
    /// # Errors
    /// [`PortError`] if the records can't be read.
    pub(crate) async fn completions(&self, dead_letters: &[TaskRecord]) -> Result<Completions, PortError> {
        if !dead_letters.iter().any(has_handler_version) {
            return Ok(Completions::default());
        }
        let Some(last) = self.records.last_completed().await? else {
            return Ok(Completions::default());
        };
        let last = self.records.find_numbered(last.task_id).await?.and_then(Departed::of);
        let Some(last) = last else { return Ok(Completions::default()) };
        let task_type = type_of(&last.record);
        let says_all = last.record.handler_version.is_some()
            && dead_letters.iter().all(|dead_letter| type_of(dead_letter) == task_type);
        let mut completions = vec![last];
        if !says_all {
            completions.extend(self.newest_completions().await?);
        }
        Ok(Completions(completions))
    }

    /// Only the newest records are searched, as there is no index for this.
    async fn newest_completions(&self) -> Result<impl Iterator<Item = Departed>, PortError> {
        let newest = self.records.all_numbered(None, PAGE).await?;
        Ok(newest.records.into_iter().filter_map(Departed::of))
    }

    /// What is known about the handler, for a redrive of `dead_letter`.
    ///
    /// # Errors
    /// [`PortError`] if the records can't be read.
    pub(crate) async fn present_handler(
        &self,
        dead_letter: &TaskRecord,
        completions: &Completions,
    ) -> Result<PresentHandler, PortError> {
        let reported = match !completions.0.is_empty() && has_handler_version(dead_letter) {
            false => None,
            true => {
                let numbered = self.records.find_numbered(dead_letter.task_id).await?;
                // In a later generation it has left the line again since.
                let numbered = numbered.filter(|it| it.record.generation == dead_letter.generation);
                numbered.and_then(|it| completions.reported_since(&it))
            }
        };
        Ok(PresentHandler { code_version: self.code_version.clone(), reported })
    }
}

/// None of an undecodable body.
fn type_of(record: &TaskRecord) -> Option<&TaskType> {
    record.task().map(Task::task_type)
}

/// Whether the handler reported its version with the last failure.
fn has_handler_version(dead_letter: &TaskRecord) -> bool {
    let version = dead_letter.last_failure().and_then(|failure| failure.handler_version.as_ref());
    matches!(version, Some(HandlerVersion::Reported(_)))
}
