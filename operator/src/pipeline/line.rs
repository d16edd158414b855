//! The line of the chosen pipeline as a whole.

use aws::EventSourceLine;
use local::{SqliteLine, Throughput};
use shared::{
    AuditEntry, TaskId, Timestamp,
    ports::{Line, LineStatus, PortError},
};

/// A line on this machine or on AWS.
pub enum PipelineLine {
    Local(SqliteLine),
    Aws(EventSourceLine),
}

/// What a line on this machine tells beyond the port. No call to AWS tells it, but for the task a hold stands at.
impl PipelineLine {
    /// The task at the head, where the line tells.
    pub async fn head(&self) -> Result<Option<TaskId>, PortError> {
        match self {
            Self::Local(line) => line.head().await,
            Self::Aws(_) => Ok(None),
        }
    }

    /// Who paused and resumed it, when and why, newest last; none where that is not kept with the line.
    pub async fn changes(&self) -> Result<Option<Vec<AuditEntry>>, PortError> {
        match self {
            Self::Local(line) => line.changes().await.map(Some),
            Self::Aws(_) => Ok(None),
        }
    }

    /// What was completed since, minute by minute; none where the line does not tell.
    pub async fn throughput(&self, since: Timestamp) -> Result<Option<Vec<Throughput>>, PortError> {
        match self {
            Self::Local(line) => line.throughput(since).await.map(Some),
            Self::Aws(_) => Ok(None),
        }
    }
}

impl Line for PipelineLine {
    async fn status(&self) -> Result<LineStatus, PortError> {
        match self {
            Self::Local(line) => line.status().await,
            Self::Aws(line) => line.status().await,
        }
    }

    async fn pause(&self, why: &AuditEntry) -> Result<(), PortError> {
        match self {
            Self::Local(line) => line.pause(why).await,
            Self::Aws(line) => line.pause(why).await,
        }
    }

    async fn resume(&self, why: &AuditEntry) -> Result<(), PortError> {
        match self {
            Self::Local(line) => line.resume(why).await,
            Self::Aws(line) => line.resume(why).await,
        }
    }
}
