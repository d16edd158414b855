//! The last hour, as sixty times sixty seconds up to the running one: what was completed, how long it had waited, what
//! failed. So the last of them is the last minute, as the command line counts it, and they add up to the hour.
//!
//! What was completed and had waited, a line on this machine tells; AWS's own metrics do. Failures are those of the tasks
//! that need attention; once seen they stay in the hour, also when their tasks are redriven.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use local::Throughput;
use serde::Serialize;
use shared::{TaskId, TaskRecord, Timestamp};

const MINUTES: i64 = 60;
const MINUTE: i64 = 60;

/// One minute of the hour.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Minute {
    /// How many tasks were completed; absent where the line does not tell.
    pub completed: Option<u64>,
    /// How long they had waited on average; absent where the line does not tell, or where there was none.
    pub wait_seconds: Option<f64>,
    /// How many attempts failed, of tasks that needed a person since.
    pub failures: usize,
}

/// What is known of the last hour, by seconds.
#[derive(Debug, Default)]
pub struct LastHour {
    /// None while nobody told.
    completed: Option<BTreeMap<i64, Throughput>>,
    failures: BTreeSet<(i64, TaskId, u32)>,
    noted: Option<i64>,
}

/// The first second of the hour.
fn oldest(now: Timestamp) -> i64 {
    now.timestamp() - MINUTES * MINUTE + 1
}

impl LastHour {
    /// Since when what was noted may be incomplete: a second is settled once it has been over for a minute.
    pub fn unsettled_since(&self, now: Timestamp) -> Timestamp {
        // Noted ahead of now, it was by a clock that has been set back since.
        let noted = self.noted.map(|noted| noted.min(now.timestamp()));
        let second = noted.map_or(oldest(now), |noted| oldest(now).max(noted - MINUTE));
        DateTime::from_timestamp_secs(second).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Adds what was seen, and forgets what is older than an hour.
    pub fn note(&mut self, told: Option<Vec<Throughput>>, needing_attention: &[TaskRecord], now: Timestamp) {
        let oldest = oldest(now);
        if let Some(told) = told {
            let completed = self.completed.get_or_insert_default();
            completed.extend(told.into_iter().map(|throughput| (throughput.second, throughput)));
            completed.retain(|second, _| *second >= oldest);
        }
        for record in needing_attention {
            let failures = record.failures.iter().map(|it| (it.at.timestamp(), record.task_id, it.attempt));
            self.failures.extend(failures.filter(|(second, ..)| *second >= oldest));
        }
        self.failures.retain(|(second, ..)| *second >= oldest);
        self.noted = Some(now.timestamp());
    }

    /// The sixty minutes up to now, oldest first.
    pub fn minutes(&self, now: Timestamp) -> Vec<Minute> {
        let first = oldest(now);
        let minute_of =
            |second: i64| usize::try_from((second - first) / MINUTE).ok().filter(|_| second >= first);
        let is_told = self.completed.is_some();
        let nothing = Minute { completed: is_told.then_some(0), wait_seconds: None, failures: 0 };
        let mut minutes = vec![nothing; MINUTES as usize];
        for told in self.completed.iter().flatten().map(|(_, told)| told) {
            if let Some(minute) = minute_of(told.second).and_then(|index| minutes.get_mut(index)) {
                minute.completed = minute.completed.map(|completed| completed + told.completed);
                minute.wait_seconds = Some(minute.wait_seconds.unwrap_or_default() + told.waited_seconds);
            }
        }
        for minute in &mut minutes {
            let completed = minute.completed.unwrap_or_default();
            minute.wait_seconds = minute.wait_seconds.map(|all| all / completed.max(1) as f64);
        }
        for (second, ..) in &self.failures {
            if let Some(minute) = minute_of(*second).and_then(|index| minutes.get_mut(index)) {
                minute.failures += 1;
            }
        }
        minutes
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn completed(second: i64, completed: u64) -> Throughput {
        Throughput { second, completed, waited_seconds: 1.5 * completed as f64 }
    }

    fn counts(hour: &LastHour, now: Timestamp) -> Vec<u64> {
        hour.minutes(now).iter().map(|minute| minute.completed.unwrap()).collect()
    }

    #[test]
    fn the_last_of_them_is_the_last_sixty_seconds_with_the_running_one() {
        let mut hour = LastHour::default();
        let told = [(6_000, 1), (6_001, 2), (6_060, 4), (6_061, 8)];
        hour.note(Some(told.map(|(second, count)| completed(second, count)).into()), &[], at(6_060));
        let minutes = counts(&hour, at(6_060));
        assert_eq!((minutes.len(), minutes[58], minutes[59]), (60, 1, 6));
        let minutes = counts(&hour, at(6_061));
        assert_eq!((minutes[58], minutes[59]), (3, 12));
        assert_eq!(hour.minutes(at(6_061))[59].wait_seconds, Some(1.5));
    }

    #[test]
    fn a_second_that_was_not_settled_is_counted_again_and_replaced() {
        let mut hour = LastHour::default();
        assert_eq!(hour.unsettled_since(at(6_010)), at(6_010 - 3_599));
        hour.note(Some(vec![completed(6_010, 3)]), &[], at(6_010));
        assert_eq!(hour.unsettled_since(at(6_065)), at(5_950));
        hour.note(Some(vec![completed(6_010, 7), completed(6_065, 1)]), &[], at(6_065));
        assert_eq!(counts(&hour, at(6_065))[59], 8);
    }

    #[test]
    fn what_is_older_than_an_hour_is_forgotten() {
        let mut hour = LastHour::default();
        hour.note(Some(vec![completed(6_000, 3)]), &[], at(6_000));
        assert_eq!(counts(&hour, at(9_599))[0], 3);
        hour.note(Some(Vec::new()), &[], at(9_600));
        assert_eq!(counts(&hour, at(9_600)), [0; 60]);
        assert_eq!(hour.completed.unwrap().len(), 0);
    }

    #[test]
    fn a_line_that_does_not_tell_is_unknown_and_not_idle() {
        let mut hour = LastHour::default();
        hour.note(None, &[], at(6_000));
        assert!(hour.minutes(at(6_000)).iter().all(|minute| minute.completed.is_none()));
    }
}
