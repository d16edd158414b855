//! Messages: sending one, and reading and deleting them without a delivery, as operators do.

use rusqlite::{Connection, Row, params};
use shared::{Delivery, Receipt, SequenceNumber, Timestamp};
use uuid::Uuid;

use crate::{
    dedupe,
    queue_name::QueueName,
    row::{row_number, sequence_number, timestamp},
};

statements! {
    INSERT = "INSERT INTO messages (queue, message_id, body, sent_at, visible_at, receive_count)
        VALUES (?1, ?2, ?3, ?4, ?4, ?5)";
    IS_IN_QUEUE = "SELECT EXISTS (SELECT 1 FROM messages WHERE sequence_number = ?1 AND queue = ?2)";
    READ = "SELECT sequence_number, message_id, body, sent_at, receive_count FROM messages
        WHERE queue = ?1 AND sequence_number > ?2 ORDER BY sequence_number LIMIT ?3";
    DELETE = "DELETE FROM messages WHERE queue = ?1 AND sequence_number = ?2";
}

/// Sends a message, unless its dedupe id is known.
pub(crate) fn enqueue(
    connection: &Connection,
    queue: QueueName,
    body: &str,
    dedupe_id: &str,
    now: Timestamp,
) -> rusqlite::Result<SequenceNumber> {
    dedupe::delete_some_expired(connection, now)?;
    if let Some(known) = dedupe::find(connection, queue, dedupe_id, now)? {
        return Ok(sequence_number(known));
    }
    let message_id = Uuid::new_v4().to_string();
    insert(connection, queue, &message_id, body, dedupe_id, 0, now).map(sequence_number)
}

/// Inserts a message and its dedupe id, and returns its row number.
pub(crate) fn insert(
    connection: &Connection,
    queue: QueueName,
    message_id: &str,
    body: &str,
    dedupe_id: &str,
    receive_count: u32,
    now: Timestamp,
) -> rusqlite::Result<i64> {
    let values = params![queue as u8, message_id, body, now.timestamp_micros(), receive_count];
    connection.prepare_cached(INSERT)?.execute(values)?;
    let row_number = connection.last_insert_rowid();
    dedupe::insert(connection, queue, dedupe_id, row_number, now)?;
    Ok(row_number)
}

/// Whether the line contains the message with this number.
pub(crate) fn is_in_the_line(connection: &Connection, number: SequenceNumber) -> rusqlite::Result<bool> {
    let key = params![row_number(number), QueueName::Line as u8];
    connection.prepare_cached(IS_IN_QUEUE)?.query_row(key, |row| row.get(0))
}

/// Up to `limit` messages after this number, in order. Their receipts are empty and permit nothing.
pub(crate) fn read(
    connection: &Connection,
    queue: QueueName,
    after: Option<SequenceNumber>,
    limit: u32,
) -> rusqlite::Result<Vec<Delivery>> {
    let mut messages = connection.prepare_cached(READ)?;
    let message = |row: &Row<'_>| {
        Ok(Delivery {
            sequence_number: sequence_number(row.get(0)?),
            message_id: row.get(1)?,
            receipt: Receipt::new(""),
            body: row.get(2)?,
            sent_at: timestamp(row.get(3)?),
            receive_count: row.get(4)?,
        })
    };
    messages.query_map(params![queue as u8, after.map_or(0, row_number), limit], message)?.collect()
}

/// Deletes the message with this number, if it exists.
pub(crate) fn delete(
    connection: &Connection,
    queue: QueueName,
    number: SequenceNumber,
) -> rusqlite::Result<()> {
    connection.prepare_cached(DELETE)?.execute(params![queue as u8, row_number(number)]).map(drop)
}
