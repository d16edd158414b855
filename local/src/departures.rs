//! Departures: the file counts the tasks that leave the line, each in the write by which it leaves.
//!
//! Only one write happens at a time, whichever process makes it. So these numbers prove the order of starts and ends, which
//! clocks can only suggest, because they step and are set. A start reads the count; a departure writes one more page.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{
    TaskId, TaskRecord,
    ports::{Cursor, NumberedPage, NumberedRecord},
};

use crate::{messages, row};

statements! {
    COUNT = "SELECT departures FROM line";
    COUNT_DEPARTURE = "UPDATE line SET departures = departures + 1 RETURNING departures";
    FIND = "SELECT record, began_after, departure FROM records WHERE task_id = ?1";
    ALL = "SELECT record, began_after, departure, id FROM records WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
}

/// The numbers in a record's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DepartureNumbers {
    /// How many tasks had left the line when this one began.
    pub began_after: Option<u64>,
    /// The number of this task's departure.
    pub departure: Option<u64>,
}

impl DepartureNumbers {
    /// The numbers of `record`, which replaces `present`. Those of the same passage through the line stay.
    pub fn of(
        connection: &Connection,
        record: &TaskRecord,
        present: Option<&NumberedRecord>,
    ) -> rusqlite::Result<Self> {
        let number = record.sequence_number;
        // A redrive begins without a sequence number; until it has one, the earlier numbers stay.
        let same_passage = present.filter(|it| number.is_none() || it.record.sequence_number == number);
        let began_after = match (record.started_at, same_passage.filter(|it| it.record.started_at.is_some()))
        {
            (None, _) => None,
            (Some(_), Some(present)) => present.began_after,
            (Some(_), None) => Some(count(connection)?),
        };
        let departure = match (record.finished_at, same_passage.filter(|it| it.record.finished_at.is_some()))
        {
            (None, _) => None,
            (Some(_), Some(present)) => present.departure,
            (Some(_), None) => Some(count_departure(connection)?),
        };
        Ok(Self { began_after, departure })
    }
}

/// How many tasks have left the line.
pub(crate) fn count(connection: &Connection) -> rusqlite::Result<u64> {
    connection.prepare_cached(COUNT)?.query_row([], |row| row.get(0))
}

fn count_departure(connection: &Connection) -> rusqlite::Result<u64> {
    connection.prepare_cached(COUNT_DEPARTURE)?.query_row([], |row| row.get(0))
}

/// The record of a task, with its numbers.
pub(crate) fn find(connection: &Connection, task_id: TaskId) -> rusqlite::Result<Option<NumberedRecord>> {
    connection.prepare_cached(FIND)?.query_row([task_id.as_bytes().as_slice()], numbered).optional()
}

/// The same, and whether the line contains its message, in one transaction.
pub(crate) fn find_with_message(
    connection: &Connection,
    task_id: TaskId,
) -> rusqlite::Result<Option<NumberedRecord>> {
    let snapshot = connection.unchecked_transaction()?;
    let Some(found) = find(&snapshot, task_id)? else {
        return Ok(None);
    };
    let is_in_the_line = match found.record.sequence_number {
        Some(number) => messages::is_in_the_line(&snapshot, number)?,
        None => false,
    };
    Ok(Some(NumberedRecord { is_in_the_line: Some(is_in_the_line), ..found }))
}

/// Newest first, so that a reader who stops early has seen the recent records.
pub(crate) fn all(connection: &Connection, before: i64, limit: u32) -> rusqlite::Result<NumberedPage> {
    let mut query = connection.prepare_cached(ALL)?;
    let rows: Vec<(NumberedRecord, i64)> = query
        .query_map(params![before, limit], |row| Ok((numbered(row)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    let is_full = rows.len() == limit as usize;
    let next = rows.last().filter(|_| is_full).map(|(_, id)| Cursor(id.to_string()));
    Ok(NumberedPage { records: rows.into_iter().map(|(record, _)| record).collect(), next })
}

fn numbered(row: &Row<'_>) -> rusqlite::Result<NumberedRecord> {
    let (record, began_after, departure) = (row::json(row, 0)?, row.get(1)?, row.get(2)?);
    Ok(NumberedRecord { record, began_after, departure, is_in_the_line: None })
}
