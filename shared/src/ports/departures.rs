//! The order in which tasks left the line, by a count and not by a clock.
//!
//! A store that sees every write in one order counts the tasks that left the line. A task that began when `n` had left
//! began behind the departures 1 to `n` and before all others: that holds whatever any clock showed.

use crate::{
    TaskId, TaskRecord,
    ports::{Cursor, PortError, TaskRecords},
};

/// A record, and where its task stands in that order. A store that does not count leaves the numbers out, and so does
/// one that was written before it counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedRecord {
    /// The record.
    pub record: TaskRecord,
    /// How many tasks had left the line when it began at its present place.
    pub began_after: Option<u64>,
    /// Its own departure from that place.
    pub departure: Option<u64>,
    /// Whether a message stands for it at that place; absent where the store does not know.
    pub is_in_the_line: Option<bool>,
}

/// Some of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedPage {
    /// The records.
    pub records: Vec<NumberedRecord>,
    /// Where to go on; absent after the last page.
    pub next: Option<Cursor>,
}

impl NumberedRecord {
    /// A record of a store that does not count.
    pub fn uncounted(record: TaskRecord) -> Self {
        Self { record, began_after: None, departure: None, is_in_the_line: None }
    }
}

/// Task records with the order of departures, as far as their store counts them.
pub trait Departures: TaskRecords {
    /// How many tasks have left the line so far; absent where the store does not count.
    ///
    /// # Errors
    /// [`PortError`] when it can't be asked.
    fn departures(&self) -> impl Future<Output = Result<Option<u64>, PortError>> + Send;

    /// As [`TaskRecords::all`].
    ///
    /// # Errors
    /// [`PortError`] when it can't be asked.
    fn all_numbered(
        &self,
        after: Option<&Cursor>,
        limit: u32,
    ) -> impl Future<Output = Result<NumberedPage, PortError>> + Send;

    /// As [`TaskRecords::find`].
    ///
    /// # Errors
    /// [`PortError`] when it can't be asked.
    fn find_numbered(
        &self,
        task_id: TaskId,
    ) -> impl Future<Output = Result<Option<NumberedRecord>, PortError>> + Send;
}
