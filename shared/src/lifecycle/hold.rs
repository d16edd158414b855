//! hold: the line stands still at a task, and what an operator does about it.
//!
//! The right to end the hold at once is the receipt of the message's latest delivery. It is published only after that
//! delivery was hidden, so that an operator's change of visibility can't be undone by a processor that hides the message after it.

use crate::{AuditEntry, Receipt, Status, TaskRecord, Timestamp};

use super::Refusal;

/// Notes the receipt of a held message, once the message is hidden under it.
///
/// # Errors
/// [`Refusal::NotHeld`] when an operator was faster: the message must be shown again.
pub fn publish_receipt(record: &TaskRecord, receipt: Receipt, now: Timestamp) -> Result<TaskRecord, Refusal> {
    match record.status {
        Status::Held => Ok(TaskRecord { held_receipt: Some(receipt), ..record.next(Status::Held, now) }),
        status => Err(Refusal::NotHeld(status)),
    }
}

/// Lets a held task be tried again, with a new budget. Afterwards its message must be shown again. For one that was let
/// go so before, while no delivery took its receipt back, the record as it stands: showing it may have been interrupted.
///
/// # Errors
/// [`Refusal::NotHeld`] when it isn't held.
pub fn resume(record: &TaskRecord, entry: AuditEntry, now: Timestamp) -> Result<TaskRecord, Refusal> {
    release(record, Status::Retrying, None, entry, now)
}

/// Sends a held task to the dead-letter queue by its next receive. Afterwards its message must be shown again; asked
/// twice, as [`resume`].
///
/// # Errors
/// [`Refusal::NotHeld`] when it isn't held.
pub fn skip(record: &TaskRecord, entry: AuditEntry, now: Timestamp) -> Result<TaskRecord, Refusal> {
    release(record, Status::DeadLettering, record.attempts_left, entry, now)
}

/// The receipt stays, so that a change of visibility which did not get through can be given again.
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
    let mut released = TaskRecord { attempts_left, ..record.next(to, now) };
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
        let record = resume(&held(), entry(AuditAction::Resume), at(5)).unwrap();
        assert_eq!((record.status, record.attempts_left), (Status::Retrying, None));
        assert_eq!(record.held_receipt, held().held_receipt);
        assert_eq!(record.audit, [entry(AuditAction::Resume)]);
    }

    #[test]
    fn a_skipped_task_is_on_its_way_to_the_dead_letter_queue() {
        let record = skip(&held(), entry(AuditAction::Skip), at(5)).unwrap();
        assert_eq!(record.status, Status::DeadLettering);
    }

    #[test]
    fn what_was_let_go_stays_as_it_is_when_it_is_let_go_again_so_that_its_message_is_shown() {
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
    fn what_is_not_held_is_neither_resumed_nor_skipped() {
        for status in Status::ALL.into_iter().filter(|status| *status != Status::Held) {
            let record = TaskRecord { status, ..accepted() };
            assert_eq!(resume(&record, entry(AuditAction::Resume), at(5)), Err(Refusal::NotHeld(status)));
            assert_eq!(skip(&record, entry(AuditAction::Skip), at(5)), Err(Refusal::NotHeld(status)));
        }
    }
}
