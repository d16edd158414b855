//! One ordered line in SQLite, with the semantics of an SQS FIFO queue of one message group.
//!
//! A message is in flight while it has been delivered and its `visible_at` lies ahead; then nothing is delivered. As
//! messages are hidden only by deliveries, that is the whole group lock.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta};
use rusqlite::{Connection, OptionalExtension, params};
use shared::{
    Delivery, Receipt, SequenceNumber, Timestamp,
    limits::DEDUPE_SECONDS,
    ports::{Clock, Depth, PortError, TaskQueue, Visibility},
};
use uuid::Uuid;

use crate::{Store, durability::Durability, front::longest_hidden, undelivered};

/// How often to look whether another process, whose commits are not told, changed the file.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// How many dedupe ids that ran out an enqueue forgets: more than the one it adds, so that they never pile up, and few, so
/// that the first accept after a burst does not pay for all of it.
const FORGOTTEN_MAX: u32 = 8;

/// Which of the two queues in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Line = 0,
    DeadLetters = 1,
}

impl Name {
    /// Of who has which message in hand, and of a message's deletion.
    fn durability_of_deliveries(self) -> Durability {
        match self {
            // A start lets go of whatever was in hand, and what is delivered again is treated as its record says.
            Self::Line => Durability::Eventual,
            // An operator works on it, who was told that it is done.
            Self::DeadLetters => Durability::Synced,
        }
    }
}

/// Whether a line that an operator paused counts as one without messages. A pause stops the worker, as it stops the
/// event source mapping on AWS; the queue itself knows nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pause {
    Heeded,
    Ignored,
}

/// How a line treats its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueTerms {
    /// For how long a delivered message is hidden.
    pub visibility_seconds: u32,
    /// After how many deliveries a message is moved to the dead-letter queue: the backstop, far above any attempt
    /// budget, since a receive is not an attempt.
    pub max_receive_count: u32,
}

/// A queue of the pipeline in one file.
#[derive(Clone)]
pub struct SqliteTaskQueue {
    store: Store,
    clock: Arc<dyn Clock>,
    name: Name,
    terms: QueueTerms,
}

impl SqliteTaskQueue {
    /// The line.
    pub fn line(store: Store, clock: Arc<dyn Clock>, terms: QueueTerms) -> Self {
        Self { store, clock, name: Name::Line, terms }
    }

    /// Its dead-letter queue, which has none of its own.
    pub fn dead_letters(store: Store, clock: Arc<dyn Clock>, terms: QueueTerms) -> Self {
        Self { store, clock, name: Name::DeadLetters, terms }
    }

    /// Delivers what is there, unless the line is paused.
    pub(crate) async fn receive_unless_paused(&self, max: u32) -> Result<Vec<Delivery>, PortError> {
        let (name, terms, now) = (self.name, self.terms, self.clock.now());
        self.store
            .write(name.durability_of_deliveries(), move |connection| {
                match crate::line::is_paused(connection)? {
                    true => Ok(Vec::new()),
                    false => receive(connection, name, terms, max, now),
                }
            })
            .await
    }

    /// Ends when there is something to receive, be it that this process or another one changed the file, or that a
    /// hidden message is shown again.
    pub(crate) async fn wait(&self, pause: Pause) -> Result<(), PortError> {
        let mut commits = self.store.commits();
        commits.mark_unchanged();
        loop {
            let (name, now) = (self.name, self.clock.now());
            if self.store.read(move |connection| is_deliverable(connection, name, pause, now)).await? {
                return Ok(());
            }
            let _ = tokio::time::timeout(LOOK_AGAIN, commits.changed()).await;
        }
    }
}

impl TaskQueue for SqliteTaskQueue {
    async fn enqueue(&self, body: &str, dedupe_id: &str) -> Result<SequenceNumber, PortError> {
        let (name, now) = (self.name, self.clock.now());
        let (body, dedupe_id) = (body.to_owned(), dedupe_id.to_owned());
        self.store
            .write(Durability::Synced, move |connection| enqueue(connection, name, &body, &dedupe_id, now))
            .await
    }

