//! What is known about the handler that would run a redriven task.
//!
//! Whether a completion came after a failure is decided by the numbers in the data file, never by clocks: a clock that was ahead
//! would turn the order around. A record without a number proves nothing.

use shared::{
    HandlerVersion, Status, TaskRecord,
    lifecycle::{PresentHandler, ReportedVersion},
    ports::{DeliverySwitch, Departures, NumberedRecord, PortError, TaskQueue},
};

use crate::{Operations, operations::PAGE};

/// The last completed tasks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Completions {
    /// The last one; absent if there is none, or it has no departure number.
    last: Option<Departed>,
    /// The last one that reported a handler version, if `last` did not.
    last_with_version: Option<Departed>,
}

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
    /// What the handler reported since `dead_letter` left the line.
    fn reported_since(&self, dead_letter: &NumberedRecord) -> Option<ReportedVersion> {
        let left = dead_letter.departure?;
        let Departed { record, .. } = self.last.as_ref().filter(|last| last.departure > left)?;
        let before = self.last_with_version.as_ref().filter(|before| before.departure > left);
        match (&record.handler_version, record.finished_at) {
            (Some(version), Some(at)) => Some(ReportedVersion::Known {
                version: version.clone(),
                at,
                was_redriven: record.generation > 0,
            }),
            _ => Some(ReportedVersion::Missing {
                before: before.and_then(|it| it.record.handler_version.clone()),
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
        let is_without_version = last.as_ref().is_some_and(|last| last.record.handler_version.is_none());
        let last_with_version = if is_without_version { self.last_with_version().await? } else { None };
        Ok(Completions { last, last_with_version })
    }

    /// Only the newest records are searched, as there is no index for this.
    async fn last_with_version(&self) -> Result<Option<Departed>, PortError> {
        let newest = self.records.all_numbered(None, PAGE).await?;
        let departed = newest.records.into_iter().filter_map(Departed::of);
        Ok(departed.filter(|it| it.record.handler_version.is_some()).max_by_key(|it| it.departure))
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
        let reported = match completions.last.is_some() && has_handler_version(dead_letter) {
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

/// Whether the handler reported its version with the last failure.
fn has_handler_version(dead_letter: &TaskRecord) -> bool {
    let version = dead_letter.last_failure().and_then(|failure| failure.handler_version.as_ref());
    matches!(version, Some(HandlerVersion::Reported(_)))
}
