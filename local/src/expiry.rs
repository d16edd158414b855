//! expiry: by what time records expire.
//!
//! A machine's clock can be wrong by years when a process starts (a flat battery, no network yet, a typing error). If
//! records expired by it, one such start would delete all that was done. So the file has a time of its own for expiry. It
//! goes on as long as a pipeline runs, at the pace of the pipeline's clock; for the time between two runs it goes on by
//! what the clock says, but never by more than a day. What is right about it are differences alone: a record expires so
//! long after it was written by this time, whatever the machine's clock said then and says now.
//!
//! A pipeline that is stopped for longer than a day forgets later by the rest. None forgets earlier: a record is kept for
//! one such day longer than it is promised for, so that the start whose clock is wrong has that day to take.

use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension};
use shared::{TaskRecord, Timestamp, limits::RECORD_SECONDS_KEPT};

const SECOND: i64 = 1_000_000;
/// The most that a start counts for the time in which no pipeline ran, in either direction.
const STOPPED_SECONDS_MAX: i64 = 24 * 3600;
/// How often the time is noted, and expired records are deleted.
pub(crate) const INTERVAL: TimeDelta = TimeDelta::hours(1);

/// The time as it was last noted, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Noted {
    /// The time by which records expire.
    time: i64,
    /// What the pipeline's clock showed then.
    clock: i64,
}

impl Noted {
    /// A pipeline starts when its clock shows `clock`.
    fn at_a_start(self, clock: i64) -> Self {
        let most = STOPPED_SECONDS_MAX * SECOND;
        Self { time: self.time + clock.saturating_sub(self.clock).clamp(-most, most), clock }
    }

    /// The pipeline that noted it is still running.
    fn later(self, clock: i64) -> Self {
        Self { time: self.time + clock.saturating_sub(self.clock).max(0), clock }
    }
}

/// Notes that a pipeline starts.
pub(crate) fn begin(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let clock = now.timestamp_micros();
    let noted = match noted(connection)? {
        Some(noted) => noted.at_a_start(clock),
        // The earlier of the two: the clock may be ahead now, or may have been when the newest record was written.
        None => {
            Noted { time: newest_by_its_clock(connection)?.map_or(clock, |newest| newest.min(clock)), clock }
        }
    };
    note(connection, noted)
}

/// In a file in which no time was noted yet, when the newest finished record was written.
fn newest_by_its_clock(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let newest = "SELECT max(expires_at) FROM records WHERE expires_at IS NOT NULL";
    let expires_at: Option<i64> = connection.prepare_cached(newest)?.query_row([], |row| row.get(0))?;
    Ok(expires_at.map(|at| at - i64::from(RECORD_SECONDS_KEPT) * SECOND))
}

/// Notes that the pipeline still runs. Returns the time up to which records are expired.
pub(crate) fn go_on(connection: &Connection, now: Timestamp) -> rusqlite::Result<i64> {
    let clock = now.timestamp_micros();
    let noted = noted(connection)?.map_or(Noted { time: clock, clock }, |noted| noted.later(clock));
    note(connection, noted)?;
    Ok(noted.time)
}

/// When a record that is written now expires; nothing for one that does not. Before a pipeline ran for the first time
/// there is only what the record says.
pub(crate) fn end_of(connection: &Connection, record: &TaskRecord) -> rusqlite::Result<Option<i64>> {
    let Some(says) = record.expires_at else {
        return Ok(None);
    };
    let kept = i64::from(RECORD_SECONDS_KEPT) + STOPPED_SECONDS_MAX + INTERVAL.num_seconds();
    Ok(Some(noted(connection)?.map_or(says.timestamp_micros(), |noted| noted.time + kept * SECOND)))
}

fn noted(connection: &Connection) -> rusqlite::Result<Option<Noted>> {
    let mut noted = connection.prepare_cached("SELECT time, clock FROM expiry_time")?;
    noted.query_row([], |row| Ok(Noted { time: row.get(0)?, clock: row.get(1)? })).optional()
}

