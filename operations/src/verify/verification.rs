//! The result of a verification.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::Serialize;
use shared::{Status, TaskId, TaskRecord, Timestamp, limits::DEDUPE_SECONDS};

use super::{
    exception::TaskException,
    line::{Pair, PassedLine},
    passage::{Comparison, Departure, OrderSource, Passage, UnprovenReason},
};

/// The result of a verification.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// How many records were read.
    pub records: usize,
    /// How many of them are completed.
    pub completed: usize,
    /// How many of them wait for a run or are running.
    pub waiting: usize,
    /// What orders beginnings and departures.
    pub order: OrderSource,
    /// How much clocks were assumed to differ, at most; absent if no clock was used.
    pub clock_tolerance_ms: Option<i64>,
    /// How many tasks were not judged, as they began or were sent again while the records were read.
    pub not_judged: usize,
    /// The tasks that did not go straight from accepted to completed. They are explained, so no violations.
    pub exceptions: Vec<TaskException>,
    /// Possible violations that the records neither prove nor rule out.
    pub unproven: Vec<UnprovenCase>,
    /// Violations of the order.
    pub violations: Vec<OrderViolation>,
}

/// A violation of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OrderViolation {
    /// A task began before one with a lower sequence number had left the line.
    Overtook(Overtaking),
    /// The record says that the task is in the line, but the line is empty.
    MissingFromTheLine { task_id: TaskId, status: Status },
}

/// A possible violation of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UnprovenCase {
    /// A task may have begun before one with a lower sequence number had left the line.
    Overtook {
        #[serde(flatten)]
        overtaking: Overtaking,
        reason: UnprovenReason,
    },
    /// The record says that the task is in the line, but the line seems to be empty.
    MissingFromTheLine { task_id: TaskId, status: Status },
}

/// A task and the one that it overtook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Overtaking {
    /// The task that began.
    pub task_id: TaskId,
    pub started_at: Timestamp,
    /// The task that it overtook.
    pub overtaken: TaskId,
    /// When the overtaken task left the line, if it did.
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

    /// Reports one violation for each task that overtook, or else one unproven case. A task whose message SQS may have moved is
    /// reported once, and not once for each task behind it.
    pub fn report(&mut self, line: &PassedLine, settled: &[Pair], are_dead_letters: bool, now: Timestamp) {
        let mut overtakers = BTreeSet::new();
        let mut unproven = Vec::new();
        for pair in settled {
            let (overtaker, overtaken) = (line.get(pair.overtaker), line.get(pair.overtaken));
            let Some(overtaking) = Overtaking::of(overtaker, overtaken) else {
                continue;
            };
            let comparison = match overtaken.left {
                Departure::At(_) => overtaker.against(overtaken, line.order()),
                Departure::NotYet if overtaken.is_certainly_in_the_line => Comparison::Overtook,
                Departure::NotYet if are_dead_letters || !is_settled(&overtaking, line.order(), now) => {
                    Comparison::Unclear(UnprovenReason::PossiblyMovedBySqs)
                }
                Departure::NotYet => Comparison::Overtook,
            };
            match comparison {
                Comparison::InOrder => {}
                Comparison::Overtook => {
                    if overtakers.insert(overtaking.task_id) {
                        self.violations.push(OrderViolation::Overtook(overtaking));
                    }
                }
                Comparison::Unclear(reason) => unproven.push((overtaking, reason)),
            }
        }
        let mut moved = BTreeSet::new();
        for (overtaking, reason) in unproven {
            let is_first = match reason {
                UnprovenReason::PossiblyMovedBySqs => moved.insert(overtaking.overtaken),
                _ => overtakers.insert(overtaking.task_id),
            };
            if is_first {
                self.unproven.push(UnprovenCase::Overtook { overtaking, reason });
            }
        }
    }
}

/// Whether the counts of SQS, which lag, include by now every message that was moved to the dead-letter queue before the overtaking
/// task began.
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
