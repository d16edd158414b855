//! Departures: the file counts the tasks that leave the line, each in the write by which it leaves.
//!
//! Only one write is made at a time, whichever process makes it, so these numbers tell the order of beginnings and ends
//! that clocks, which are set and which step, can only suggest. To begin costs a look at the count, to leave one more page
//! of the log.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{
    SequenceNumber, TaskId, TaskRecord,
    ports::{Cursor, NumberedPage, NumberedRecord},
};

use crate::{front, row::decode};

/// The numbers that a record is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub began_after: Option<u64>,
    pub departure: Option<u64>,
}

impl Numbers {
    /// Those of `record`, which replaces `present`: what was numbered at this place stays so.
    pub fn of(
        connection: &Connection,
        record: &TaskRecord,
        present: Option<&NumberedRecord>,
    ) -> rusqlite::Result<Self> {
        let place = record.sequence_number;
        // A redrive that has begun has no place yet; what is known of the one before stays until it has.
        let here = present.filter(|it| place.is_none() || it.record.sequence_number == place);
        let began_after = match (record.started_at, here.filter(|it| it.record.started_at.is_some())) {
            (None, _) => None,
            (Some(_), Some(present)) => present.began_after,
            (Some(_), None) => Some(count(connection)?),
        };
        let departure = match (record.finished_at, here.filter(|it| it.record.finished_at.is_some())) {
            (None, _) => None,
            (Some(_), Some(present)) => present.departure,
            (Some(_), None) => Some(count_another(connection)?),
        };
        Ok(Self { began_after, departure })
    }
}

/// How many tasks have left the line.
pub(crate) fn count(connection: &Connection) -> rusqlite::Result<u64> {
    connection.prepare_cached("SELECT departures FROM line")?.query_row([], |row| row.get(0))
}

fn count_another(connection: &Connection) -> rusqlite::Result<u64> {
    let count = "UPDATE line SET departures = departures + 1 RETURNING departures";
    connection.prepare_cached(count)?.query_row([], |row| row.get(0))
}

/// The record of one task as the connection sees it, with its numbers.
pub(crate) fn find(connection: &Connection, task_id: TaskId) -> rusqlite::Result<Option<NumberedRecord>> {
    let find = "SELECT record, began_after, departure FROM records WHERE task_id = ?1";
    connection.prepare_cached(find)?.query_row([task_id.as_bytes().as_slice()], numbered).optional()
}

/// The same, and whether its message is in the line, both as of one moment.
pub(crate) fn find_with_message(
    connection: &Connection,
    task_id: TaskId,
) -> rusqlite::Result<Option<NumberedRecord>> {
    let snapshot = connection.unchecked_transaction()?;
    let Some(found) = find(&snapshot, task_id)? else {
        return Ok(None);
    };
    let place = found.record.sequence_number.map(SequenceNumber::get);
    let is_in_the_line = match place.map(i64::try_from) {
        Some(Ok(place)) => front::is_in_the_line(&snapshot, place)?,
        _ => false,
    };
    Ok(Some(NumberedRecord { is_in_the_line: Some(is_in_the_line), ..found }))
}

/// Newest first, so that a reader that stops early has seen what is recent.
pub(crate) fn all(connection: &Connection, before: i64, limit: u32) -> rusqlite::Result<NumberedPage> {
    let all =
        "SELECT record, began_after, departure, id FROM records WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
    let mut query = connection.prepare_cached(all)?;
    let rows: Vec<(NumberedRecord, i64)> = query
        .query_map(params![before, limit], |row| Ok((numbered(row)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    let is_full = rows.len() == limit as usize;
    let next = rows.last().filter(|_| is_full).map(|(_, id)| Cursor(id.to_string()));
    Ok(NumberedPage { records: rows.into_iter().map(|(record, _)| record).collect(), next })
}

fn numbered(row: &Row<'_>) -> rusqlite::Result<NumberedRecord> {
    let (record, began_after, departure) = (decode(row, 0)?, row.get(1)?, row.get(2)?);
    Ok(NumberedRecord { record, began_after, departure, is_in_the_line: None })
}
