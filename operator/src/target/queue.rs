//! The queues of the target.

use aws::SqsTaskQueue;
use local::SqliteTaskQueue;
use shared::{
    Delivery, Receipt, SequenceNumber,
    ports::{Depth, PortError, TaskQueue, Visibility},
};

/// A queue on this machine or on AWS.
#[derive(Clone)]
pub enum PipelineQueue {
    Local(SqliteTaskQueue),
    Aws(SqsTaskQueue),
}

impl From<SqliteTaskQueue> for PipelineQueue {
    fn from(queue: SqliteTaskQueue) -> Self {
        Self::Local(queue)
    }
}

impl TaskQueue for PipelineQueue {
    async fn enqueue(&self, body: &str, dedupe_id: &str) -> Result<SequenceNumber, PortError> {
        match self {
            Self::Local(queue) => queue.enqueue(body, dedupe_id).await,
            Self::Aws(queue) => queue.enqueue(body, dedupe_id).await,
        }
    }

    async fn receive(&self, max: u32, wait_seconds: u32) -> Result<Vec<Delivery>, PortError> {
        match self {
            Self::Local(queue) => queue.receive(max, wait_seconds).await,
            Self::Aws(queue) => queue.receive(max, wait_seconds).await,
        }
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), PortError> {
        match self {
            Self::Local(queue) => queue.delete(receipt).await,
            Self::Aws(queue) => queue.delete(receipt).await,
        }
    }

    async fn change_visibility(&self, receipt: &Receipt, seconds: u32) -> Result<Visibility, PortError> {
        match self {
            Self::Local(queue) => queue.change_visibility(receipt, seconds).await,
            Self::Aws(queue) => queue.change_visibility(receipt, seconds).await,
        }
    }

    async fn read(
        &self,
        after: Option<SequenceNumber>,
        limit: u32,
    ) -> Result<Option<Vec<Delivery>>, PortError> {
        match self {
            Self::Local(queue) => queue.read(after, limit).await,
            Self::Aws(queue) => queue.read(after, limit).await,
        }
    }

    async fn delete_read(&self, place: SequenceNumber) -> Result<(), PortError> {
        match self {
            Self::Local(queue) => queue.delete_read(place).await,
            Self::Aws(queue) => queue.delete_read(place).await,
        }
    }

    async fn depth(&self) -> Result<Depth, PortError> {
        match self {
            Self::Local(queue) => queue.depth().await,
            Self::Aws(queue) => queue.depth().await,
        }
    }
}
