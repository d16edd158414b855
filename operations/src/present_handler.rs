//! What can be known of the handler that would run a redriven task.
//!
//! The order of a failure and of a completion is the data file's own, never that of clocks: a clock that was ahead would
//! make a completion before the failure into one behind it. What has no number there proves nothing.

use shared::{
    HandlerVersion, Status, TaskRecord,
    lifecycle::{PresentHandler, ReportedVersion},
    ports::{DeliverySwitch, Departures, NumberedRecord, PortError, TaskQueue},
};

use crate::{Operations, operations::PAGE};

/// The tasks that were completed last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Completions {
    /// The last of all; absent where none is known, or its place in the order is not.
    last: Option<Departed>,
    /// The last that told a version, if the last of all told none.
    last_to_tell: Option<Departed>,
}

/// A completed task that left the line as the so-manieth.
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
    /// What the service told since `dead_letter` left the line.
    fn reported_since(&self, dead_letter: &NumberedRecord) -> Option<ReportedVersion> {
        let left = dead_letter.departure?;
        let Departed { record, .. } = self.last.as_ref().filter(|last| last.departure > left)?;
        let before = self.last_to_tell.as_ref().filter(|before| before.departure > left);
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
    /// The tasks that were completed last, as far as the records tell and a redrive of these dead letters depends on it.
    ///
    /// # Errors
    /// [`PortError`] when the records can't be asked.
    pub(crate) async fn completions(&self, dead_letters: &[TaskRecord]) -> Result<Completions, PortError> {
        if !dead_letters.iter().any(is_of_a_version) {
            return Ok(Completions::default());
        }
        let Some(last) = self.records.last_completed().await? else {
            return Ok(Completions::default());
        };
        let last = self.records.find_numbered(last.task_id).await?.and_then(Departed::of);
        let is_silent = last.as_ref().is_some_and(|last| last.record.handler_version.is_none());
        let last_to_tell = if is_silent { self.last_to_tell().await? } else { None };
        Ok(Completions { last, last_to_tell })
    }

    /// Looked for among the newest records alone: no index knows.
    async fn last_to_tell(&self) -> Result<Option<Departed>, PortError> {
        let newest = self.records.all_numbered(None, PAGE).await?;
        let told = newest.records.into_iter().filter_map(Departed::of);
        Ok(told.filter(|it| it.record.handler_version.is_some()).max_by_key(|it| it.departure))
    }

    /// What is known of the handler, for a redrive of `dead_letter`.
    ///
    /// # Errors
    /// [`PortError`] when the records can't be asked.
    pub(crate) async fn present_handler(
        &self,
        dead_letter: &TaskRecord,
        completions: &Completions,
    ) -> Result<PresentHandler, PortError> {
        let reported = match completions.last.is_some() && is_of_a_version(dead_letter) {
            false => None,
            true => {
                let numbered = self.records.find_numbered(dead_letter.task_id).await?;
                // Of a later generation it has left the line again since.
                let numbered = numbered.filter(|it| it.record.generation == dead_letter.generation);
                numbered.and_then(|it| completions.reported_since(&it))
            }
        };
        Ok(PresentHandler { code_version: self.code_version.clone(), reported })
    }
}

/// Whether the service told its version with the last failure.
fn is_of_a_version(dead_letter: &TaskRecord) -> bool {
    let version = dead_letter.last_failure().and_then(|failure| failure.handler_version.as_ref());
    matches!(version, Some(HandlerVersion::Reported(_)))
}
