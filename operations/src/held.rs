//! Releases a held line: resumes its task, or skips it.

use shared::{
    AuditAction, Reason, TaskId, TaskRecord, lifecycle,
    ports::{DeliverySwitch, PortError, TaskQueue, TaskRecords},
};

use crate::{ChangeError, Operations};

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Runs the held task again, at the front of the line.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn resume(&self, task_id: TaskId, reason: &Reason) -> Result<TaskRecord, ChangeError> {
        let entry = |now| self.entry(AuditAction::Resume, reason, now);
        let resumed = self.change(task_id, |record, now| lifecycle::resume(record, entry(now), now)).await?;
        self.make_visible(&resumed).await?;
        Ok(resumed)
    }

    /// Sends the held task to the dead-letter queue; the line goes on without it.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn skip(&self, task_id: TaskId, reason: &Reason) -> Result<TaskRecord, ChangeError> {
        let entry = |now| self.entry(AuditAction::Skip, reason, now);
        let skipped = self.change(task_id, |record, now| lifecycle::skip(record, entry(now), now)).await?;
        self.make_visible(&skipped).await?;
        Ok(skipped)
    }

    /// Makes a held message visible at once. If its receipt is stale or not yet stored, nothing is needed: the processor notices that
    /// the task is no longer held.
    pub(crate) async fn make_visible(&self, record: &TaskRecord) -> Result<(), PortError> {
        if let Some(receipt) = &record.held_receipt {
            self.line_queue.change_visibility(receipt, 0).await?;
        }
        Ok(())
    }
}
