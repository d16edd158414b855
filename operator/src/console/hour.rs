//! The last hour, minute by minute: what was completed, how long it had waited, what failed.
//!
//! What was completed and had waited, a line on this machine tells; AWS's own metrics do. Failures are those of the tasks
//! that need a person; once seen they stay in the hour, also when their tasks are redriven.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta};
use local::Throughput;
use serde::Serialize;
use shared::{TaskId, TaskRecord, Timestamp};

const MINUTES: i64 = 60;

/// One minute of the hour.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Minute {
    /// When it began.
    pub at: Timestamp,
    /// How many tasks were completed; absent where the line does not tell.
    pub completed: Option<u64>,
    /// How long they had waited on average; absent where the line does not tell, or where there was none.
    pub wait_seconds: Option<f64>,
    /// How many attempts failed, of tasks that needed a person since.
    pub failures: usize,
}

/// What is known of the last hour.
#[derive(Debug, Default)]
pub struct Hour {
    /// None while nobody told.
    completed: Option<BTreeMap<i64, Throughput>>,
    failures: BTreeSet<(i64, TaskId, u32)>,
    noted: Option<i64>,
}

fn minute(at: Timestamp) -> i64 {
    at.timestamp().div_euclid(60)
}

fn start_of(minute: i64) -> Timestamp {
    DateTime::from_timestamp_secs(minute * 60).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl Hour {
    /// Since when what was noted may be incomplete: a minute is settled once it has been over for a minute.
    pub fn unsettled_since(&self, now: Timestamp) -> Timestamp {
        let oldest = minute(now) - MINUTES + 1;
        // Noted ahead of now, it was by a clock that has been set back since.
        start_of(self.noted.map_or(oldest, |noted| oldest.max(noted.min(minute(now)) - 1)))
    }

    /// Adds what was seen, and forgets what is older than an hour.
    pub fn note(&mut self, told: Option<Vec<Throughput>>, standing: &[TaskRecord], now: Timestamp) {
        let oldest = minute(now) - MINUTES + 1;
        if let Some(told) = told {
            let completed = self.completed.get_or_insert_default();
            completed.extend(told.into_iter().map(|throughput| (throughput.minute, throughput)));
            completed.retain(|minute, _| *minute >= oldest);
        }
        let since = now - TimeDelta::minutes(MINUTES);
        for record in standing {
            let failures = record.failures.iter().filter(|failure| failure.at > since);
            self.failures.extend(failures.map(|it| (minute(it.at), record.task_id, it.attempt)));
        }
        self.failures.retain(|(minute, ..)| *minute >= oldest);
        self.noted = Some(minute(now));
    }

    /// The sixty minutes up to now, oldest first.
    pub fn minutes(&self, now: Timestamp) -> Vec<Minute> {
        let mut failures: BTreeMap<i64, usize> = BTreeMap::new();
        for (minute, ..) in &self.failures {
            *failures.entry(*minute).or_default() += 1;
        }
        let last = minute(now);
        let view = |minute: i64| {
            let told = self.completed.as_ref().and_then(|completed| completed.get(&minute));
            Minute {
                at: start_of(minute),
                completed: self.completed.as_ref().map(|_| told.map_or(0, |told| told.completed)),
                wait_seconds: told.map(|told| told.wait_seconds),
                failures: failures.get(&minute).copied().unwrap_or_default(),
            }
        };
        (last - MINUTES + 1..=last).map(view).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn completed(minute: i64, completed: u64) -> Throughput {
        Throughput { minute, completed, wait_seconds: 1.5 }
    }

    #[test]
    fn a_minute_that_was_not_over_is_counted_again_and_replaced() {
        let mut hour = Hour::default();
        let first = at(100 * 60 + 10);
        assert_eq!(hour.unsettled_since(first), at(41 * 60));
        hour.note(Some(vec![completed(100, 3)]), &[], first);
        let later = at(101 * 60 + 5);
        assert_eq!(hour.unsettled_since(later), at(99 * 60));
        hour.note(Some(vec![completed(100, 7), completed(101, 1)]), &[], later);
        let minutes = hour.minutes(later);
        let counts: Vec<_> = minutes.iter().rev().take(3).map(|minute| minute.completed).collect();
        assert_eq!((minutes.len(), counts), (60, vec![Some(1), Some(7), Some(0)]));
    }

    #[test]
    fn what_is_older_than_an_hour_is_forgotten() {
        let mut hour = Hour::default();
        hour.note(Some(vec![completed(100, 3)]), &[], at(100 * 60));
        hour.note(Some(Vec::new()), &[], at(160 * 60));
        assert!(hour.minutes(at(160 * 60)).iter().all(|minute| minute.completed == Some(0)));
    }

    #[test]
    fn a_line_that_does_not_tell_is_unknown_and_not_idle() {
        let mut hour = Hour::default();
        hour.note(None, &[], at(100 * 60));
        assert!(hour.minutes(at(100 * 60)).iter().all(|minute| minute.completed.is_none()));
    }
}
