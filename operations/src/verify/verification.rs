//! What a verification found.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::Serialize;
use shared::{Status, TaskId, TaskRecord, Timestamp, limits::DEDUPE_SECONDS};

use super::{
    exception::TaskException,
    line::{Pair, PassedLine},
    passage::{Comparison, Departure, OrderSource, Passage, UnprovenReason},
};

/// What a verification found.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// How many records were looked at.
    pub records: usize,
    /// How many of them are completed.
    pub completed: usize,
    /// How many wait for their first run, or for another.
    pub waiting: usize,
    /// What the order was told by.
    pub order: OrderSource,
    /// By how much the clocks were taken to differ at the most; absent where no clock was asked.
    pub clock_tolerance_ms: Option<i64>,
    /// How many tasks were not judged, since they began, or were sent to another place, while the records were read.
    pub not_judged: usize,
    /// What did not go straight from accepted to completed, and why. Explained, so no violation.
    pub exceptions: Vec<TaskException>,
    /// What may contradict a promise, and what nobody can tell from the records.
    pub unproven: Vec<UnprovenCase>,
    /// What contradicts a promise.
    pub violations: Vec<OrderViolation>,
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OrderViolation {
    /// A task began before one at an earlier place had left the line.
    Overtook(Overtaking),
    /// A record says that its task is in the line, and the line is empty.
    MissingFromTheLine {
        /// The task.
        task_id: TaskId,
        /// Its status.
        status: Status,
    },
}

/// What may be a broken promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UnprovenCase {
    /// A task may have begun before one at an earlier place had left the line.
    Overtook {
        /// Which, and when.
        #[serde(flatten)]
        overtaking: Overtaking,
        /// Why nobody can tell.
        doubt: UnprovenReason,
    },
    /// A record says that its task is in the line, and the line seemed to be empty.
    MissingFromTheLine {
        /// The task.
        task_id: TaskId,
        /// Its status.
        status: Status,
    },
}

/// A task and the one that it overtook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Overtaking {
    /// The task that began.
    pub task_id: TaskId,
    /// When.
    pub started_at: Timestamp,
    /// The one it overtook.
    pub overtaken: TaskId,
    /// When that one left the line, if it did.
    pub finished_at: Option<Timestamp>,
}

impl Verification {
    pub fn count(&mut self, record: &TaskRecord) {
        self.records += 1;
        match record.status {
            Status::Completed => self.completed += 1,
            Status::Accepted | Status::Retrying | Status::Processing => self.waiting += 1,
            _ => {}
        }
    }

    /// One violation for each task that overtook; and if there is none, one doubt. One whose message SQS may have moved is
    /// named once, and not with everything behind it.
    pub fn report(&mut self, line: &PassedLine, settled: &[Pair], are_dead_letters: bool, now: Timestamp) {
        let mut overtakers = BTreeSet::new();
        let mut doubts = Vec::new();
        for pair in settled {
            let (overtaker, overtaken) = (line.get(pair.overtaker), line.get(pair.overtaken));
            let Some(overtaking) = Overtaking::of(overtaker, overtaken) else {
                continue;
            };
            let verdict = match overtaken.left {
                Departure::At(_) => overtaker.against(overtaken, line.order()),
                Departure::NotYet if overtaken.is_surely_in_the_line => Comparison::Overtook,
                Departure::NotYet if are_dead_letters || !is_settled(&overtaking, line.order(), now) => {
                    Comparison::Unclear(UnprovenReason::PerhapsMovedBySqs)
                }
                Departure::NotYet => Comparison::Overtook,
            };
            match verdict {
                Comparison::InOrder => {}
                Comparison::Overtook => {
                    if overtakers.insert(overtaking.task_id) {
                        self.violations.push(OrderViolation::Overtook(overtaking));
                    }
                }
                Comparison::Unclear(doubt) => doubts.push((overtaking, doubt)),
            }
        }
        let mut moved = BTreeSet::new();
        for (overtaking, doubt) in doubts {
            let is_news = match doubt {
                UnprovenReason::PerhapsMovedBySqs => moved.insert(overtaking.overtaken),
                _ => overtakers.insert(overtaking.task_id),
            };
            if is_news {
                self.unproven.push(UnprovenCase::Overtook { overtaking, doubt });
            }
        }
    }
}

/// Whether SQS would count by now what it moved to the dead-letter queue before the one that overtook began: its counts
/// are estimates, and lag behind.
fn is_settled(overtaking: &Overtaking, order: OrderSource, now: Timestamp) -> bool {
    order == OrderSource::Departures
        || overtaking.started_at < now - TimeDelta::seconds(i64::from(DEDUPE_SECONDS))
}

impl Overtaking {
    fn of(overtaker: &Passage, overtaken: &Passage) -> Option<Self> {
        Some(Self {
            task_id: overtaker.task_id,
            started_at: overtaker.began?.at,
            overtaken: overtaken.task_id,
            finished_at: match overtaken.left {
                Departure::NotYet => None,
                Departure::At(moment) => Some(moment.at),
            },
        })
    }
}
