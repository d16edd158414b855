//! cancel: a submitter takes back a task that has not begun.

use crate::{AuditAction, AuditEntry, Status, TaskRecord, Timestamp};

use super::Refusal;

/// Takes back a task that nobody has claimed yet; the delivery of its message is acknowledged. For one that was taken
/// back before, the record as it stands.
///
/// # Errors
/// [`Refusal::HasBegun`] when it was claimed or given up: its handler may have done something already.
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
    fn a_task_that_has_not_begun_is_discarded_and_its_submitter_remembered() {
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
    fn cancelled_again_it_stays_as_it_is() {
        let cancelled = cancel(&accepted(), at(9)).unwrap();
        assert_eq!(cancel(&cancelled, at(10)), Ok(cancelled.clone()));
    }

    #[test]
    fn a_task_that_was_claimed_is_cancelled_in_no_status() {
        for status in Status::ALL {
            let begun = TaskRecord { status, attempt: 1, ..accepted() };
            assert_eq!(cancel(&begun, at(9)), Err(Refusal::HasBegun(status)), "{status}");
        }
    }

    #[test]
    fn a_task_that_sqs_gave_up_before_any_claim_is_for_an_operator_to_decide_on() {
        for status in Status::ALL.into_iter().filter(|status| status.needs_attention()) {
            let dead = TaskRecord { status, ..accepted() };
            assert_eq!(cancel(&dead, at(9)), Err(Refusal::HasBegun(status)), "{status}");
        }
    }
}
