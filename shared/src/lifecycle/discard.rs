//! discard: a task is given up for good, by an operator or because its accept could not be made.

use crate::{AuditAction, AuditEntry, Status, TaskRecord, Timestamp};

use super::Refusal;

/// Gives up a dead or held task. A held one's message must be shown again, so that its next receive acknowledges it. For
/// one that was given up while held, the record as it stands: showing it may have been interrupted.
///
/// # Errors
/// [`Refusal::NeitherDeadNorHeld`] for any other.
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

/// Gives up a task under a fresh id whose enqueue failed. Its caller is told to send it again and never learns the id,
/// so a message that got through all the same must not be handled as well.
pub fn abandon(record: &TaskRecord, now: Timestamp) -> TaskRecord {
    let mut abandoned = TaskRecord { finished_at: Some(now), ..record.next(Status::Discarded, now) };
    let reason = "the enqueue failed; its caller was told to send it again";
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
    fn what_was_discarded_while_held_stays_as_it_is_so_that_its_message_is_shown() {
        let discarded = discard(&held(), entry(AuditAction::Discard), at(99)).unwrap();
        assert_eq!(discard(&discarded, entry(AuditAction::Discard), at(100)), Ok(discarded.clone()));
    }

    #[test]
    fn an_abandoned_task_left_the_line_then_and_there_and_says_why() {
        let record = abandon(&accepted(), at(9));
        assert_eq!((record.status, record.finished_at), (Status::Discarded, Some(at(9))));
        assert_eq!((record.audit[0].action, record.audit[0].by.as_str()), (AuditAction::Discard, "api"));
    }

    #[test]
    fn what_is_in_the_line_or_finished_is_not_discarded() {
        for status in Status::ALL.into_iter().filter(|status| !status.needs_attention()) {
            let record = TaskRecord { status, ..accepted() };
            let refusal = discard(&record, entry(AuditAction::Discard), at(99));
            assert_eq!(refusal, Err(Refusal::NeitherDeadNorHeld(status)));
        }
    }
}