    async fn receive(&self, max: u32, wait_seconds: u32) -> Result<Vec<Delivery>, PortError> {
        let (name, terms) = (self.name, self.terms);
        let until = self.clock.now() + TimeDelta::seconds(i64::from(wait_seconds));
        loop {
            let now = self.clock.now();
            let receive = move |connection: &Connection| receive(connection, name, terms, max, now);
            let deliveries = self.store.write(name.durability_of_deliveries(), receive).await?;
            if !deliveries.is_empty() || now >= until {
                return Ok(deliveries);
            }
            tokio::select! {
                waited = self.wait(Pause::Ignored) => waited?,
                () = self.clock.sleep_until(until) => {}
            }
        }
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), PortError> {
        let (name, now, receipt) = (self.name, self.clock.now(), receipt.clone());
        let delete = "DELETE FROM messages
                      WHERE queue = ?1 AND sequence_number = ?2 AND receipt = ?3 AND visible_at > ?4";
        self.store
            .write(name.durability_of_deliveries(), move |connection| {
                let key = params![name as u8, place_in(&receipt), receipt.as_str(), now.timestamp_micros()];
                connection.prepare_cached(delete)?.execute(key).map(drop)
            })
            .await
    }

    async fn change_visibility(&self, receipt: &Receipt, seconds: u32) -> Result<Visibility, PortError> {
        let (name, now, receipt) = (self.name, self.clock.now(), receipt.clone());
        let visible_at = now + TimeDelta::seconds(i64::from(seconds));
        let update = "UPDATE messages SET visible_at = ?5
                      WHERE queue = ?1 AND sequence_number = ?2 AND receipt = ?3 AND visible_at > ?4";
        let changed = self
            .store
            .write(name.durability_of_deliveries(), move |connection| {
                let (now, visible_at) = (now.timestamp_micros(), visible_at.timestamp_micros());
                let key = params![name as u8, place_in(&receipt), receipt.as_str(), now, visible_at];
                connection.prepare_cached(update)?.execute(key)
            })
            .await?;
        Ok(if changed == 0 { Visibility::Stale } else { Visibility::Changed })
    }

    async fn depth(&self) -> Result<Depth, PortError> {
        let (name, now) = (self.name, self.clock.now());
        self.store.read(move |connection| depth(connection, name, now)).await
    }

    async fn read(
        &self,
        after: Option<SequenceNumber>,
        limit: u32,
    ) -> Result<Option<Vec<Delivery>>, PortError> {
        let name = self.name as u8;
        self.store.read(move |connection| undelivered::read(connection, name, after, limit)).await.map(Some)
    }

    async fn delete_read(&self, place: SequenceNumber) -> Result<(), PortError> {
        let name = self.name as u8;
        self.store
            .write(Durability::Synced, move |connection| undelivered::delete(connection, name, place))
            .await
    }
}

/// How many messages the line holds, as the connection sees it.
pub(crate) fn line_depth(connection: &Connection, now: Timestamp) -> rusqlite::Result<Depth> {
    depth(connection, Name::Line, now)
}

fn depth(connection: &Connection, name: Name, now: Timestamp) -> rusqlite::Result<Depth> {
    let count = "SELECT count(*) FROM messages WHERE queue = ?1";
    let all: u64 = connection.prepare_cached(count)?.query_row([name as u8], |row| row.get(0))?;
    let in_flight = in_flight(connection, name, now)?;
    Ok(Depth { waiting: all - in_flight, in_flight })
}

