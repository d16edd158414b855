//! The delivery switch of the target, and its status.

use std::sync::Arc;

use aws::{DynamoDbTaskRecords, EventSourceMapping};
use local::Throughput;
use shared::{
    AuditEntry, Timestamp,
    ports::{Clock, DeliverySwitch, Head, LineStatus, PortError, Switched},
};

use super::LocalLine;

/// The line on this machine or on AWS.
pub enum PipelineLine {
    Local(LocalLine),
    /// With the records, whose index lists tasks that are retried.
    Aws(EventSourceMapping, DynamoDbTaskRecords, Arc<dyn Clock>),
}

impl From<LocalLine> for PipelineLine {
    fn from(line: LocalLine) -> Self {
        Self::Local(line)
    }
}

/// What only a line on this machine knows. No AWS call returns it.
impl PipelineLine {
    /// Whether the line stores its changes.
    pub fn stores_changes(&self) -> bool {
        match self {
            Self::Local(line) => line.stores_changes(),
            Self::Aws(..) => false,
        }
    }

    /// The changes of the line, newest last; none if the line does not store them.
    pub async fn changes(&self) -> Result<Option<Vec<AuditEntry>>, PortError> {
        match self {
            Self::Local(line) => line.changes().await,
            Self::Aws(..) => Ok(None),
        }
    }

    /// The completed tasks per second since then; none if the line does not know.
    pub async fn throughput(&self, since: Timestamp) -> Result<Option<Vec<Throughput>>, PortError> {
        match self {
            Self::Local(line) => line.throughput(since).await,
            Self::Aws(..) => Ok(None),
        }
    }
}

impl DeliverySwitch for PipelineLine {
    async fn status(&self) -> Result<LineStatus, PortError> {
        match self {
            Self::Local(line) => line.status().await,
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
            Self::Local(line) => line.pause(why).await,
            Self::Aws(line, ..) => line.pause(why).await,
        }
    }

    async fn resume(&self, why: &AuditEntry) -> Result<Switched, PortError> {
        match self {
            Self::Local(line) => line.resume(why).await,
            Self::Aws(line, ..) => line.resume(why).await,
        }
    }
}
