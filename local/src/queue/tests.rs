//! Enqueue, dedupe and delivery, also after the clock was wrong.

use chrono::TimeDelta;
use rusqlite::Connection;
use shared::{Timestamp, limits::DEDUPE_SECONDS};

use crate::{
    QueueTerms,
    dedupe::{self, EXPIRED_PER_ENQUEUE},
    delivery::receive,
    messages::enqueue,
    queue_name::QueueName,
    schema,
};

fn at(seconds: u32) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::seconds(seconds.into())
}

/// A line to which a thousand messages were sent at once.
fn after_a_burst() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("line");
    schema::create(&file).unwrap();
    let connection = Connection::open(file).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    for number in 0..1000 {
        enqueue(&connection, QueueName::Line, "body", &format!("id {number}"), at(0)).unwrap();
    }
    (folder, connection)
}

#[test]
fn an_enqueue_after_a_burst_deletes_only_a_few_expired_dedupe_ids() {
    let (_folder, connection) = after_a_burst();
    let before = connection.total_changes();
    enqueue(&connection, QueueName::Line, "body", "another", at(DEDUPE_SECONDS)).unwrap();
    let (message, dedupe) = (1, 1);
    assert_eq!(connection.total_changes() - before, u64::from(EXPIRED_PER_ENQUEUE) + message + dedupe);
}

#[test]
fn an_expired_dedupe_id_is_unknown_even_before_it_is_deleted() {
    let (_folder, connection) = after_a_burst();
    let enqueue = |seconds| enqueue(&connection, QueueName::Line, "body", "id 999", at(seconds)).unwrap();
    let known = enqueue(DEDUPE_SECONDS - 1);
    let anew = enqueue(DEDUPE_SECONDS);
    assert!(anew > known);
    assert_eq!(enqueue(DEDUPE_SECONDS + 1), anew);
}

const YEARS: u32 = 2_000_000_000;

#[test]
fn a_message_sent_while_the_clock_was_years_ahead_does_not_suppress_a_later_one() {
    let (_folder, connection) = after_a_burst();
    let send = |seconds| enqueue(&connection, QueueName::Line, "body", "again", at(seconds)).unwrap();
    let ahead = send(YEARS);
    let right = send(10);
    assert!(right > ahead);
    assert_eq!(send(11), right);
    connection.execute("UPDATE dedupes SET until = until + 1000000000", []).unwrap();
    dedupe::delete_of_another_clock(&connection, at(11)).unwrap();
    let count = |table| connection.query_row(table, [], |row| row.get::<_, u64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM dedupes"), 0, "no dedupe id is kept for years");
}

#[test]
fn a_message_hidden_while_the_clock_was_years_ahead_is_visible() {
    let (_folder, connection) = after_a_burst();
    let terms = QueueTerms { visibility_seconds: 30, max_receive_count: 9 };
    for (seconds, delivered) in [(YEARS, 1), (YEARS + 29, 0), (10, 1), (39, 0), (40, 1)] {
        let deliveries = receive(&connection, QueueName::Line, terms, 1, at(seconds)).unwrap();
        assert_eq!(deliveries.len(), delivered, "{seconds}");
    }
}
