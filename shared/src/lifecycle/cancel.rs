//! cancel: a submitter withdraws a task that has not begun.

use crate::{AuditAction, AuditEntry, Status, TaskRecord, Timestamp};

use super::Refusal;

/// Discards a task that was never claimed; its message is acknowledged when it is delivered. Returns the unchanged record
/// if the task is cancelled already.
///
/// # Errors
/// [`Refusal::HasBegun`] when the task was claimed or given up: its handler may have had effects.
pub fn cancel(record: &TaskRecord, now: Timestamp) -> Result<TaskRecord, Refusal> {
    match (record.status, record.attempt) {
        (Status::Discarded, 0) => return Ok(record.clone()),
        (Status::Accepted, 0) => {}
        (status, _) => return Err(Refusal::HasBegun(status)),
    }
    let mut cancelled = TaskRecord { finished_at: Some(now), ..record.next(Status::Discarded, now) };
    let reason = "cancelled before it began";
    let submitter = record.submitted_by.as_str();
    cancelled.remember_audit(AuditEntry::new(AuditAction::Cancel, now, submitter, reason));
    Ok(cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::fixture::{accepted, at};

    #[test]
    fn a_cancelled_task_is_discarded_in_its_submitters_name() {
        let cancelled = cancel(&accepted(), at(9)).unwrap();
        assert_eq!((cancelled.status, cancelled.finished_at), (Status::Discarded, Some(at(9))));
        assert!(cancelled.expires_at.is_some());
        let entry = &cancelled.audit[0];
        assert_eq!(
            (entry.action, entry.by.as_str()),
            (AuditAction::Cancel, accepted().submitted_by.as_str())
        );
    }

    #[test]
    fn cancelling_again_changes_nothing() {
        let cancelled = cancel(&accepted(), at(9)).unwrap();
        assert_eq!(cancel(&cancelled, at(10)), Ok(cancelled.clone()));
    }

    #[test]
    fn a_claimed_task_can_be_cancelled_in_no_status() {
        for status in Status::ALL {
            let begun = TaskRecord { status, attempt: 1, ..accepted() };
            assert_eq!(cancel(&begun, at(9)), Err(Refusal::HasBegun(status)), "{status}");
        }
    }

    #[test]
    fn a_task_that_sqs_gave_up_before_any_claim_can_not_be_cancelled() {
        for status in Status::ALL.into_iter().filter(|status| status.needs_attention()) {
            let dead = TaskRecord { status, ..accepted() };
            assert_eq!(cancel(&dead, at(9)), Err(Refusal::HasBegun(status)), "{status}");
        }
    }
}
