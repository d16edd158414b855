//! Tasks that did not go straight from accepted to completed, each with its cause. They are explained, so no violations.

use serde::Serialize;
use shared::{AuditAction, SequenceNumber, Status, TaskId, TaskRecord};

/// A task that did not go straight from accepted to completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskException {
    pub task_id: TaskId,
    pub first_sequence_number: Option<SequenceNumber>,
    pub status: Status,
    pub cause: String,
}

impl TaskException {
    /// None for a task that went straight.
    pub fn of(record: &TaskRecord) -> Option<Self> {
        let cause = cause(record)?;
        let TaskRecord { task_id, first_sequence_number, status, .. } = *record;
        Some(Self { task_id, first_sequence_number, status, cause })
    }
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
    use crate::fixture::{at, edited, record};

    #[test]
    fn a_task_that_went_straight_is_no_exception() {
        for status in [Status::Accepted, Status::Processing, Status::Retrying, Status::Completed] {
            assert_eq!(cause(&record(status, 1)), None, "{status}");
            let unnumbered = edited(record(status, 1), |record| record.first_sequence_number = None);
            assert_eq!(cause(&unnumbered), None, "{status}");
        }
    }

    #[test]
    fn every_exception_has_its_cause() {
        let entry = |action| AuditEntry::new(action, at(5), "ann", "because");
        let decided = |status, action| edited(record(status, 1), |record| record.audit = vec![entry(action)]);
        let dead = record_native_dead_letter(&record(Status::Processing, 1), "bob", at(9)).unwrap();
        let in_status = |status| edited(dead.clone(), |record| record.status = status);
        let crashed = ": crashed receive_count_exceeded at attempt 0";
        let again = edited(decided(Status::Completed, AuditAction::Redrive), |record| record.generation = 1);
        let moved = edited(record(Status::Completed, 1), |record| {
            record.sequence_number = Some(SequenceNumber::new(2))
        });
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
            let found = TaskException::of(&record).unwrap();
            assert_eq!((found.task_id, found.status, found.cause), (record.task_id, record.status, expected));
        }
    }
}