fn note(connection: &Connection, Noted { time, clock }: Noted) -> rusqlite::Result<()> {
    let note = "INSERT INTO expiry_time (id, time, clock) VALUES (0, ?1, ?2)
                ON CONFLICT (id) DO UPDATE SET time = excluded.time, clock = excluded.clock";
    connection.prepare_cached(note)?.execute((time, clock)).map(drop)
}

#[cfg(test)]
mod tests {
    use shared::{Caller, Message, Submission, TaskId, lifecycle};

    use super::*;
    use crate::{SqliteTaskRecords, Store, durability::Durability, records, recover::recover, schema};

    const DAY: i64 = 24 * 3600;
    const YEARS: i64 = 73 * 365 * DAY;

    /// A pipeline's file, with the tasks that were finished in it.
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

        /// A pipeline starts when its clock shows this.
        async fn start(&self, seconds: i64) {
            recover(&self.store, at(seconds)).await.unwrap();
            self.run_until(seconds).await;
        }

        async fn run_until(&self, seconds: i64) {
            SqliteTaskRecords::new(self.store.clone()).delete_expired(at(seconds)).await.unwrap();
        }

        async fn finish(&self, number: u8, seconds: i64) {
            let record = record(number, at(seconds));
            let write = move |connection: &Connection| {
                records::write(connection, &record, shared::ports::Expected::Absent)
            };
            self.store.write(Durability::Synced, write).await.unwrap();
        }

        /// How many finished tasks are still on record.
        async fn kept(&self) -> u32 {
            let count = "SELECT count(*) FROM records";
            self.store.read(|connection| connection.query_row(count, [], |row| row.get(0))).await.unwrap()
        }
    }

    #[tokio::test]
    async fn a_pipeline_that_runs_forgets_after_thirty_days_and_at_most_two_more() {
        let file = File::new();
        file.start(0).await;
        file.finish(1, 10).await;
        for (day, kept) in [(29, 1), (30, 1), (32, 0)] {
            file.run_until(day * DAY).await;
            assert_eq!(file.kept().await, kept, "day {day}");
        }
    }

    #[tokio::test]
    async fn one_that_is_idle_and_started_every_day_forgets_too() {
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
    async fn a_start_years_ahead_deletes_nothing_however_old_nor_what_it_writes_itself() {
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
        assert_eq!(file.kept().await, 0, "nothing stays for years");
    }

    #[tokio::test]
    async fn one_that_goes_on_years_ahead_forgets_at_its_pace() {
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
    async fn what_is_written_by_a_clock_years_behind_is_kept_when_the_clock_is_right() {
        let file = File::new();
        file.start(0).await;
        file.finish(1, 10).await;
        file.start(-YEARS / 2).await;
        file.finish(2, 10 - YEARS / 2).await;
        file.start(DAY).await;
        assert_eq!(file.kept().await, 2);
    }

    #[tokio::test]
    async fn a_clock_that_is_ahead_at_every_other_start_takes_no_more_than_one_that_is_once() {
        let file = File::new();
        file.start(0).await;
        file.finish(1, 10).await;
        for start in 1..200 {
            file.start(start * 60 + (start % 2) * 20 * 3600).await;
        }
        assert_eq!(file.kept().await, 1);
    }

    #[tokio::test]
    async fn a_file_without_a_time_of_its_own_counts_from_its_newest_record() {
        let file = File::new();
        file.finish(1, 10).await;
        file.finish(2, 20 * DAY).await;
        file.start(YEARS).await;
        assert_eq!(file.kept().await, 2);
        file.run_until(YEARS + 11 * DAY).await;
        assert_eq!(file.kept().await, 1);
    }

    #[tokio::test]
    async fn a_record_from_years_ahead_deletes_no_other_of_a_file_without_a_time_of_its_own() {
        let file = File::new();
        file.finish(1, 10).await;
        file.finish(2, YEARS).await;
        file.start(DAY).await;
        assert_eq!(file.kept().await, 2);
    }
}
