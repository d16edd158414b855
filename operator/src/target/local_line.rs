//! The line of a pipeline on this machine.

use local::{DataDirectory, SqliteDeliverySwitch, Throughput};
use shared::{
    AuditEntry, Timestamp,
    ports::{DeliverySwitch, LineStatus, PortError, Switched},
};

/// The line in this data directory, whose lock tells whether a process runs the pipeline.
pub struct LocalLine {
    line: SqliteDeliverySwitch,
    data: DataDirectory,
}

impl LocalLine {
    pub fn new(line: SqliteDeliverySwitch, data: DataDirectory) -> Self {
        Self { line, data }
    }

    /// Whether the line stores its changes.
    pub fn stores_changes(&self) -> bool {
        true
    }

    /// The changes of the line, newest last.
    pub async fn changes(&self) -> Result<Option<Vec<AuditEntry>>, PortError> {
        self.line.changes().await.map(Some)
    }

    /// The completed tasks per second since then.
    pub async fn throughput(&self, since: Timestamp) -> Result<Option<Vec<Throughput>>, PortError> {
        self.line.throughput(since).await.map(Some)
    }
}

impl DeliverySwitch for LocalLine {
    async fn status(&self) -> Result<LineStatus, PortError> {
        let running = self.data.is_running();
        let running = running.map_err(|error| PortError::unavailable("the lock file", error))?;
        Ok(LineStatus { running: Some(running), ..self.line.status().await? })
    }

    async fn pause(&self, why: &AuditEntry) -> Result<Switched, PortError> {
        self.line.pause(why).await
    }

    async fn resume(&self, why: &AuditEntry) -> Result<Switched, PortError> {
        self.line.resume(why).await
    }
}
