//! verify: proves from the records that tasks were handled in the order in which they were accepted, and lists every
//! exception with its cause.
//!
//! The proof: by rising place in the line, no task began before every task at an earlier place had left the line
//! (promise P1). A redriven task counts at the place it was redriven to, and is listed as an exception.

use serde::Serialize;
use shared::{
    AuditAction, SequenceNumber, Status, TaskId, TaskRecord, Timestamp,
    ports::{Line, PortError, TaskQueue, TaskRecords},
};

use super::Desk;

/// What a verification found.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// How many records were looked at.
    pub records: usize,
    /// How many of them are completed.
    pub completed: usize,
    /// How many wait for their first run, or for another.
    pub waiting: usize,
    /// What did not go straight from accepted to completed, and why. Explained, so no violation.
    pub exceptions: Vec<Exception>,
    /// What contradicts a promise.
    pub violations: Vec<Violation>,
}

/// A task that took another way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// The task.
    pub task_id: TaskId,
    /// The place it was accepted at.
    pub first_sequence_number: Option<SequenceNumber>,
    /// How it stands.
    pub status: Status,
    /// Why.
    pub cause: String,
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Violation {
    /// A task began before one at an earlier place had left the line.
    Overtook {
        /// The task that began.
        task_id: TaskId,
        /// When.
        started_at: Timestamp,
        /// The one it overtook.
        overtaken: TaskId,
        /// When that one left the line, if it did.
        finished_at: Option<Timestamp>,
    },
    /// A record says that its task is in the line, and the line is empty.
    MissingFromTheLine {
        /// The task.
        task_id: TaskId,
        /// How it stands.
        status: Status,
    },
}

/// What the proof needs of a record.
struct Passage {
    task_id: TaskId,
    place: SequenceNumber,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
}

impl<R: TaskRecords, Q: TaskQueue, L: Line> Desk<R, Q, L> {
    /// Looks at every record.
    ///
    /// # Errors
    /// [`PortError`] when the pipeline does not answer.
    pub async fn verify(&self) -> Result<Verification, PortError> {
        let first = self.count_line().await?;
        let mut in_doubt = Vec::new();
        let mut found = Verification::default();
        let mut passages = Vec::new();
        self.each_record(|record| {
            found.count(&record);
            found.exceptions.extend(exception(&record));
            passages.extend(Passage::of(&record));
            in_doubt.extend(first.leaves_in_doubt(&record).then_some(record));
        })
        .await?;
        let missing = self.missing(first, in_doubt).await?;
        let violation =
            |TaskRecord { task_id, status, .. }| Violation::MissingFromTheLine { task_id, status };
        found.violations.extend(missing.into_iter().map(violation));
        found.exceptions.sort_by_key(|exception| (exception.first_sequence_number, exception.task_id));
        found.violations.extend(overtakings(passages));
        Ok(found)
    }
}

impl Verification {
    fn count(&mut self, record: &TaskRecord) {
        self.records += 1;
        match record.status {
            Status::Completed => self.completed += 1,
            Status::Accepted | Status::Retrying | Status::Processing => self.waiting += 1,
            _ => {}
        }
    }
}

impl Passage {
    /// None for a record that has no place in the line (yet, or any more).
    fn of(record: &TaskRecord) -> Option<Self> {
        Some(Self {
            task_id: record.task_id,
            place: record.sequence_number?,
            started_at: record.started_at,
            finished_at: record.finished_at,
        })
    }
}

/// Walks the line once. Whoever left it last so far is the one that a later task could have overtaken.
fn overtakings(mut passages: Vec<Passage>) -> Vec<Violation> {
    passages.sort_by_key(|passage| passage.place);
    let mut violations = Vec::new();
    let mut last_to_leave: Option<&Passage> = None;
    for passage in &passages {
        if let (Some(started_at), Some(earlier)) = (passage.started_at, last_to_leave)
            && earlier.finished_at.is_none_or(|finished_at| started_at < finished_at)
        {
            violations.push(Violation::Overtook {
                task_id: passage.task_id,
                started_at,
                overtaken: earlier.task_id,
                finished_at: earlier.finished_at,
            });
        }
        let leaves_later = last_to_leave.is_none_or(|last| match (passage.finished_at, last.finished_at) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(this), Some(last)) => this > last,
        });
        if leaves_later {
            last_to_leave = Some(passage);
        }
    }
    violations
}

fn exception(record: &TaskRecord) -> Option<Exception> {
    let cause = cause(record)?;
    let TaskRecord { task_id, first_sequence_number, status, .. } = *record;
    Some(Exception { task_id, first_sequence_number, status, cause })
}