/// Shows again whatever of the line was delivered, for a host that knows all its runs to be over. Whether it is in flight
/// by the clock of now does not matter: it may have been delivered by another one. Returns the bodies.
pub(crate) fn release_in_flight(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<String>> {
    let release =
        "UPDATE messages SET visible_at = ?2 WHERE queue = ?1 AND receipt IS NOT NULL RETURNING body";
    let mut release = connection.prepare_cached(release)?;
    release.query_map(params![Name::Line as u8, now.timestamp_micros()], |row| row.get(0))?.collect()
}

/// Shows again what operators' commands looked at in the dead-letter queue: one that was killed left it hidden, by its
/// clock. For one that still looks, its receipts change nothing any more.
pub(crate) fn show_dead_letters(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let show = "UPDATE messages SET visible_at = ?2 WHERE queue = ?1 AND receipt IS NOT NULL";
    let key = params![Name::DeadLetters as u8, now.timestamp_micros()];
    connection.prepare_cached(show)?.execute(key).map(drop)
}

fn enqueue(
    connection: &Connection,
    name: Name,
    body: &str,
    dedupe_id: &str,
    now: Timestamp,
) -> rusqlite::Result<SequenceNumber> {
    let micros = now.timestamp_micros();
    let forget = "DELETE FROM dedupes WHERE (queue, dedupe_id) IN
                  (SELECT queue, dedupe_id FROM dedupes WHERE until <= ?1 ORDER BY until LIMIT ?2)";
    connection.prepare_cached(forget)?.execute(params![micros, FORGOTTEN_MAX])?;
    let known = "SELECT sequence_number FROM dedupes
                 WHERE queue = ?1 AND dedupe_id = ?2 AND until > ?3 AND until <= ?4";
    let known = connection
        .prepare_cached(known)?
        .query_row(params![name as u8, dedupe_id, micros, longest_known(now)], |row| row.get(0))
        .optional()?;
    if let Some(place) = known {
        return Ok(sequence_number(place));
    }
    let message_id = Uuid::new_v4().to_string();
    insert(connection, name, &message_id, body, dedupe_id, 0, now).map(sequence_number)
}

/// Until when a dedupe id that is sent now is known, in microseconds. One that is known for longer was sent when the clock
/// was ahead. To take it for known would swallow a task until the clock is there again; to send it twice costs a message,
/// which is acknowledged by what its record says.
fn longest_known(now: Timestamp) -> i64 {
    (now + TimeDelta::seconds(i64::from(DEDUPE_SECONDS))).timestamp_micros()
}

/// For a process that starts.
pub(crate) fn forget_dedupes_of_another_clock(
    connection: &Connection,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let forget = "DELETE FROM dedupes WHERE until > ?1";
    connection.prepare_cached(forget)?.execute([longest_known(now)]).map(drop)
}

fn insert(
    connection: &Connection,
    name: Name,
    message_id: &str,
    body: &str,
    dedupe_id: &str,
    receive_count: u32,
    now: Timestamp,
) -> rusqlite::Result<i64> {
    let micros = now.timestamp_micros();
    connection
        .prepare_cached(
            "INSERT INTO messages (queue, message_id, body, sent_at, visible_at, receive_count)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
        )?
        .execute(params![name as u8, message_id, body, micros, receive_count])?;
    let place = connection.last_insert_rowid();
    connection.prepare_cached("INSERT OR REPLACE INTO dedupes VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        name as u8,
        dedupe_id,
        place,
        longest_known(now)
    ])?;
    Ok(place)
}

fn is_deliverable(
    connection: &Connection,
    name: Name,
    pause: Pause,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let any = "SELECT EXISTS (SELECT 1 FROM messages WHERE queue = ?1)";
    let any: bool = connection.prepare_cached(any)?.query_row([name as u8], |row| row.get(0))?;
    let is_paused = pause == Pause::Heeded && crate::line::is_paused(connection)?;
    Ok(any && !is_paused && in_flight(connection, name, now)? == 0)
}

/// How many messages are hidden.
fn in_flight(connection: &Connection, name: Name, now: Timestamp) -> rusqlite::Result<u64> {
    let count = "SELECT count(*) FROM messages
                 WHERE queue = ?1 AND receipt IS NOT NULL AND visible_at > ?2 AND visible_at <= ?3";
    let within = params![name as u8, now.timestamp_micros(), longest_hidden(now).timestamp_micros()];
    connection.prepare_cached(count)?.query_row(within, |row| row.get(0))
}

fn receive(
    connection: &Connection,
    name: Name,
    terms: QueueTerms,
    max: u32,
    now: Timestamp,
) -> rusqlite::Result<Vec<Delivery>> {
    let mut deliveries = Vec::new();
    if in_flight(connection, name, now)? > 0 {
        return Ok(deliveries);
    }
    let mut after = 0;
    while deliveries.len() < max as usize {
        let Some(message) = next_after(connection, name, after)? else {
            break;
        };
        after = message.place;
        if name == Name::Line && message.receive_count >= terms.max_receive_count {
            move_to_dead_letters(connection, &message, now)?;
        } else {
            deliveries.push(deliver(connection, message, terms, now)?);
        }
    }
    Ok(deliveries)
}

/// A row of the queue.
struct Waiting {
    place: i64,
    message_id: String,
    body: String,
    sent_at: i64,
    receive_count: u32,
}

