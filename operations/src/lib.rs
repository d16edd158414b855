//! What an operator does with a pipeline. Every change is a conditional write of the next revision, so that two
//! operators, or an operator and a processor, can't undo each other; every change is kept with who made it and why.

mod change;
mod counted;
mod dead_letters;
mod diff;
mod filter;
mod given;
mod missing;
mod overtakers;
mod present_handler;
mod preview;
mod purge;
mod reconcile;
mod redrive;
mod refused;
mod release;
mod second_look;
mod status;
mod verify;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod fixture;

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use shared::{
    AuditAction, AuditEntry, Caller, Reason, Status, TaskId, TaskRecord, Timestamp,
    lifecycle::Refusal,
    ports::{Clock, DeliverySwitch, PortError, Switched, TaskQueue, TaskRecords},
};

pub use change::ChangeError;
pub use counted::counted;
pub use dead_letters::DeadLetterPage;
pub use diff::{Becomes, Change, difference, difference_by_cleaning};
pub use filter::Filter;
pub use given::{GivenTask, cleaning};
pub use overtakers::{Overtaker, Overtakers, Reach};
pub use preview::RedrivePreview;
pub use reconcile::{Difference, Reconciliation, Repair};
pub use refused::{Refused, RefusedAlike, grouped};
pub use status::{Hold, PipelineStatus, State, head_of, seconds_between};
pub use verify::{CLOCK_TOLERANCE, Doubt, Exception, Order, Overtaking, Unproven, Verification, Violation};

/// A pipeline as an operator reaches it.
pub struct Operations<R, Q, L> {
    /// Its records.
    pub records: R,
    /// The queue of its line.
    pub line_queue: Q,
    /// Its dead-letter queue.
    pub dead_letter_queue: Q,
    /// The line as a whole.
    pub line: L,
    /// Its time.
    pub clock: Arc<dyn Clock>,
    /// Who operates.
    pub operator: String,
    /// As whom tasks are submitted.
    pub submitter: Caller,
    /// The version of the code that would run a redriven task; absent where only the pipeline's own process knows it.
    pub code_version: Option<String>,
    /// Where its clients send their requests; absent where that is not told.
    pub api_url: Option<String>,
    /// How long the line's queue keeps a message; absent where it keeps it for ever.
    pub retention_seconds: Option<u32>,
    /// For how long the line's counts can lag behind what was sent; 0 where they are exact.
    pub counts_lag_seconds: u32,
    /// How long who watches waits before looking again.
    pub poll_interval: Duration,
}

/// How many records are asked for at once.
const PAGE: u32 = 500;

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// An entry of the operator's.
    pub fn entry(&self, action: AuditAction, reason: &Reason, now: Timestamp) -> AuditEntry {
        AuditEntry::new(action, now, &self.operator, reason.as_str())
    }

    /// Stops deliveries. Who did it and why is kept with the line where there is a place for it.
    ///
    /// # Errors
    /// [`PortError`] when it can't be switched.
    pub async fn pause_line(&self, reason: &Reason) -> Result<Switched, PortError> {
        self.line.pause(&self.entry(AuditAction::PauseLine, reason, self.clock.now())).await
    }

    /// Lets deliveries go on.
    ///
    /// # Errors
    /// [`PortError`] when it can't be switched.
    pub async fn resume_line(&self, reason: &Reason) -> Result<Switched, PortError> {
        self.line.resume(&self.entry(AuditAction::ResumeLine, reason, self.clock.now())).await
    }

    /// The records that need attention and are `wanted`, by rising first sequence number; at most `limit`.
    ///
    /// # Errors
    /// [`PortError`] when the records can't be asked.
    pub async fn needing_attention(
        &self,
        limit: usize,
        wanted: impl Fn(&TaskRecord) -> bool,
    ) -> Result<Vec<TaskRecord>, PortError> {
        let mut found = Vec::new();
        self.each_needing_attention(|record| {
            found.extend(wanted(&record).then_some(record));
            if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
        .await?;
        Ok(found)
    }

    /// Calls `see` with every record that needs attention, by rising first sequence number, until it has seen enough.
    async fn each_needing_attention(
        &self,
        mut see: impl FnMut(TaskRecord) -> ControlFlow<()>,
    ) -> Result<(), PortError> {
        let mut after = None;
        loop {
            let page = self.records.needing_attention(after.as_ref(), PAGE).await?;
            let seen = page.records.into_iter().try_for_each(&mut see);
            if seen.is_break() || page.next.is_none() {
                return Ok(());
            }
            after = page.next;
        }
    }

    /// The record of a task that must stand as `wanted` for a change to make sense. One that was let go after a hold, and
    /// that no delivery met since, counts as held: showing its message may have been interrupted.
    ///
    /// # Errors
    /// [`ChangeError::NoSuchTask`], or [`ChangeError::Refused`] when it stands otherwise.
    pub async fn record_in(&self, task_id: TaskId, wanted: Status) -> Result<TaskRecord, ChangeError> {
        let record = self.records.find(task_id).await?.ok_or(ChangeError::NoSuchTask)?;
        match (wanted, record.status) {
            (wanted, found) if wanted == found => Ok(record),
            (Status::Held, _) if record.held_receipt.is_some() => Ok(record),
            (Status::Held, found) => Err(Refusal::NotHeld(found).into()),
            (_, found) => Err(Refusal::NotDeadLettered(found).into()),
        }
    }

    /// Calls `see` with every record there is.
    async fn each_record(&self, mut see: impl FnMut(TaskRecord)) -> Result<(), PortError> {
        let mut after = None;
        loop {
            let page = self.records.all(after.as_ref(), PAGE).await?;
            page.records.into_iter().for_each(&mut see);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }
}
