//! change: read a record, decide on its next revision, write it if nobody wrote in between; else decide again.

use shared::{
    TaskId, TaskRecord, Timestamp,
    lifecycle::Refusal,
    ports::{DeliverySwitch, Expected, PortError, TaskQueue, TaskRecords, Written},
};

use super::Operations;

/// A change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Nobody knows the task.
    #[error("there is no such task")]
    NoSuchTask,
    /// Its state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody else changed it first.
    #[error("it changed meanwhile")]
    Overtaken,
    /// The pipeline did not answer.
    #[error(transparent)]
    Unavailable(#[from] PortError),
}

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Replaces the record of `task_id` by what `decide` makes of it. Returns what then stands there.
    pub(super) async fn change(
        &self,
        task_id: TaskId,
        decide: impl Fn(&TaskRecord, Timestamp) -> Result<TaskRecord, Refusal>,
    ) -> Result<TaskRecord, ChangeError> {
        loop {
            let present = self.records.find(task_id).await?.ok_or(ChangeError::NoSuchTask)?;
            let next = decide(&present, self.clock.now())?;
            if next == present {
                return Ok(present);
            }
            match self.records.write(&next, Expected::Revision(present.revision)).await? {
                Written::Made => return Ok(next),
                Written::Conflict(_) => {}
            }
        }
    }
}
