//! discard: a task is given up permanently, by an operator or because its enqueue failed.

use crate::{AuditAction, AuditEntry, Status, TaskRecord, Timestamp};

use super::Refusal;

/// Discards a dead or held task. The message of a held task must then be made visible, so that its next delivery
/// acknowledges it. Returns the unchanged record of a task that was discarded while held, so that making its message visible
/// can be repeated if it was interrupted.
///
/// # Errors
/// [`Refusal::NeitherDeadNorHeld`] for any other task.
pub fn discard(record: &TaskRecord, entry: AuditEntry, now: Timestamp) -> Result<TaskRecord, Refusal> {
    if record.status == Status::Discarded && record.held_receipt.is_some() {
        return Ok(record.clone());
    }
    if !record.status.needs_attention() {
        return Err(Refusal::NeitherDeadNorHeld(record.status));
    }
    let mut discarded = record.next(Status::Discarded, now);
    discarded.finished_at = record.finished_at.or(Some(now));
    discarded.remember_audit(entry);
    Ok(discarded)
}

/// Discards a task without a key whose enqueue failed. The caller is asked to send the request again and doesn't get the
/// id, so the message must not be handled if it was enqueued after all.
pub fn abandon(record: &TaskRecord, now: Timestamp) -> TaskRecord {
    let mut abandoned = TaskRecord { finished_at: Some(now), ..record.next(Status::Discarded, now) };
    let reason = "the enqueue failed; the caller was asked to send the request again";
    abandoned.remember_audit(AuditEntry::new(AuditAction::Discard, now, "api", reason));
    abandoned
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::fixture::{accepted, at, dead_lettered, entry, held};

    #[test]
    fn a_dead_letter_keeps_the_time_at_which_it_left_the_line() {
        let dead_letter = dead_lettered();
        let record = discard(&dead_letter, entry(AuditAction::Discard), at(99)).unwrap();
        assert_eq!((record.status, record.finished_at), (Status::Discarded, dead_letter.finished_at));
        assert!(record.expires_at.is_some());
    }

    #[test]
    fn a_held_task_leaves_the_line_when_it_is_discarded() {
        let record = discard(&held(), entry(AuditAction::Discard), at(99)).unwrap();
        assert_eq!((record.status, record.finished_at), (Status::Discarded, Some(at(99))));
        assert_eq!(record.held_receipt, held().held_receipt);
    }

    #[test]
    fn discarding_a_held_task_again_changes_nothing() {
        let discarded = discard(&held(), entry(AuditAction::Discard), at(99)).unwrap();
        assert_eq!(discard(&discarded, entry(AuditAction::Discard), at(100)), Ok(discarded.clone()));
    }

    #[test]
    fn an_abandoned_task_is_discarded_by_the_api() {
        let record = abandon(&accepted(), at(9));
        assert_eq!((record.status, record.finished_at), (Status::Discarded, Some(at(9))));
        assert_eq!((record.audit[0].action, record.audit[0].by.as_str()), (AuditAction::Discard, "api"));
    }

    #[test]
    fn a_task_that_is_neither_dead_nor_held_is_not_discarded() {
        for status in Status::ALL.into_iter().filter(|status| !status.needs_attention()) {
            let record = TaskRecord { status, ..accepted() };
            let refusal = discard(&record, entry(AuditAction::Discard), at(99));
            assert_eq!(refusal, Err(Refusal::NeitherDeadNorHeld(status)));
        }
    }
}
