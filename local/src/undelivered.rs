//! Messages read, and deleted, without a delivery: by an operator, who must hide nothing from others.

use rusqlite::{Connection, params};
use shared::{Delivery, Receipt, SequenceNumber};

use crate::queue::{moment, sequence_number};

/// Up to `limit` messages of a queue behind this place, in order. Their receipts are no right to anything.
pub(crate) fn read(
    connection: &Connection,
    queue: u8,
    after: Option<SequenceNumber>,
    limit: u32,
) -> rusqlite::Result<Vec<Delivery>> {
    let messages = "SELECT sequence_number, message_id, body, sent_at, receive_count FROM messages
                    WHERE queue = ?1 AND sequence_number > ?2 ORDER BY sequence_number LIMIT ?3";
    let mut messages = connection.prepare_cached(messages)?;
    let message = |row: &rusqlite::Row<'_>| {
        Ok(Delivery {
            sequence_number: sequence_number(row.get(0)?),
            message_id: row.get(1)?,
            receipt: Receipt::new(""),
            body: row.get(2)?,
            sent_at: moment(row.get(3)?),
            receive_count: row.get(4)?,
        })
    };
    messages.query_map(params![queue, after.map_or(0, place_of), limit], message)?.collect()
}

/// Deletes the message at this place, if it is there.
pub(crate) fn delete(connection: &Connection, queue: u8, place: SequenceNumber) -> rusqlite::Result<()> {
    let delete = "DELETE FROM messages WHERE queue = ?1 AND sequence_number = ?2";
    connection.prepare_cached(delete)?.execute(params![queue, place_of(place)]).map(drop)
}

/// Behind all there are for a number that this queue did not give.
fn place_of(number: SequenceNumber) -> i64 {
    i64::try_from(number.get()).unwrap_or(i64::MAX)
}
