//! accept: the first revision of a record, and the decision on another request with its idempotency key.

use crate::{AuditEntry, Caller, Content, Message, SequenceNumber, Status, TaskId, TaskRecord, Timestamp};

use super::Refusal;

/// The record of an accepted task. The API writes it; if the message is delivered before that write, the processor makes
/// the same record from the message.
pub fn accept(message: &Message) -> TaskRecord {
    let Message { task_id, generation, enqueued_at, accepted_at, .. } = *message;
    let content = Content::Task(message.task.clone());
    TaskRecord {
        generation,
        fingerprint: message.fingerprint.clone(),
        trace: message.trace.clone(),
        accepted_at,
        ..first_revision(task_id, content, message.submitted_by.clone(), enqueued_at)
    }
}

/// The first revision of a record, accepted when its message was enqueued.
pub(super) fn first_revision(
    task_id: TaskId,
    content: Content,
    submitted_by: Caller,
    enqueued_at: Timestamp,
) -> TaskRecord {
    TaskRecord {
        task_id,
        revision: 0,
        status: Status::Accepted,
        generation: 0,
        attempt: 0,
        attempts_left: None,
        unavailable_since: None,
        lease_until: None,
        claimed_by: None,
        attempt_started_at: None,
        sequence_number: None,
        first_sequence_number: None,
        content,
        amendment: None,
        fingerprint: None,
        submitted_by,
        trace: None,
        failures: Vec::new(),
        handler_version: None,
        result: None,
        result_dropped: None,
        held_receipt: None,
        cancel_requested_at: None,
        enqueued_at,
        accepted_at: enqueued_at,
        started_at: None,
        finished_at: None,
        expires_at: None,
        audit: Vec::new(),
    }
}

/// What to do with a request whose idempotency key has a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resubmission {
    /// Refuse the request: the key was used for another payload.
    KeyReused,
    /// Enqueue again with the same deduplication id: the first request may have been interrupted before its enqueue.
    EnqueueAgain,
    /// Answer with the record: the task is in the line or has left it.
    Replay,
    /// Accept a new task: the record is expired and not deleted yet.
    AcceptAnew,
}

/// Decides on `request`, which has the key of `existing`. The store tells whether `existing` is expired.
pub fn resubmit(existing: &TaskRecord, request: &Message, is_expired: bool) -> Resubmission {
    if is_expired {
        return Resubmission::AcceptAnew;
    }
    if existing.fingerprint != request.fingerprint {
        return Resubmission::KeyReused;
    }
    // In any generation: an operator's `enqueue_missing` can be interrupted before the enqueue too.
    let is_never_seen_in_line = existing.sequence_number.is_none();
    match existing.status {
        Status::Accepted if is_never_seen_in_line => Resubmission::EnqueueAgain,
        _ => Resubmission::Replay,
    }
}

/// Notes the sequence number of a repeated enqueue, so that later requests don't repeat it.
pub fn note_enqueued(record: &TaskRecord, at: SequenceNumber, now: Timestamp) -> TaskRecord {
    TaskRecord { sequence_number: Some(at), ..record.next(record.status, now) }
}

/// Begins to enqueue a task again whose message is missing. It gets the next generation, so that the new message is not
/// dropped as a duplicate, and the missing message is ignored if it is delivered after all.
///
/// # Errors
/// - [`Refusal::NotInTheLine`] when the record's status is not one of a task in the line.
/// - [`Refusal::NothingToRedrive`] when its body can't be decoded.
pub fn enqueue_missing(
    record: &TaskRecord,
    entry: AuditEntry,
    now: Timestamp,
) -> Result<TaskRecord, Refusal> {
    if !record.status.is_in_the_line() {
        return Err(Refusal::NotInTheLine(record.status));
    }
    if record.task().is_none() {
        return Err(Refusal::NothingToRedrive);
    }
    let mut enqueued = TaskRecord { generation: record.generation + 1, ..record.next(record.status, now) };
    enqueued.sequence_number = None;
    enqueued.enqueued_at = now;
    enqueued.remember_audit(entry);
    Ok(enqueued)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AuditAction;
    use crate::lifecycle::fixture::{accepted, at, entry, message, other_message, sequence};

    #[test]
    fn an_accepted_record_has_not_begun_and_does_not_expire() {
        let record = accept(&message());
        assert_eq!((record.status, record.revision, record.attempt), (Status::Accepted, 0, 0));
        assert_eq!((record.sequence_number, record.expires_at), (None, None));
    }

    #[test]
    fn a_record_made_from_a_message_has_its_generation_and_times() {
        let message = Message { generation: 2, enqueued_at: at(7), accepted_at: at(3), ..message() };
        let record = accept(&message);
        assert_eq!((record.generation, record.enqueued_at, record.accepted_at), (2, at(7), at(3)));
    }

    #[test]
    fn another_payload_under_the_same_key_is_refused_whatever_the_status() {
        for status in Status::ALL {
            let record = TaskRecord { status, ..accepted() };
            assert_eq!(resubmit(&record, &other_message(), false), Resubmission::KeyReused, "{status}");
        }
    }

    #[test]
    fn a_task_not_yet_seen_in_the_line_is_enqueued_again() {
        assert_eq!(resubmit(&accepted(), &message(), false), Resubmission::EnqueueAgain);
    }

    #[test]
    fn a_task_whose_repair_was_interrupted_before_the_enqueue_is_enqueued_again() {
        let noted = enqueue_missing(&accepted(), entry(AuditAction::Enqueue), at(9)).unwrap();
        assert_eq!(resubmit(&noted, &message(), false), Resubmission::EnqueueAgain);
    }

    #[test]
    fn a_task_whose_enqueue_is_known_is_only_replayed() {
        let record = note_enqueued(&accepted(), sequence(7), at(1));
        assert_eq!(resubmit(&record, &message(), false), Resubmission::Replay);
    }

    #[test]
    fn a_task_that_began_is_only_replayed() {
        for status in Status::ALL.into_iter().filter(|status| *status != Status::Accepted) {
            let record = TaskRecord { status, ..accepted() };
            assert_eq!(resubmit(&record, &message(), false), Resubmission::Replay, "{status}");
        }
    }

    #[test]
    fn a_task_missing_from_the_line_is_enqueued_as_its_next_generation() {
        for status in Status::ALL {
            let record = TaskRecord { status, ..accepted() };
            match enqueue_missing(&record, entry(AuditAction::Enqueue), at(9)) {
                Ok(next) => assert!(status.is_in_the_line() && (next.status, next.generation) == (status, 1)),
                Err(refusal) => {
                    assert!(!status.is_in_the_line());
                    assert_eq!(refusal, Refusal::NotInTheLine(status));
                }
            }
        }
    }

    #[test]
    fn an_expired_record_counts_as_absent_even_for_another_payload() {
        let record = TaskRecord { expires_at: Some(at(5)), ..accepted() };
        let decided = |now| resubmit(&record, &other_message(), record.is_expired(now));
        assert_eq!(decided(at(5)), Resubmission::AcceptAnew);
        assert_eq!(decided(at(4)), Resubmission::KeyReused);
    }
}
