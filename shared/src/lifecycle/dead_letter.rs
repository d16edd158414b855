//! dead_letter: the second step of giving a task up. The first step, to `dead_lettering`, is a decision of [`super::fail`].

use crate::{AuditAction, AuditEntry, Failure, FailureClass, Status, TaskRecord, Timestamp};

use super::Refusal;

/// The deduplication id of a dead letter's message. It contains the attempt, since a task can be given up twice in one
/// generation: when SQS moves the dead letter back and it fails again within the deduplication interval.
pub fn dead_letter_dedupe_id(record: &TaskRecord) -> String {
    format!("{}.{}.{}", record.task_id, record.generation, record.attempt)
}

/// The record of a task whose message is in the dead-letter queue; the line goes on.
pub fn finish_dead_lettering(record: &TaskRecord, now: Timestamp) -> TaskRecord {
    TaskRecord { finished_at: Some(now), held_receipt: None, ..record.next(Status::DeadLettered, now) }
}

/// The record of a task whose message SQS moved to the dead-letter queue, because it was received too often.
///
/// # Errors
/// [`Refusal::NotInTheLine`] when the record's status is not one of a task in the line.
pub fn record_native_dead_letter(
    record: &TaskRecord,
    by: &str,
    now: Timestamp,
) -> Result<TaskRecord, Refusal> {
    if !record.status.is_in_the_line() {
        return Err(Refusal::NotInTheLine(record.status));
    }
    let mut dead_letter = finish_dead_lettering(record, now);
    dead_letter.end_claim();
    if record.status != Status::DeadLettering {
        dead_letter.remember_failure(Failure {
            class: FailureClass::Crashed,
            code: "receive_count_exceeded".to_owned(),
            message:
                "the queue moved the message to the dead-letter queue: it was received too often without being settled"
                    .to_owned(),
            attempt: record.attempt,
            generation: record.generation,
            at: now,
            replaced: 0,
            duration_ms: None,
            request_id: record.claimed_by.clone().unwrap_or_default(),
            xray_trace_id: None,
            code_version: String::new(),
            handler_version: None,
            answer: None,
        });
    }
    let reason = "found in the dead-letter queue";
    dead_letter.remember_audit(AuditEntry::new(AuditAction::NativeDeadLetter, now, by, reason));
    Ok(dead_letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::fixture::{accepted, at, dead_lettered, held, processing};

    #[test]
    fn a_dead_letter_is_finished_and_never_expires() {
        let dead_letter = finish_dead_lettering(&processing(), at(3));
        assert_eq!(
            (dead_letter.status, dead_letter.finished_at, dead_letter.expires_at),
            (Status::DeadLettered, Some(at(3)), None)
        );
    }

    #[test]
    fn a_skipped_task_has_no_receipt() {
        assert_eq!(finish_dead_lettering(&held(), at(3)).held_receipt, None);
    }

    #[test]
    fn a_task_given_up_twice_in_one_generation_has_two_deduplication_ids() {
        let first = dead_lettered();
        let second = TaskRecord { attempt: first.attempt + 1, ..first.clone() };
        assert_ne!(dead_letter_dedupe_id(&first), dead_letter_dedupe_id(&second));
        let longest = TaskRecord { attempt: u32::MAX, generation: u32::MAX, ..first };
        assert!(dead_letter_dedupe_id(&longest).len() <= 128);
    }

    #[test]
    fn a_message_moved_by_sqs_becomes_a_dead_letter_with_a_failure() {
        let dead_letter = record_native_dead_letter(&accepted(), "ann", at(3)).unwrap();
        assert_eq!(dead_letter.status, Status::DeadLettered);
        assert_eq!(dead_letter.last_failure().unwrap().code, "receive_count_exceeded");
        assert_eq!(dead_letter.audit.last().unwrap().by, "ann");
    }

    #[test]
    fn a_task_outside_the_line_is_not_recorded_as_a_native_dead_letter() {
        for status in [Status::Completed, Status::Discarded, Status::DeadLettered, Status::Redriving] {
            let record = TaskRecord { status, ..accepted() };
            assert_eq!(record_native_dead_letter(&record, "ann", at(3)), Err(Refusal::NotInTheLine(status)));
        }
    }
}
