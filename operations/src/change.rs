//! Changes one record: reads it, computes its next revision, writes it if no one wrote in between, and otherwise starts again.

use shared::{
    AuditAction, AuditEntry, Reason, Status, TaskId, TaskRecord, Timestamp,
    lifecycle::Refusal,
    ports::{DeliverySwitch, Expected, TaskQueue, TaskRecords, Written},
};

use crate::{ChangeError, Operations};

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// The audit entry of a change by this operator.
    pub(crate) fn entry(&self, action: AuditAction, reason: &Reason, now: Timestamp) -> AuditEntry {
        AuditEntry::new(action, now, &self.operator, reason.as_str())
    }

    /// Replaces the record of `task_id` with the result of `decide`, and returns the record as it then is.
    pub(crate) async fn change(
        &self,
        task_id: TaskId,
        decide: impl Fn(&TaskRecord, Timestamp) -> Result<TaskRecord, Refusal>,
    ) -> Result<TaskRecord, ChangeError> {
        loop {
            let existing = self.record(task_id).await?;
            let next = decide(&existing, self.clock.now())?;
            if next == existing {
                return Ok(existing);
            }
            match self.records.write(&next, Expected::Revision(existing.revision)).await? {
                Written::Made => return Ok(next),
                Written::Conflict(_) => {}
            }
        }
    }

    /// The record of a task.
    ///
    /// # Errors
    /// [`ChangeError::NoSuchTask`], or [`ChangeError::Unavailable`].
    pub async fn record(&self, task_id: TaskId) -> Result<TaskRecord, ChangeError> {
        self.records.find(task_id).await?.ok_or(ChangeError::NoSuchTask)
    }

    /// The record of a task that must have the status `wanted` for a change to make sense. A task that was resumed, skipped
    /// or discarded after a hold still counts as held until a delivery sees it: making its message visible may have been
    /// interrupted.
    ///
    /// # Errors
    /// [`ChangeError::NoSuchTask`], or [`ChangeError::Refused`] if it has another status.
    pub async fn record_in(&self, task_id: TaskId, wanted: Status) -> Result<TaskRecord, ChangeError> {
        let record = self.record(task_id).await?;
        match (wanted, record.status) {
            (wanted, found) if wanted == found => Ok(record),
            (Status::Held, _) if record.held_receipt.is_some() => Ok(record),
            (Status::Held, found) => Err(Refusal::NotHeld(found).into()),
            (_, found) => Err(Refusal::NotDeadLettered(found).into()),
        }
    }
}
