//! redrive: a dead letter is sent to the end of the line again, as the next generation.
//!
//! The steps are begin, enqueue, finish. Between begin and finish the record stays in the index of records that need
//! attention, so an interrupted redrive is visible. Running it again finishes it: it sends the same deduplication id.

use crate::{AuditEntry, Content, SequenceNumber, Status, TaskRecord, Timestamp};

use super::{PresentHandler, Refusal, Repetition, repetition};

/// Whether to redrive a task that would fail again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// Refuse a task that would fail the same way again.
    No,
    /// Redrive it anyway.
    Yes,
}

/// Begins a redrive. Returns the unchanged record of a redrive that was interrupted.
///
/// # Errors
/// - [`Refusal::NotDeadLettered`] when the task isn't a dead letter.
/// - [`Refusal::NothingToRedrive`] when its body can't be decoded: amend or discard it.
/// - [`Refusal::WouldFailAgain`] when its failure is deterministic, and it is known that neither the handler nor the task
///   has changed since.
pub fn begin_redrive(
    record: &TaskRecord,
    force: Force,
    present: &PresentHandler,
    entry: AuditEntry,
    now: Timestamp,
) -> Result<TaskRecord, Refusal> {
    match record.status {
        Status::Redriving => return Ok(record.clone()),
        Status::DeadLettered => {}
        status => return Err(Refusal::NotDeadLettered(status)),
    }
    if matches!(record.content, Content::Raw(_)) {
        return Err(Refusal::NothingToRedrive);
    }
    if force == Force::No
        && let Repetition::Expected(refusal) = repetition(record, present)
    {
        return Err(refusal);
    }
    let mut redriven = TaskRecord {
        generation: record.generation + 1,
        attempts_left: None,
        unavailable_since: None,
        sequence_number: None,
        started_at: None,
        cancel_requested_at: None,
        ..record.next(Status::Redriving, now)
    };
    redriven.remember_audit(entry);
    Ok(redriven)
}

/// Finishes the redrive of this `generation`, whose message was enqueued with `sequence_number`. A delayed caller that began an earlier
/// redrive must not finish a later one, whose message may not be sent yet.
///
/// # Errors
/// [`Refusal::NotRedriving`] when a processor has claimed the task, which ends the redrive too, or when a later redrive has
/// begun.
pub fn finish_redrive(
    record: &TaskRecord,
    generation: u32,
    sequence_number: SequenceNumber,
    now: Timestamp,
) -> Result<TaskRecord, Refusal> {
    match record.status {
        Status::Redriving if record.generation == generation => Ok(TaskRecord {
            sequence_number: Some(sequence_number),
            finished_at: None,
            ..record.next(Status::Accepted, now)
        }),
        status => Err(Refusal::NotRedriving(status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AuditAction, FailureClass,
        lifecycle::{
            amend,
            fixture::{
                VERSION, accepted, at, dead_lettered, dead_lettered_by, entry, sequence, task, undecodable,
            },
        },
    };

    fn begin(record: &TaskRecord, force: Force, version: &str) -> Result<TaskRecord, Refusal> {
        let present = PresentHandler { code_version: Some(version.to_owned()), reported: None };
        begin_redrive(record, force, &present, entry(AuditAction::Redrive), at(5))
    }

    #[test]
    fn an_earlier_redrive_can_not_finish_a_later_one() {
        let later = TaskRecord { generation: 2, ..begin(&dead_lettered(), Force::Yes, VERSION).unwrap() };
        assert_eq!(
            finish_redrive(&later, 1, sequence(20), at(6)),
            Err(Refusal::NotRedriving(Status::Redriving))
        );
        assert!(finish_redrive(&later, 2, sequence(20), at(6)).is_ok());
    }

    #[test]
    fn a_redrive_is_the_next_generation_with_a_new_budget() {
        let record = begin(&dead_lettered_by(FailureClass::Transient), Force::No, VERSION).unwrap();
        assert_eq!((record.status, record.generation, record.attempts_left), (Status::Redriving, 1, None));
        let unavailable = dead_lettered_by(FailureClass::Unavailable);
        assert!(unavailable.unavailable_since.is_some());
        assert_eq!(begin(&unavailable, Force::No, VERSION).unwrap().unavailable_since, None);
        assert_eq!(record.first_sequence_number, dead_lettered().first_sequence_number);
        assert_eq!(
            (record.sequence_number, record.started_at),
            (None, None),
            "it has no sequence number yet"
        );
        assert_eq!(record.finished_at, dead_lettered().finished_at, "it is a dead letter until it is sent");
        let finished = finish_redrive(&record, record.generation, sequence(20), at(6)).unwrap();
        assert_eq!((finished.status, finished.generation), (Status::Accepted, 1));
        assert_eq!((finished.sequence_number, finished.finished_at), (Some(sequence(20)), None));
    }

    #[test]
    fn beginning_a_redrive_again_changes_nothing() {
        let record = begin(&dead_lettered(), Force::Yes, VERSION).unwrap();
        assert_eq!(begin(&record, Force::No, VERSION), Ok(record));
    }

    #[test]
    fn a_deterministic_failure_is_refused_unless_code_or_task_changed_or_it_is_forced() {
        for class in [FailureClass::Permanent, FailureClass::Panicked] {
            let dead_letter = dead_lettered_by(class);
            assert!(
                matches!(begin(&dead_letter, Force::No, VERSION), Err(Refusal::WouldFailAgain { .. })),
                "{class}"
            );
            assert!(begin(&dead_letter, Force::Yes, VERSION).is_ok());
            assert!(begin(&dead_letter, Force::No, "a newer version").is_ok());
            let amended = amend(&dead_letter, task("other"), entry(AuditAction::Amend), at(4)).unwrap();
            assert!(begin(&amended, Force::No, VERSION).is_ok());
        }
    }

    #[test]
    fn a_failure_whose_cause_may_be_over_is_redriven() {
        for class in FailureClass::ALL.into_iter().filter(|class| !class.is_deterministic()) {
            assert!(begin(&dead_lettered_by(class), Force::No, VERSION).is_ok(), "{class}");
        }
    }

    #[test]
    fn an_undecodable_body_is_redriven_only_after_it_is_amended() {
        assert_eq!(begin(&undecodable(), Force::Yes, VERSION), Err(Refusal::NothingToRedrive));
        let amended = amend(&undecodable(), task("amended"), entry(AuditAction::Amend), at(4)).unwrap();
        assert!(begin(&amended, Force::No, VERSION).is_ok());
    }

    #[test]
    fn only_a_dead_letter_is_redriven() {
        for status in Status::ALL {
            let record = TaskRecord { status, ..accepted() };
            if !matches!(status, Status::DeadLettered | Status::Redriving) {
                assert_eq!(begin(&record, Force::Yes, VERSION), Err(Refusal::NotDeadLettered(status)));
            }
            if status != Status::Redriving {
                assert_eq!(
                    finish_redrive(&record, record.generation, sequence(20), at(5)),
                    Err(Refusal::NotRedriving(status))
                );
            }
        }
    }
}
