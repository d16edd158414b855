//! The records of the target.

use aws::DynamoDbTaskRecords;
use local::SqliteTaskRecords;
use shared::{
    TaskId, TaskRecord, Timestamp,
    ports::{
        Cursor, Departures, Expected, NumberedPage, NumberedRecord, Page, PortError, TaskRecords, Written,
    },
};

/// Records on this machine or on AWS.
#[derive(Clone)]
pub enum PipelineRecords {
    Local(SqliteTaskRecords),
    Aws(DynamoDbTaskRecords),
}

impl From<SqliteTaskRecords> for PipelineRecords {
    fn from(records: SqliteTaskRecords) -> Self {
        Self::Local(records)
    }
}

impl TaskRecords for PipelineRecords {
    async fn write(&self, record: &TaskRecord, expected: Expected) -> Result<Written, PortError> {
        match self {
            Self::Local(records) => records.write(record, expected).await,
            Self::Aws(records) => records.write(record, expected).await,
        }
    }

    async fn find(&self, task_id: TaskId) -> Result<Option<TaskRecord>, PortError> {
        match self {
            Self::Local(records) => records.find(task_id).await,
            Self::Aws(records) => records.find(task_id).await,
        }
    }

    fn is_expired(&self, record: &TaskRecord, now: Timestamp) -> bool {
        match self {
            Self::Local(records) => records.is_expired(record, now),
            Self::Aws(records) => records.is_expired(record, now),
        }
    }

    async fn needing_attention(&self, after: Option<&Cursor>, limit: u32) -> Result<Page, PortError> {
        match self {
            Self::Local(records) => records.needing_attention(after, limit).await,
            Self::Aws(records) => records.needing_attention(after, limit).await,
        }
    }

    async fn last_completed(&self) -> Result<Option<TaskRecord>, PortError> {
        match self {
            Self::Local(records) => records.last_completed().await,
            Self::Aws(records) => records.last_completed().await,
        }
    }

    async fn all(&self, after: Option<&Cursor>, limit: u32) -> Result<Page, PortError> {
        match self {
            Self::Local(records) => records.all(after, limit).await,
            Self::Aws(records) => records.all(after, limit).await,
        }
    }
}

/// Only the data file on one machine has an order of its writes.
impl Departures for PipelineRecords {
    async fn departures(&self) -> Result<Option<u64>, PortError> {
        match self {
            Self::Local(records) => records.departures().await,
            Self::Aws(_) => Ok(None),
        }
    }

    async fn all_numbered(&self, after: Option<&Cursor>, limit: u32) -> Result<NumberedPage, PortError> {
        match self {
            Self::Local(records) => records.all_numbered(after, limit).await,
            Self::Aws(records) => {
                let Page { records, next } = records.all(after, limit).await?;
                Ok(NumberedPage {
                    records: records.into_iter().map(NumberedRecord::uncounted).collect(),
                    next,
                })
            }
        }
    }

    async fn find_numbered(&self, task_id: TaskId) -> Result<Option<NumberedRecord>, PortError> {
        match self {
            Self::Local(records) => records.find_numbered(task_id).await,
            Self::Aws(records) => Ok(records.find(task_id).await?.map(NumberedRecord::uncounted)),
        }
    }
}
