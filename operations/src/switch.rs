//! Pauses and resumes the line.

use shared::{
    AuditAction, Reason,
    ports::{DeliverySwitch, PortError, Switched, TaskQueue, TaskRecords},
};

use crate::Operations;

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Stops deliveries. The operator's name and reason are stored with the line if it has a place for them.
    ///
    /// # Errors
    /// [`PortError`] if the line can't be switched.
    pub async fn pause_line(&self, reason: &Reason) -> Result<Switched, PortError> {
        self.line.pause(&self.entry(AuditAction::PauseLine, reason, self.clock.now())).await
    }

    /// Starts deliveries.
    ///
    /// # Errors
    /// [`PortError`] if the line can't be switched.
    pub async fn resume_line(&self, reason: &Reason) -> Result<Switched, PortError> {
        self.line.resume(&self.entry(AuditAction::ResumeLine, reason, self.clock.now())).await
    }
}
