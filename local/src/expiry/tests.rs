//! When records expire, with clocks that are right and clocks that are years wrong.

use shared::{Caller, Message, Submission, TaskId, lifecycle, ports::Expected};

use super::*;
use crate::{SqliteTaskRecords, Store, durability::Durability, records, recover::recover, schema};

const DAY: i64 = 24 * 3600;
const YEARS: i64 = 73 * 365 * DAY;

struct File {
    _folder: tempfile::TempDir,
    store: Store,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

fn record(number: u8, now: Timestamp) -> TaskRecord {
    let submission = Submission::parse(br#"{"title":"t","description":"d","priority":"low"}"#).unwrap();
    let id = TaskId::fresh(at(0), &[number; 10]);
    let message = Message::new(id, 0, now, now, Caller::local(), None, submission.task().clone());
    lifecycle::abandon(&lifecycle::accept(&message), now)
}

impl File {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        schema::create(&path).unwrap();
        Self { store: Store::open(&path, |_| Ok(()), |_, _| Ok(())).unwrap(), _folder: folder }
    }

    /// Starts a pipeline when its clock shows `seconds`.
    async fn start(&self, seconds: i64) {
        recover(&self.store, None, at(seconds)).await.unwrap();
        self.run_until(seconds).await;
    }

    async fn run_until(&self, seconds: i64) {
        SqliteTaskRecords::new(self.store.clone()).delete_expired(at(seconds)).await.unwrap();
    }

    async fn finish(&self, number: u8, seconds: i64) {
        let record = record(number, at(seconds));
        let write = move |connection: &Connection| records::write(connection, &record, Expected::Absent);
        self.store.write(Durability::Synced, write).await.unwrap();
    }

    async fn kept(&self) -> u32 {
        let count = "SELECT count(*) FROM records";
        self.store.read(|connection| connection.query_row(count, [], |row| row.get(0))).await.unwrap()
    }
}

#[tokio::test]
async fn a_running_pipeline_deletes_a_record_after_thirty_to_thirty_two_days() {
    let file = File::new();
    file.start(0).await;
    file.finish(1, 10).await;
    for (day, kept) in [(29, 1), (30, 1), (32, 0)] {
        file.run_until(day * DAY).await;
        assert_eq!(file.kept().await, kept, "day {day}");
    }
}

#[tokio::test]
async fn a_pipeline_that_is_started_once_a_day_deletes_it_too() {
    let file = File::new();
    file.start(0).await;
    file.finish(1, 10).await;
    for day in 1..30 {
        file.start(day * DAY).await;
        assert_eq!(file.kept().await, 1, "day {day}");
    }
    for day in 30..=32 {
        file.start(day * DAY).await;
    }
    assert_eq!(file.kept().await, 0);
}

#[tokio::test]
async fn a_start_with_the_clock_years_ahead_deletes_neither_old_records_nor_its_own() {
    let file = File::new();
    file.start(0).await;
    file.finish(1, 10).await;
    file.run_until(29 * DAY).await;
    file.start(YEARS).await;
    file.finish(2, YEARS + 10).await;
    for start in 1..20 {
        file.start(YEARS + start * 60).await;
    }
    assert_eq!(file.kept().await, 2);
    file.start(29 * DAY + 3600).await;
    assert_eq!(file.kept().await, 2, "the clock is right again");
    file.run_until(63 * DAY).await;
    assert_eq!(file.kept().await, 0, "no record is kept for years");
}

#[tokio::test]
async fn a_pipeline_whose_clock_stays_years_ahead_still_deletes_after_thirty_days() {
    let file = File::new();
    file.start(0).await;
    file.finish(1, 10).await;
    file.start(YEARS).await;
    file.run_until(YEARS + 29 * DAY).await;
    assert_eq!(file.kept().await, 1);
    file.run_until(YEARS + 32 * DAY).await;
    assert_eq!(file.kept().await, 0);
}

#[tokio::test]
async fn a_record_written_while_the_clock_was_years_behind_survives_its_correction() {
    let file = File::new();
    file.start(0).await;
    file.finish(1, 10).await;
    file.start(-YEARS / 2).await;
    file.finish(2, 10 - YEARS / 2).await;
    file.start(DAY).await;
    assert_eq!(file.kept().await, 2);
}

#[tokio::test]
async fn a_clock_that_is_ahead_at_every_second_start_adds_up_to_no_more_than_one_such_start() {
    let file = File::new();
    file.start(0).await;
    file.finish(1, 10).await;
    for start in 1..200 {
        file.start(start * 60 + (start % 2) * 20 * 3600).await;
    }
    assert_eq!(file.kept().await, 1);
}

#[tokio::test]
async fn a_file_without_an_expiry_time_starts_it_at_its_newest_record() {
    let file = File::new();
    file.finish(1, 10).await;
    file.finish(2, 20 * DAY).await;
    file.start(YEARS).await;
    assert_eq!(file.kept().await, 2);
    file.run_until(YEARS + 11 * DAY).await;
    assert_eq!(file.kept().await, 1);
}

#[tokio::test]
async fn a_record_from_years_ahead_expires_no_other_in_a_file_without_an_expiry_time() {
    let file = File::new();
    file.finish(1, 10).await;
    file.finish(2, YEARS).await;
    file.start(DAY).await;
    assert_eq!(file.kept().await, 2);
}
