//! The head of the line: its first task that isn't finished.

use rusqlite::{Connection, params};
use shared::{Status, TaskRecord, Timestamp, ports::Head, task_id_of};

use crate::{queue_name::QueueName, records, row::timestamp, visibility::is_hidden};

statements! {
    FRONT = "SELECT body, sent_at, CASE WHEN receipt IS NOT NULL THEN visible_at END
        FROM messages WHERE queue = ?1 ORDER BY sequence_number LIMIT ?2";
}

/// How many messages of finished tasks are skipped at most. There is rarely more than one; tasks that were cancelled while
/// the line was paused can be more.
const FINISHED_MAX: u32 = 1_000;

/// The head, and the messages of finished tasks before it. The next delivery of such a message acknowledges it.
#[derive(Default)]
pub(crate) struct LineStart {
    pub head: Option<HeadMessage>,
    pub finished: u64,
    /// How many of the finished ones are in flight.
    pub finished_in_flight: u64,
}

pub(crate) struct HeadMessage {
    pub sent_at: Timestamp,
    pub head: Head,
}

struct FrontMessage {
    body: String,
    sent_at: Timestamp,
    /// Until when its last delivery hides it; absent when it is visible.
    hidden_until: Option<Timestamp>,
}

/// Reads messages from the first one on, until it finds the head.
pub(crate) fn find(connection: &Connection, now: Timestamp) -> rusqlite::Result<LineStart> {
    let mut query = connection.prepare_cached(FRONT)?;
    let messages = query.query_map(params![QueueName::Line as u8, FINISHED_MAX], |row| {
        let visible_at = row.get::<_, Option<i64>>(2)?.map(timestamp);
        let hidden_until = visible_at.filter(|at| is_hidden(*at, now));
        Ok(FrontMessage { body: row.get(0)?, sent_at: timestamp(row.get(1)?), hidden_until })
    })?;
    let mut start = LineStart::default();
    for message in messages {
        let FrontMessage { body, sent_at, hidden_until } = message?;
        let task_id = task_id_of(&body);
        let record = records::find(connection, task_id)?.map(Box::new);
        if record.as_deref().is_none_or(is_unfinished) {
            start.head =
                Some(HeadMessage { sent_at, head: Head { task_id, record, next_delivery_at: hidden_until } });
            break;
        }
        start.finished += 1;
        start.finished_in_flight += u64::from(hidden_until.is_some());
    }
    Ok(start)
}

/// A redrive sends its message before its record says so.
fn is_unfinished(record: &TaskRecord) -> bool {
    record.status.is_in_the_line() || record.status == Status::Redriving
}