fn next_after(connection: &Connection, name: Name, after: i64) -> rusqlite::Result<Option<Waiting>> {
    let next = "SELECT sequence_number, message_id, body, sent_at, receive_count FROM messages
                WHERE queue = ?1 AND sequence_number > ?2 ORDER BY sequence_number LIMIT 1";
    connection
        .prepare_cached(next)?
        .query_row(params![name as u8, after], |row| {
            Ok(Waiting {
                place: row.get(0)?,
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
    message: Waiting,
    terms: QueueTerms,
    now: Timestamp,
) -> rusqlite::Result<Delivery> {
    let receive_count = message.receive_count + 1;
    let receipt = Receipt::new(format!("{}.{receive_count}", message.place));
    let visible_at = now + TimeDelta::seconds(i64::from(terms.visibility_seconds));
    connection
        .prepare_cached(
            "UPDATE messages SET receipt = ?2, receive_count = ?3, visible_at = ?4 WHERE sequence_number = ?1",
        )?
        .execute(params![message.place, receipt.as_str(), receive_count, visible_at.timestamp_micros()])?;
    Ok(Delivery {
        message_id: message.message_id,
        receipt,
        sequence_number: sequence_number(message.place),
        receive_count,
        sent_at: moment(message.sent_at),
        body: message.body,
    })
}

/// As SQS does it: the message id becomes the dedupe id, and the dead letter's time starts anew.
fn move_to_dead_letters(connection: &Connection, message: &Waiting, now: Timestamp) -> rusqlite::Result<()> {
    let Waiting { place, message_id, body, receive_count, .. } = message;
    connection.prepare_cached("DELETE FROM messages WHERE sequence_number = ?1")?.execute([place])?;
    insert(connection, Name::DeadLetters, message_id, body, message_id, *receive_count, now).map(drop)
}

/// A receipt names its message's place and which delivery it was.
fn place_in(receipt: &Receipt) -> Option<i64> {
    receipt.as_str().split_once('.').and_then(|(place, _)| place.parse().ok())
}

pub(crate) fn sequence_number(place: i64) -> SequenceNumber {
    SequenceNumber::new(place.unsigned_abs().into())
}

pub(crate) fn moment(micros: i64) -> Timestamp {
    DateTime::from_timestamp_micros(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn at(seconds: u32) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::seconds(seconds.into())
    }

    /// A line into which a thousand messages were sent at once.
    fn after_a_burst() -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("line");
        schema::create(&file).unwrap();
        let connection = Connection::open(file).unwrap();
        connection.execute_batch("BEGIN").unwrap();
        for number in 0..1000 {
            enqueue(&connection, Name::Line, "body", &format!("id {number}"), at(0)).unwrap();
        }
        (folder, connection)
    }

    #[test]
    fn the_first_accept_after_a_burst_does_not_pay_for_all_that_is_forgotten() {
        let (_folder, connection) = after_a_burst();
        let before = connection.total_changes();
        enqueue(&connection, Name::Line, "body", "another", at(DEDUPE_SECONDS)).unwrap();
        let (message, dedupe) = (1, 1);
        assert_eq!(connection.total_changes() - before, u64::from(FORGOTTEN_MAX) + message + dedupe);
    }

    #[test]
    fn what_ran_out_is_new_also_while_it_is_not_yet_forgotten() {
        let (_folder, connection) = after_a_burst();
        let enqueue = |seconds| enqueue(&connection, Name::Line, "body", "id 999", at(seconds)).unwrap();
        let known = enqueue(DEDUPE_SECONDS - 1);
        let anew = enqueue(DEDUPE_SECONDS);
        assert!(anew > known);
        assert_eq!(enqueue(DEDUPE_SECONDS + 1), anew);
    }
    const YEARS: u32 = 2_000_000_000;

    #[test]
    fn what_was_sent_by_a_clock_years_ahead_is_not_swallowed_when_the_clock_is_right() {
        let (_folder, connection) = after_a_burst();
        let send = |seconds| enqueue(&connection, Name::Line, "body", "again", at(seconds)).unwrap();
        let ahead = send(YEARS);
        let right = send(10);
        assert!(right > ahead);
        assert_eq!(send(11), right);
        connection.execute("UPDATE dedupes SET until = until + 1000000000", []).unwrap();
        forget_dedupes_of_another_clock(&connection, at(11)).unwrap();
        let count = |table| connection.query_row(table, [], |row| row.get::<_, u64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM dedupes"), 0, "none stays for years");
    }

    #[test]
    fn what_was_hidden_by_a_clock_years_ahead_is_shown() {
        let (_folder, connection) = after_a_burst();
        let terms = QueueTerms { visibility_seconds: 30, max_receive_count: 9 };
        for (seconds, delivered) in [(YEARS, 1), (YEARS + 29, 0), (10, 1), (39, 0), (40, 1)] {
            let deliveries = receive(&connection, Name::Line, terms, 1, at(seconds)).unwrap();
            assert_eq!(deliveries.len(), delivered, "{seconds}");
        }
    }
}
