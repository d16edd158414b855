//! The front of the line, as the connection sees it.

use chrono::TimeDelta;
use rusqlite::{Connection, params};
use shared::{Status, TaskId, TaskRecord, Timestamp, limits::VISIBILITY_SECONDS_MAX, task_id_of};

use crate::{
    queue::{Name, moment},
    records,
};

/// How far to look for the head behind messages of tasks that have come to their ends. Almost always there is one at the
/// most; tasks that were cancelled while the line stood still can be more.
const ENDED_MAX: u32 = 1_000;

/// A message at the front of the line.
struct Front {
    body: String,
    sent_at: Timestamp,
    /// Until when its last delivery hides it; none for one that none does.
    hidden_until: Option<Timestamp>,
}

/// The front of the line, up to the first task in it that has not come to its end.
#[derive(Default)]
pub(crate) struct Beginning {
    /// The first task that has not come to its end.
    pub head: Option<Waiting>,
    /// How many messages before it stand for nothing any more: they are acknowledged by their next delivery.
    pub ended: u64,
    /// How many of those are in flight.
    pub ended_in_flight: u64,
}

/// A task in the line.
pub(crate) struct Waiting {
    pub task_id: TaskId,
    pub record: Option<Box<TaskRecord>>,
    /// When its message was sent.
    pub sent_at: Timestamp,
    /// Until when its last delivery hides it; none for one that none does.
    pub hidden_until: Option<Timestamp>,
}

/// Looks from the front of the line on.
pub(crate) fn beginning(connection: &Connection, now: Timestamp) -> rusqlite::Result<Beginning> {
    let front = "SELECT body, sent_at, CASE WHEN receipt IS NOT NULL THEN visible_at END
                 FROM messages WHERE queue = ?1 ORDER BY sequence_number LIMIT ?2";
    let mut query = connection.prepare_cached(front)?;
    let messages = query.query_map(params![Name::Line as u8, ENDED_MAX], |row| {
        let visible_at = row.get::<_, Option<i64>>(2)?.map(moment);
        let hidden_until = visible_at.filter(|at| is_hidden(*at, now));
        Ok(Front { body: row.get(0)?, sent_at: moment(row.get(1)?), hidden_until })
    })?;
    let mut found = Beginning::default();
    for message in messages {
        let Front { body, sent_at, hidden_until } = message?;
        let task_id = task_id_of(&body);
        let record = records::find(connection, task_id)?.map(Box::new);
        if record.as_deref().is_none_or(is_before_its_end) {
            found.head = Some(Waiting { task_id, record, sent_at, hidden_until });
            break;
        }
        found.ended += 1;
        found.ended_in_flight += u64::from(hidden_until.is_some());
    }
    Ok(found)
}

/// A redrive that has sent its message is not finished until its record says so.
fn is_before_its_end(record: &TaskRecord) -> bool {
    record.status.is_in_the_line() || record.status == Status::Redriving
}

/// Whether a message that was delivered is hidden until then.
fn is_hidden(visible_at: Timestamp, now: Timestamp) -> bool {
    visible_at > now && visible_at <= longest_hidden(now)
}

/// Until when a message can be hidden. What is hidden for longer was hidden when the clock was ahead, and counts as shown.
pub(crate) fn longest_hidden(now: Timestamp) -> Timestamp {
    now + TimeDelta::seconds(i64::from(VISIBILITY_SECONDS_MAX))
}

/// Whether the message at `place` is in the line.
pub(crate) fn is_in_the_line(connection: &Connection, place: i64) -> rusqlite::Result<bool> {
    let any = "SELECT EXISTS (SELECT 1 FROM messages WHERE sequence_number = ?1 AND queue = ?2)";
    connection.prepare_cached(any)?.query_row(params![place, Name::Line as u8], |row| row.get(0))
}
