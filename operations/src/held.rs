//! What is done about a line that is held: resume it, or skip the task it is held at.

use shared::{
    AuditAction, Reason, TaskId, TaskRecord, lifecycle,
    ports::{DeliverySwitch, PortError, TaskQueue, TaskRecords},
};

use crate::{ChangeError, Operations};

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Lets the held task be tried again, at the front of the line.
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

    /// Shows a held message at once. A receipt that is stale, or not yet published, needs no change of visibility: its processor
    /// notices by itself that the task is no longer held.
    pub(crate) async fn make_visible(&self, record: &TaskRecord) -> Result<(), PortError> {
        if let Some(receipt) = &record.held_receipt {
            self.line_queue.change_visibility(receipt, 0).await?;
        }
        Ok(())
    }
}
