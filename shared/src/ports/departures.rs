//! The port to the order in which tasks left the line, by a count and not by clocks.
//!
//! A store that sees all writes in one order counts the tasks that leave the line. A task that began when `n` tasks had left
//! began after the departures 1 to `n` and before all later ones, whatever the clocks showed.

use crate::{
    TaskId, TaskRecord,
    ports::{Cursor, PortError, TaskRecords},
};

/// A record with its numbers in that order. The numbers are absent if the store does not count departures, or did not when
/// the record was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedRecord {
    /// The record.
    pub record: TaskRecord,
    /// How many tasks had left the line when the task began at its current sequence number.
    pub began_after: Option<u64>,
    /// The number of the task's own departure.
    pub departure: Option<u64>,
    /// Whether the task has a message in the line; absent if the store does not know.
    pub is_in_the_line: Option<bool>,
}

/// One page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedPage {
    /// The records.
    pub records: Vec<NumberedRecord>,
    /// The cursor of the next page; absent after the last page.
    pub next: Option<Cursor>,
}

impl NumberedRecord {
    /// A record from a store that does not count departures.
    pub fn uncounted(record: TaskRecord) -> Self {
        Self { record, began_after: None, departure: None, is_in_the_line: None }
    }
}

/// Task records with the order of departures, if the store counts them.
pub trait Departures: TaskRecords {
    /// How many tasks have left the line; `None` if the store does not count.
    ///
    /// # Errors
    /// [`PortError`].
    fn departures(&self) -> impl Future<Output = Result<Option<u64>, PortError>> + Send;

    /// Like [`TaskRecords::all`].
    ///
    /// # Errors
    /// [`PortError`].
    fn all_numbered(
        &self,
        after: Option<&Cursor>,
        limit: u32,
    ) -> impl Future<Output = Result<NumberedPage, PortError>> + Send;

    /// Like [`TaskRecords::find`].
    ///
    /// # Errors
    /// [`PortError`].
    fn find_numbered(
        &self,
        task_id: TaskId,
    ) -> impl Future<Output = Result<Option<NumberedRecord>, PortError>> + Send;
}