fn cause(record: &TaskRecord) -> Option<String> {
    let failure = || {
        record.last_failure().map_or_else(String::new, |failure| {
            format!(": {} {} at attempt {}", failure.class, failure.code, failure.attempt)
        })
    };
    let last_reason = |wanted: AuditAction| {
        let entry = record.audit.iter().rev().find(|entry| entry.action == wanted);
        entry.map_or_else(String::new, |entry| format!(" by {}: {}", entry.by, entry.reason))
    };
    match record.status {
        Status::DeadLettered => Some(format!("given up, the line went on{}", failure())),
        Status::DeadLettering => Some(format!("being given up{}", failure())),
        Status::Redriving => {
            Some(format!("its redrive is not finished{}", last_reason(AuditAction::Redrive)))
        }
        Status::Held => Some(format!("the line is held at it{}", failure())),
        Status::Discarded => {
            let cancelled = record.audit.iter().any(|entry| entry.action == AuditAction::Cancel);
            let action = if cancelled { AuditAction::Cancel } else { AuditAction::Discard };
            Some(format!("discarded{}", last_reason(action)))
        }
        _ if record.generation > 0 => {
            Some(format!("sent to the line again{}", last_reason(AuditAction::Redrive)))
        }
        _ if record.sequence_number > record.first_sequence_number
            && record.first_sequence_number.is_some() =>
        {
            Some("moved back to the line by SQS".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use shared::{
        AuditEntry,
        lifecycle::{discard, record_native_dead_letter},
    };

    use super::*;
    use crate::desk::fixture::{at, record};

    /// A task at `place` that began and left the line at these seconds.
    fn passage(place: u128, started: Option<i64>, finished: Option<i64>) -> Passage {
        let mut random = [0; 10];
        random[9] = u8::try_from(place).unwrap();
        Passage {
            task_id: TaskId::fresh(at(0), &random),
            place: SequenceNumber::new(place),
            started_at: started.map(at),
            finished_at: finished.map(at),
        }
    }

    #[test]
    fn one_after_the_other_is_in_order_even_at_the_same_moment() {
        let line = vec![
            passage(3, Some(20), None),
            passage(1, Some(1), Some(10)),
            passage(2, Some(10), Some(20)),
            passage(4, None, None),
        ];
        assert_eq!(overtakings(line), []);
    }

    #[test]
    fn beginning_before_an_earlier_task_left_the_line_is_a_violation() {
        let line = vec![
            passage(1, Some(1), Some(10)),
            passage(2, Some(9), Some(11)),
            passage(3, Some(12), Some(13)),
        ];
        let found = overtakings(line);
        assert_eq!(found.len(), 1);
        assert!(matches!(&found[0], Violation::Overtook { finished_at: Some(end), .. } if *end == at(10)));
    }

    #[test]
    fn beginning_while_any_earlier_task_is_in_the_line_is_a_violation() {
        let line = vec![passage(1, None, None), passage(2, Some(1), Some(2)), passage(3, Some(3), Some(4))];
        assert_eq!(overtakings(line).len(), 2);
    }

    #[test]
    fn a_long_task_is_compared_with_all_behind_it_not_only_the_next() {
        let line = vec![
            passage(1, Some(1), Some(100)),
            passage(2, Some(100), Some(101)),
            passage(3, Some(50), Some(51)),
        ];
        assert_eq!(overtakings(line).len(), 1);
    }

    #[test]
    fn what_went_straight_on_is_no_exception() {
        for status in [Status::Accepted, Status::Processing, Status::Retrying, Status::Completed] {
            assert_eq!(cause(&record(status, 1)), None, "{status}");
            let unplaced = TaskRecord { first_sequence_number: None, ..record(status, 1) };
            assert_eq!(cause(&unplaced), None, "{status}");
        }
    }

    #[test]
    fn every_other_way_has_its_cause() {
        let entry = |action| AuditEntry::new(action, at(5), "ann", "because");
        let decided = |status, action| TaskRecord { audit: vec![entry(action)], ..record(status, 1) };
        let dead = record_native_dead_letter(&record(Status::Processing, 1), "bob", at(9)).unwrap();
        let in_status = |status| TaskRecord { status, ..dead.clone() };
        let crashed = ": crashed receive_count_exceeded at attempt 0";
        let again = TaskRecord { generation: 1, ..decided(Status::Completed, AuditAction::Redrive) };
        let moved =
            TaskRecord { sequence_number: Some(SequenceNumber::new(2)), ..record(Status::Completed, 1) };
        for (record, expected) in [
            (dead.clone(), format!("given up, the line went on{crashed}")),
            (in_status(Status::DeadLettering), format!("being given up{crashed}")),
            (in_status(Status::Held), format!("the line is held at it{crashed}")),
            (
                decided(Status::Redriving, AuditAction::Redrive),
                "its redrive is not finished by ann: because".to_owned(),
            ),
            (
                discard(&dead, entry(AuditAction::Discard), at(10)).unwrap(),
                "discarded by ann: because".to_owned(),
            ),
            (decided(Status::Discarded, AuditAction::Cancel), "discarded by ann: because".to_owned()),
            (again, "sent to the line again by ann: because".to_owned()),
            (moved, "moved back to the line by SQS".to_owned()),
        ] {
            let found = exception(&record).unwrap();
            assert_eq!((found.task_id, found.status, found.cause), (record.task_id, record.status, expected));
        }
    }

    #[test]
    fn every_record_is_counted_and_those_that_wait_or_are_completed_once_more() {
        let mut found = Verification::default();
        for status in Status::ALL.into_iter().chain([Status::Completed]) {
            found.count(&record(status, 1));
        }
        assert_eq!((found.records, found.completed, found.waiting), (10, 2, 3));
    }
}
