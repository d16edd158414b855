//! Delivers messages, and changes those that were delivered.

use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension, params};
use shared::{Delivery, Receipt, Timestamp};

use crate::{
    messages,
    queue_name::QueueName,
    row::{sequence_number, timestamp},
    visibility::in_flight,
};

statements! {
    NEXT_AFTER = "SELECT sequence_number, message_id, body, sent_at, receive_count FROM messages
        WHERE queue = ?1 AND sequence_number > ?2 ORDER BY sequence_number LIMIT 1";
    DELIVER = "UPDATE messages SET receipt = ?2, receive_count = ?3, visible_at = ?4 WHERE sequence_number = ?1";
    REMOVE = "DELETE FROM messages WHERE sequence_number = ?1";
    DELETE = "DELETE FROM messages
        WHERE queue = ?1 AND sequence_number = ?2 AND receipt = ?3 AND visible_at > ?4";
    HIDE_UNTIL = "UPDATE messages SET visible_at = ?5
        WHERE queue = ?1 AND sequence_number = ?2 AND receipt = ?3 AND visible_at > ?4";
}

/// How a queue treats its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueTerms {
    /// For how long a delivery hides its message.
    pub visibility_seconds: u32,
    /// After how many deliveries the line moves a message to the dead-letter queue. It is a backstop, far above every
    /// attempt budget, because a delivery is not an attempt.
    pub max_receive_count: u32,
}

struct StoredMessage {
    row_number: i64,
    message_id: String,
    body: String,
    sent_at: i64,
    receive_count: u32,
}

/// Delivers up to `max` messages, or none while one is in flight.
pub(crate) fn receive(
    connection: &Connection,
    queue: QueueName,
    terms: QueueTerms,
    max: u32,
    now: Timestamp,
) -> rusqlite::Result<Vec<Delivery>> {
    let mut deliveries = Vec::new();
    if in_flight(connection, queue, now)? > 0 {
        return Ok(deliveries);
    }
    let mut after = 0;
    while deliveries.len() < max as usize {
        let Some(message) = next_after(connection, queue, after)? else {
            break;
        };
        after = message.row_number;
        if queue == QueueName::Line && message.receive_count >= terms.max_receive_count {
            move_to_dead_letters(connection, &message, now)?;
        } else {
            deliveries.push(deliver(connection, message, terms, now)?);
        }
    }
    Ok(deliveries)
}

fn next_after(
    connection: &Connection,
    queue: QueueName,
    after: i64,
) -> rusqlite::Result<Option<StoredMessage>> {
    connection
        .prepare_cached(NEXT_AFTER)?
        .query_row(params![queue as u8, after], |row| {
            Ok(StoredMessage {
                row_number: row.get(0)?,
                message_id: row.get(1)?,
                body: row.get(2)?,
                sent_at: row.get(3)?,
                receive_count: row.get(4)?,
            })
        })
        .optional()
}

fn deliver(
    connection: &Connection,
    message: StoredMessage,
    terms: QueueTerms,
    now: Timestamp,
) -> rusqlite::Result<Delivery> {
    let receive_count = message.receive_count + 1;
    let receipt = Receipt::new(format!("{}.{receive_count}", message.row_number));
    let visible_at = now + TimeDelta::seconds(i64::from(terms.visibility_seconds));
    connection.prepare_cached(DELIVER)?.execute(params![
        message.row_number,
        receipt.as_str(),
        receive_count,
        visible_at.timestamp_micros()
    ])?;
    Ok(Delivery {
        message_id: message.message_id,
        receipt,
        sequence_number: sequence_number(message.row_number),
        receive_count,
        sent_at: timestamp(message.sent_at),
        body: message.body,
    })
}

/// As SQS does it: the message id becomes the dedupe id, and the time at which the message was sent starts again.
fn move_to_dead_letters(
    connection: &Connection,
    message: &StoredMessage,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let StoredMessage { row_number, message_id, body, receive_count, .. } = message;
    connection.prepare_cached(REMOVE)?.execute([row_number])?;
    messages::insert(connection, QueueName::DeadLetters, message_id, body, message_id, *receive_count, now)
        .map(drop)
}

/// Deletes the message if the receipt is still valid.
pub(crate) fn delete(
    connection: &Connection,
    queue: QueueName,
    receipt: &Receipt,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let key = params![queue as u8, row_number_of(receipt), receipt.as_str(), now.timestamp_micros()];
    connection.prepare_cached(DELETE)?.execute(key).map(drop)
}

/// Hides the message until `visible_at` if the receipt is still valid. Returns how many messages were changed.
pub(crate) fn hide_until(
    connection: &Connection,
    queue: QueueName,
    receipt: &Receipt,
    visible_at: Timestamp,
    now: Timestamp,
) -> rusqlite::Result<usize> {
    let (now, visible_at) = (now.timestamp_micros(), visible_at.timestamp_micros());
    let key = params![queue as u8, row_number_of(receipt), receipt.as_str(), now, visible_at];
    connection.prepare_cached(HIDE_UNTIL)?.execute(key)
}

/// A receipt contains the number of its message and of the delivery.
fn row_number_of(receipt: &Receipt) -> Option<i64> {
    receipt.as_str().split_once('.').and_then(|(row_number, _)| row_number.parse().ok())
}
