//! The last hour in sixty minutes of sixty seconds, up to the current second: completed tasks, their time in the line, and failed
//! attempts. The last minute is the one that the command line counts.
//!
//! Only a line on this machine reports completed tasks and their wait; on AWS, CloudWatch has these metrics. Failures are read
//! from the tasks that need attention. Once read, they stay in the hour, also if their tasks are redriven.

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
    /// How many tasks were completed; absent if the line does not report it.
    pub completed: Option<u64>,
    /// The average time in the line; absent if the line does not report it, or no task was completed.
    pub wait_seconds: Option<f64>,
    /// How many attempts failed, of tasks that needed attention afterwards.
    pub failures: usize,
}

/// The last hour by second.
#[derive(Debug, Default)]
pub struct LastHour {
    /// None if the line does not report it.
    completed: Option<BTreeMap<i64, Throughput>>,
    failures: BTreeSet<(i64, TaskId, u32)>,
    noted: Option<i64>,
}

/// The first second of the hour.
fn oldest(now: Timestamp) -> i64 {
    now.timestamp() - MINUTES * MINUTE + 1
}

impl LastHour {
    /// From when on the counts may be incomplete: the count of a second is final after one more minute.
    pub fn incomplete_since(&self, now: Timestamp) -> Timestamp {
        // A later time than now comes from a clock that was set back since.
        let noted = self.noted.map(|noted| noted.min(now.timestamp()));
        let second = noted.map_or(oldest(now), |noted| oldest(now).max(noted - MINUTE));
        DateTime::from_timestamp_secs(second).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Adds what was read, and drops what is older than an hour.
    pub fn note(
        &mut self,
        throughput: Option<Vec<Throughput>>,
        needing_attention: &[TaskRecord],
        now: Timestamp,
    ) {
        let oldest = oldest(now);
        if let Some(throughput) = throughput {
            let completed = self.completed.get_or_insert_default();
            completed.extend(throughput.into_iter().map(|second| (second.second, second)));
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
        let is_known = self.completed.is_some();
        let nothing = Minute { completed: is_known.then_some(0), wait_seconds: None, failures: 0 };
        let mut minutes = vec![nothing; MINUTES as usize];
        for second in self.completed.iter().flatten().map(|(_, second)| second) {
            if let Some(minute) = minute_of(second.second).and_then(|index| minutes.get_mut(index)) {
                minute.completed = minute.completed.map(|completed| completed + second.completed);
                minute.wait_seconds = Some(minute.wait_seconds.unwrap_or_default() + second.waited_seconds);
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
    fn the_last_minute_is_the_last_sixty_seconds_up_to_the_current_one() {
        let mut hour = LastHour::default();
        let counts_by_second = [(6_000, 1), (6_001, 2), (6_060, 4), (6_061, 8)];
        hour.note(
            Some(counts_by_second.map(|(second, count)| completed(second, count)).into()),
            &[],
            at(6_060),
        );
        let minutes = counts(&hour, at(6_060));
        assert_eq!((minutes.len(), minutes[58], minutes[59]), (60, 1, 6));
        let minutes = counts(&hour, at(6_061));
        assert_eq!((minutes[58], minutes[59]), (3, 12));
        assert_eq!(hour.minutes(at(6_061))[59].wait_seconds, Some(1.5));
    }

    #[test]
    fn a_second_that_was_not_final_is_read_again_and_replaced() {
        let mut hour = LastHour::default();
        assert_eq!(hour.incomplete_since(at(6_010)), at(6_010 - 3_599));
        hour.note(Some(vec![completed(6_010, 3)]), &[], at(6_010));
        assert_eq!(hour.incomplete_since(at(6_065)), at(5_950));
        hour.note(Some(vec![completed(6_010, 7), completed(6_065, 1)]), &[], at(6_065));
        assert_eq!(counts(&hour, at(6_065))[59], 8);
    }

    #[test]
    fn counts_older_than_an_hour_are_dropped() {
        let mut hour = LastHour::default();
        hour.note(Some(vec![completed(6_000, 3)]), &[], at(6_000));
        assert_eq!(counts(&hour, at(9_599))[0], 3);
        hour.note(Some(Vec::new()), &[], at(9_600));
        assert_eq!(counts(&hour, at(9_600)), [0; 60]);
        assert_eq!(hour.completed.unwrap().len(), 0);
    }

    #[test]
    fn a_line_that_does_not_report_completions_is_unknown_and_not_idle() {
        let mut hour = LastHour::default();
        hour.note(None, &[], at(6_000));
        assert!(hour.minutes(at(6_000)).iter().all(|minute| minute.completed.is_none()));
    }
}
