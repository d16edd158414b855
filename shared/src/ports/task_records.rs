//! The store of task records: one conditional write, and ways to read.

use serde::{Deserialize, Serialize};

use crate::{TaskId, TaskRecord, Timestamp, ports::PortError};

/// What must stand in a record's place for a write to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Absent,
    /// Nothing, or the record as its accept wrote it (revision 0). With this a claim, which can make from the message
    /// whatever an accept would have written, takes one write and no read.
    Untouched,
    /// The record at this revision.
    Revision(u64),
}

impl Expected {
    /// Whether `present` is what is expected.
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
    /// It was, and is durable.
    Made,
    /// It was not: this stands there instead.
    Conflict(Option<Box<TaskRecord>>),
}

/// Where the next page begins. Opaque to everyone but the store that gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// Some records of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The records.
    pub records: Vec<TaskRecord>,
    /// Where to go on; absent after the last page.
    pub next: Option<Cursor>,
}

/// Keeps task records.
pub trait TaskRecords: Send + Sync {
    /// Writes `record` if what stands in its place is as `expected`; on anything else MUST change nothing and return
    /// [`Written::Conflict`] with what stands there.
    ///
    /// When `record` itself stands there, an earlier try of this very call was made and its answer lost: that MUST be
    /// [`Written::Made`].
    ///
    /// # Errors
    /// [`PortError`]: the write may have been made all the same.
    fn write(
        &self,
        record: &TaskRecord,
        expected: Expected,
    ) -> impl Future<Output = Result<Written, PortError>> + Send;

    /// Whether a record that this store returned counts as deleted already, since its time is over at `now` and only its
    /// deletion is late.
    fn is_expired(&self, record: &TaskRecord, now: Timestamp) -> bool {
        record.is_expired(now)
    }

    /// The record of one task, as of its last write.
    ///
    /// # Errors
    /// [`PortError`] when it can't be asked.
    fn find(&self, task_id: TaskId) -> impl Future<Output = Result<Option<TaskRecord>, PortError>> + Send;

    /// The records whose status needs attention, by rising first sequence number (of those of more than 38 digits,
    /// which no number of DynamoDB holds, the order is open). May lag behind a write that was just made (a DynamoDB
    /// index does). `limit` is 1 to 1,000; a page can be shorter and yet have a next.
    ///
    /// # Errors
    /// [`PortError`] when it can't be asked.
    fn needing_attention(
        &self,
        after: Option<&Cursor>,
        limit: u32,
    ) -> impl Future<Output = Result<Page, PortError>> + Send;

    /// The record that was completed last, for what it tells of the handler. A store that can't find it without reading
    /// very many answers that it knows of none.
    ///
    /// # Errors
    /// [`PortError`] when it can't be asked.
    fn last_completed(&self) -> impl Future<Output = Result<Option<TaskRecord>, PortError>> + Send {
        std::future::ready(Ok(None))
    }

    /// All records, in no promised order; for `verify` and `reconcile`, never on a task's path.
    ///
    /// # Errors
    /// [`PortError`] when it can't be asked.
    fn all(&self, after: Option<&Cursor>, limit: u32)
    -> impl Future<Output = Result<Page, PortError>> + Send;
}
