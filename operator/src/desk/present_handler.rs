//! What can be known of the handler that would run a redriven task.

use shared::{
    lifecycle::PresentHandler,
    ports::{Line, PortError, TaskQueue, TaskRecords},
};

use super::Desk;

impl<R: TaskRecords, Q: TaskQueue, L: Line> Desk<R, Q, L> {
    /// The version of the pipeline's code, and the one that the handler reported when it last completed a task. A task
    /// that was redriven tells nothing here: while many are redriven, the first of them would stop the others.
    ///
    /// # Errors
    /// [`PortError`] when the records can't be asked.
    pub(super) async fn present_handler(&self) -> Result<PresentHandler, PortError> {
        let last = self.records.last_completed().await?.filter(|record| record.generation == 0);
        Ok(PresentHandler {
            code_version: self.code_version.clone(),
            reported: last.and_then(|record| Some((record.handler_version?, record.finished_at?))),
        })
    }
}
