//! The line of the chosen pipeline as a whole.

use std::sync::Arc;

use aws::{DynamoDbTaskRecords, EventSourceMapping};
use local::{DataDirectory, SqliteLine, Throughput};
use shared::{
    AuditEntry, Timestamp,
    ports::{Clock, DeliverySwitch, Head, LineStatus, PortError, Switched},
};

/// A line on this machine or on AWS.
pub enum PipelineLine {
    /// With the folder whose lock tells whether a process runs it.
    Local(SqliteLine, DataDirectory),
    /// With the records, whose index lists what is tried again.
    Aws(EventSourceMapping, DynamoDbTaskRecords, Arc<dyn Clock>),
}

/// What a line on this machine tells beyond the port. No call to AWS tells it.
impl PipelineLine {
    /// Who paused and resumed it, when and why, newest last; none where that is not kept with the line.
    pub async fn changes(&self) -> Result<Option<Vec<AuditEntry>>, PortError> {
        match self {
            Self::Local(line, _) => line.changes().await.map(Some),
            Self::Aws(..) => Ok(None),
        }
    }

    /// What was completed since, second by second; none where the line does not tell.
    pub async fn throughput(&self, since: Timestamp) -> Result<Option<Vec<Throughput>>, PortError> {
        match self {
            Self::Local(line, _) => line.throughput(since).await.map(Some),
            Self::Aws(..) => Ok(None),
        }
    }
}

impl DeliverySwitch for PipelineLine {
    async fn status(&self) -> Result<LineStatus, PortError> {
        match self {
            Self::Local(line, data) => {
                let is_running = data.is_running();
                let running = is_running.map_err(|error| PortError::unavailable("the lock file", error))?;
                Ok(LineStatus { running: Some(running), ..line.status().await? })
            }
            Self::Aws(line, records, clock) => {
                let (status, head) = tokio::try_join!(line.status(), records.retrying())?;
                let now = clock.now();
                let is_empty = status.waiting + status.in_flight == 0;
                let head = head.filter(|record| !is_empty && record.is_tried_again_at(now)).map(|record| {
                    Head { task_id: record.task_id, record: Some(Box::new(record)), next_delivery_at: None }
                });
                Ok(LineStatus { head, ..status })
            }
        }
    }

    async fn pause(&self, why: &AuditEntry) -> Result<Switched, PortError> {
        match self {
            Self::Local(line, _) => line.pause(why).await,
            Self::Aws(line, ..) => line.pause(why).await,
        }
    }

    async fn resume(&self, why: &AuditEntry) -> Result<Switched, PortError> {
        match self {
            Self::Local(line, _) => line.resume(why).await,
            Self::Aws(line, ..) => line.resume(why).await,
        }
    }
}
