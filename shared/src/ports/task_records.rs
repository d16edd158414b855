//! The port to the store of task records: one conditional write, and reads.

use std::pin::Pin;

use serde::{Deserialize, Serialize};

use crate::{TaskId, TaskRecord, Timestamp, ports::PortError};

/// The condition of a write on the existing record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// There is no record.
    Absent,
    /// There is no record, or the one that accept wrote (revision 0). With this condition a claim needs one write and no read,
    /// because it can make the accepted record from the message.
    Untouched,
    /// The record has this revision.
    Revision(u64),
}

impl Expected {
    /// Whether `present` meets the condition.
    pub fn is_met_by(self, present: Option<&TaskRecord>) -> bool {
        match (self, present) {
            (Self::Absent | Self::Untouched, None) => true,
            (Self::Untouched, Some(record)) => record.revision == 0,
            (Self::Revision(revision), Some(record)) => record.revision == revision,
            (Self::Absent, Some(_)) | (Self::Revision(_), None) => false,
        }
    }
}

/// Whether a write was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The write was made and is durable.
    Made,
    /// The write was not made; this is the existing record.
    Conflict(Option<Box<TaskRecord>>),
}

/// The start of the next page. Opaque to all but the store that returned it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// One page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The records.
    pub records: Vec<TaskRecord>,
    /// The cursor of the next page; absent after the last page.
    pub next: Option<Cursor>,
}

/// Resolves when a record has changed.
pub type Change = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The store of task records.
pub trait TaskRecords: Send + Sync {
    /// Writes `record` if the existing record is as `expected`; otherwise MUST change nothing and return
    /// [`Written::Conflict`] with the existing record.
    ///
    /// If the existing record equals `record`, an earlier attempt of this call was made and its response was lost: this MUST
    /// return [`Written::Made`].
    ///
    /// # Errors
    /// [`PortError`]: the write may have been made anyway.
    fn write(
        &self,
        record: &TaskRecord,
        expected: Expected,
    ) -> impl Future<Output = Result<Written, PortError>> + Send;

    /// Whether a record that this store returned is expired at `now` and counts as deleted, though it isn't deleted yet.
    fn is_expired(&self, record: &TaskRecord, now: Timestamp) -> bool {
        record.is_expired(now)
    }

    /// The record of one task, as of its last write.
    ///
    /// # Errors
    /// [`PortError`].
    fn find(&self, task_id: TaskId) -> impl Future<Output = Result<Option<TaskRecord>, PortError>> + Send;

    /// The next change of a record: resolves after a write that this process made after this call, whether the future was
    /// polled by then or not. None if the store does not report changes.
    fn next_change(&self, _task_id: TaskId) -> Option<Change> {
        None
    }

    /// The records whose status needs attention, by ascending first sequence number. The order of numbers with more than 38
    /// digits, which exceed DynamoDB's numbers, is undefined. May lag behind a recent write, as a DynamoDB index does. `limit`
    /// is 1 to 1,000; a page can be shorter than that and still have a next page.
    ///
    /// # Errors
    /// [`PortError`].
    fn needing_attention(
        &self,
        after: Option<&Cursor>,
        limit: u32,
    ) -> impl Future<Output = Result<Page, PortError>> + Send;

    /// The record that was completed last, for the handler version in it. `None` if the store can't find it without reading
    /// very many records.
    ///
    /// # Errors
    /// [`PortError`].
    fn last_completed(&self) -> impl Future<Output = Result<Option<TaskRecord>, PortError>> + Send {
        std::future::ready(Ok(None))
    }

    /// All records in any order, for `verify` and `reconcile`; never used while a task is handled.
    ///
    /// # Errors
    /// [`PortError`].
    fn all(&self, after: Option<&Cursor>, limit: u32)
    -> impl Future<Output = Result<Page, PortError>> + Send;
}
