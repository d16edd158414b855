//! Cancelling a task: its submitter withdraws it.

use shared::{
    Caller, Status, TaskId, TaskRecord, TraceContext,
    lifecycle::{self, Refusal},
    ports::{Expected, PortError, TaskQueue, TaskRecords, Written},
};
use tracing::info;

use crate::intake::Intake;

/// Why a task was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// No task of this caller has the id.
    #[error("there is no such task")]
    NoSuchTask,
    /// The task was completed or given up, and has this status.
    #[error("it is {0}")]
    HasBegun(Status),
    /// The record could not be read or written. Cancelling again is safe.
    #[error(transparent)]
    Unavailable(#[from] PortError),
}

impl<R: TaskRecords, Q: TaskQueue> Intake<R, Q> {
    /// Cancels a task of `caller` by one conditional write, which a concurrent claim makes fail. The message stays in the line
    /// and is acknowledged when it is delivered. If an attempt handles the task now, only the wish is recorded, and the status
    /// of the returned record is still `Processing`; otherwise it is `Discarded`.
    ///
    /// # Errors
    /// [`CancelError`].
    pub async fn cancel(&self, caller: &Caller, task_id: TaskId) -> Result<TaskRecord, CancelError> {
        loop {
            let present = self.find_own(caller, task_id).await?.ok_or(CancelError::NoSuchTask)?;
            let cancelled = match lifecycle::cancel(&present, self.clock.now()) {
                Ok(cancelled) if cancelled == present => return Ok(present),
                Ok(cancelled) => cancelled,
                Err(Refusal::HasBegun(status)) => return Err(CancelError::HasBegun(status)),
                Err(_) => return Err(CancelError::HasBegun(present.status)),
            };
            if self.records.write(&cancelled, Expected::Revision(present.revision)).await? == Written::Made {
                let trace_id = present.trace.as_ref().map(TraceContext::trace_id);
                info!(%task_id, trace_id, status = %cancelled.status, "cancelled by its submitter");
                return Ok(cancelled);
            }
        }
    }
}
