//! dead-letter: the second half of giving a task up. The first, with its intent status, is a verdict of [`super::fail`].

use crate::{AuditAction, AuditEntry, Failure, FailureClass, Status, TaskRecord, Timestamp};

use super::Refusal;

/// By what the dead-letter queue knows a dead letter. The attempt keeps apart two deaths of one generation, which happen
/// when SQS itself moves a dead letter back and it dies again within the dedupe window.
pub fn dead_letter_dedupe_id(record: &TaskRecord) -> String {
    format!("{}.{}.{}", record.task_id, record.generation, record.attempt)
}

/// The dead letter is in the dead-letter queue: the line may go on.
pub fn finish_dead_lettering(record: &TaskRecord, now: Timestamp) -> TaskRecord {
    TaskRecord { finished_at: Some(now), held_receipt: None, ..record.next(Status::DeadLettered, now) }
}

/// The queue moved the message by itself (its receive count ran out without a run being able to say why): records it.
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
                "the queue moved the message to the dead-letter queue: it was received too often without an end"
                    .to_owned(),
            attempt: record.attempt,
            generation: record.generation,
            at: now,
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
    fn a_dead_letter_never_expires_and_lets_the_line_go_on() {
        let dead_letter = finish_dead_lettering(&processing(), at(3));
        assert_eq!(
            (dead_letter.status, dead_letter.finished_at, dead_letter.expires_at),
            (Status::DeadLettered, Some(at(3)), None)
        );
    }

    #[test]
    fn a_held_task_that_was_skipped_leaves_no_receipt_behind() {
        assert_eq!(finish_dead_lettering(&held(), at(3)).held_receipt, None);
    }

    #[test]
    fn a_second_death_of_one_generation_has_another_dedupe_id() {
        let first = dead_lettered();
        let second = TaskRecord { attempt: first.attempt + 1, ..first.clone() };
        assert_ne!(dead_letter_dedupe_id(&first), dead_letter_dedupe_id(&second));
        let longest = TaskRecord { attempt: u32::MAX, generation: u32::MAX, ..first };
        assert!(dead_letter_dedupe_id(&longest).len() <= 128);
    }

    #[test]
    fn a_message_that_sqs_moved_is_a_dead_letter_with_a_reason() {
        let dead_letter = record_native_dead_letter(&accepted(), "ann", at(3)).unwrap();
        assert_eq!(dead_letter.status, Status::DeadLettered);
        assert_eq!(dead_letter.last_failure().unwrap().code, "receive_count_exceeded");
        assert_eq!(dead_letter.audit.last().unwrap().by, "ann");
    }

    #[test]
    fn what_is_finished_is_not_made_a_dead_letter_again() {
        for status in [Status::Completed, Status::Discarded, Status::DeadLettered, Status::Redriving] {
            let record = TaskRecord { status, ..accepted() };
            assert_eq!(record_native_dead_letter(&record, "ann", at(3)), Err(Refusal::NotInTheLine(status)));
        }
    }
}
