//! hold: the line is held at a task, until an operator resumes or skips it.
//!
//! To end the hold at once, an operator's command needs the receipt of the latest delivery. The processor publishes it after
//! it has hidden the message, so that it can't undo an operator's change of visibility by hiding the message later.

use crate::{AuditEntry, Receipt, Status, TaskRecord, Timestamp};

use super::Refusal;

/// Stores the receipt of a held message, after the message was hidden with it.
///
/// # Errors
/// [`Refusal::NotHeld`] when an operator has ended the hold: the message must be made visible.
pub fn publish_receipt(record: &TaskRecord, receipt: Receipt, now: Timestamp) -> Result<TaskRecord, Refusal> {
    match record.status {
        Status::Held => Ok(TaskRecord { held_receipt: Some(receipt), ..record.next(Status::Held, now) }),
        status => Err(Refusal::NotHeld(status)),
    }
}

/// Lets a held task be tried again, with a new budget. The message must then be made visible. Returns the unchanged record
/// if the task was resumed and not delivered since, so that making the message visible can be repeated if it was
/// interrupted.
///
/// # Errors
/// [`Refusal::NotHeld`] when the task isn't held.
pub fn resume(record: &TaskRecord, entry: AuditEntry, now: Timestamp) -> Result<TaskRecord, Refusal> {
    release(record, Status::Retrying, None, entry, now)
}

/// Lets the next delivery of a held task send it to the dead-letter queue. The message must then be made visible. Can be
/// repeated like [`resume`].
///
/// # Errors
/// [`Refusal::NotHeld`] when the task isn't held.
pub fn skip(record: &TaskRecord, entry: AuditEntry, now: Timestamp) -> Result<TaskRecord, Refusal> {
    release(record, Status::DeadLettering, record.attempts_left, entry, now)
}

/// Ends a hold. The receipt is kept, so that a change of visibility that failed can be repeated.
fn release(
    record: &TaskRecord,
    to: Status,
    attempts_left: Option<u32>,
    entry: AuditEntry,
    now: Timestamp,
) -> Result<TaskRecord, Refusal> {
    match record.status {
        Status::Held => {}
        status if status == to && record.held_receipt.is_some() => return Ok(record.clone()),
        status => return Err(Refusal::NotHeld(status)),
    }
    let mut released = TaskRecord { attempts_left, unavailable_since: None, ..record.next(to, now) };
    released.remember_audit(entry);
    Ok(released)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AuditAction,
        lifecycle::fixture::{accepted, at, entry, held},
    };

    #[test]
    fn a_resumed_task_is_retried_with_a_new_budget_and_keeps_its_receipt() {
        let held_by_an_outage = TaskRecord { unavailable_since: Some(at(1)), ..held() };
        let record = resume(&held_by_an_outage, entry(AuditAction::Resume), at(5)).unwrap();
        assert_eq!((record.status, record.attempts_left), (Status::Retrying, None));
        assert_eq!(record.unavailable_since, None);
        assert_eq!(record.held_receipt, held().held_receipt);
        assert_eq!(record.audit, [entry(AuditAction::Resume)]);
    }

    #[test]
    fn a_skipped_task_is_dead_lettering() {
        let record = skip(&held(), entry(AuditAction::Skip), at(5)).unwrap();
        assert_eq!(record.status, Status::DeadLettering);
    }

    #[test]
    fn resuming_or_skipping_again_changes_nothing() {
        let resumed = resume(&held(), entry(AuditAction::Resume), at(5)).unwrap();
        assert_eq!(resume(&resumed, entry(AuditAction::Resume), at(6)), Ok(resumed.clone()));
        let begun = TaskRecord { attempts_left: Some(1), ..resumed.clone() };
        assert_eq!(resume(&begun, entry(AuditAction::Resume), at(6)), Ok(begun), "one write, one revision");
        let skipped = skip(&held(), entry(AuditAction::Skip), at(5)).unwrap();
        assert_eq!(skip(&skipped, entry(AuditAction::Skip), at(6)), Ok(skipped));
        assert_eq!(skip(&resumed, entry(AuditAction::Skip), at(6)), Err(Refusal::NotHeld(Status::Retrying)));
    }

    #[test]
    fn a_receipt_is_published_only_while_the_task_is_held() {
        let receipt = Receipt::new("newer");
        let record = publish_receipt(&held(), receipt.clone(), at(5)).unwrap();
        assert_eq!(record.held_receipt, Some(receipt.clone()));
        let resumed = resume(&held(), entry(AuditAction::Resume), at(5)).unwrap();
        assert_eq!(publish_receipt(&resumed, receipt, at(6)), Err(Refusal::NotHeld(Status::Retrying)));
    }

    #[test]
    fn only_a_held_task_is_resumed_or_skipped() {
        for status in Status::ALL.into_iter().filter(|status| *status != Status::Held) {
            let record = TaskRecord { status, ..accepted() };
            assert_eq!(resume(&record, entry(AuditAction::Resume), at(5)), Err(Refusal::NotHeld(status)));
            assert_eq!(skip(&record, entry(AuditAction::Skip), at(5)), Err(Refusal::NotHeld(status)));
        }
    }
}
