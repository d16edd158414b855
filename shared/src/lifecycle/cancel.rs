//! cancel: a submitter withdraws a task. No further attempt is made.

use crate::{AuditAction, AuditEntry, Failure, Status, TaskRecord, Timestamp};

use super::Refusal;

/// Discards a task that no attempt handles now; its message is acknowledged when it is delivered. If an attempt handles
/// it, the wish is recorded instead: the run learns of it at its next renewal, and if it doesn't complete the task,
/// `discard_cancelled` follows. Returns the unchanged record if the task was cancelled before.
///
/// # Errors
/// [`Refusal::HasBegun`] when the task was completed, or was given up: operators decide on it.
pub fn cancel(record: &TaskRecord, now: Timestamp) -> Result<TaskRecord, Refusal> {
    match record.status {
        Status::Discarded if record.attempt == 0 || is_cancelled(record) => Ok(record.clone()),
        Status::Processing if record.cancel_requested_at.is_some() => Ok(record.clone()),
        Status::Processing => {
            let wished =
                TaskRecord { cancel_requested_at: Some(now), ..record.next(Status::Processing, now) };
            Ok(audited(wished, "during an attempt", now))
        }
        Status::Accepted | Status::Retrying => {
            let cancelled = TaskRecord { finished_at: Some(now), ..record.next(Status::Discarded, now) };
            let when = if record.attempt == 0 { "before it began" } else { "between two attempts" };
            Ok(audited(cancelled, when, now))
        }
        status => Err(Refusal::HasBegun(status)),
    }
}

fn audited(mut record: TaskRecord, when: &str, now: Timestamp) -> TaskRecord {
    let entry =
        AuditEntry::new(AuditAction::Cancel, now, record.submitted_by.as_str(), &format!("cancelled {when}"));
    record.remember_audit(entry);
    record
}

/// Whether it was the submitter that ended this task, and not an operator.
pub fn is_cancelled(record: &TaskRecord) -> bool {
    let ends = |entry: &&AuditEntry| matches!(entry.action, AuditAction::Cancel | AuditAction::Discard);
    let last = record.audit.iter().rev().find(ends);
    record.status == Status::Discarded && last.is_some_and(|entry| entry.action == AuditAction::Cancel)
}

/// Discards a task whose submitter asked to cancel it, after its attempt ended with this failure.
pub(super) fn discard_cancelled(run: &TaskRecord, failure: Failure, now: Timestamp) -> TaskRecord {
    let mut discarded = TaskRecord { finished_at: Some(now), ..run.next(Status::Discarded, now) };
    discarded.end_claim();
    discarded.remember_failure(failure);
    discarded.unavailable_since = None;
    discarded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        FailureClass,
        lifecycle::{
            AfterFailure, Arrival, Claim, FailurePolicy, Force, PresentHandler, begin_redrive, claim,
            complete, discard, fail,
            fixture::{
                LEASE_SECONDS, accepted, at, dead_lettered, delivery, entry, failure, failure_terms, message,
                processing, terms,
            },
        },
    };

    fn wished() -> TaskRecord {
        cancel(&processing(), at(9)).unwrap()
    }

    fn failed(run: &TaskRecord, class: FailureClass, policy: FailurePolicy) -> AfterFailure {
        fail(run, failure(class), &failure_terms(policy, 10))
    }

    #[test]
    fn a_cancelled_task_is_discarded_in_its_submitters_name() {
        let cancelled = cancel(&accepted(), at(9)).unwrap();
        assert_eq!((cancelled.status, cancelled.finished_at), (Status::Discarded, Some(at(9))));
        assert!(cancelled.expires_at.is_some() && is_cancelled(&cancelled));
        let entry = &cancelled.audit[0];
        assert_eq!(
            (entry.action, entry.by.as_str()),
            (AuditAction::Cancel, accepted().submitted_by.as_str())
        );
    }

    #[test]
    fn cancelling_again_changes_nothing() {
        let AfterFailure::Discard(after_its_run) =
            failed(&wished(), FailureClass::Transient, FailurePolicy::Hold)
        else {
            unreachable!("its submitter asked to cancel it")
        };
        for cancelled in [cancel(&accepted(), at(9)).unwrap(), wished(), *after_its_run] {
            assert_eq!(cancel(&cancelled, at(11)), Ok(cancelled.clone()));
        }
    }

    #[test]
    fn a_task_between_two_attempts_is_discarded_at_once() {
        for status in [Status::Accepted, Status::Retrying] {
            let begun = TaskRecord { status, lease_until: None, ..processing() };
            let cancelled = cancel(&begun, at(9)).unwrap();
            assert_eq!((cancelled.status, cancelled.finished_at), (Status::Discarded, Some(at(9))));
            assert_eq!(cancelled.audit[0].reason, "cancelled between two attempts");
        }
    }

    #[test]
    fn during_an_attempt_only_the_wish_is_recorded_and_the_claim_stays() {
        let run = processing();
        let expected = TaskRecord {
            revision: run.revision + 1,
            cancel_requested_at: Some(at(9)),
            audit: wished().audit,
            ..run.clone()
        };
        assert_eq!(wished(), expected);
        assert_eq!((wished().audit[0].action, wished().audit.len()), (AuditAction::Cancel, 1));
        assert!(!is_cancelled(&wished()), "the attempt may complete it");
    }

    #[test]
    fn a_cancelled_run_that_completes_is_completed() {
        let completed = complete(&wished(), at(10));
        assert_eq!((completed.status, completed.cancel_requested_at), (Status::Completed, Some(at(9))));
        assert_eq!(cancel(&completed, at(11)), Err(Refusal::HasBegun(Status::Completed)));
    }

    #[test]
    fn a_cancelled_run_that_fails_is_never_tried_again() {
        for class in FailureClass::ALL {
            for policy in [FailurePolicy::DeadLetter, FailurePolicy::Hold] {
                let AfterFailure::Discard(record) = failed(&wished(), class, policy) else {
                    unreachable!("its submitter asked to cancel it: {class}")
                };
                assert_eq!((record.status, record.finished_at), (Status::Discarded, Some(at(10))));
                assert_eq!(record.last_failure().map(|failure| failure.class), Some(class));
                assert!(record.lease_until.is_none() && record.expires_at.is_some() && is_cancelled(&record));
                assert_eq!(record.unavailable_since, None, "{class}");
            }
        }
    }

    #[test]
    fn a_cancelled_run_that_crashed_is_discarded_by_the_next_delivery() {
        let delivery = delivery(&message(), 10);
        let decide =
            |record: &TaskRecord, seconds| claim(Some(record), &Arrival::read(&delivery), &terms(seconds));
        let until = at(1 + LEASE_SECONDS);
        assert_eq!(decide(&wished(), LEASE_SECONDS), Claim::Busy { until }, "the run may be alive");
        for attempts_left in [Some(1), Some(0)] {
            let run = TaskRecord { attempts_left, ..wished() };
            let Claim::Cancelled(record) = decide(&run, 1 + LEASE_SECONDS) else {
                unreachable!("its submitter asked to cancel it")
            };
            assert_eq!((record.status, record.attempt), (Status::Discarded, 1));
            assert_eq!(record.last_failure().unwrap().class, FailureClass::Crashed);
            assert_eq!(record.revision, run.revision + 1);
        }
    }

    #[test]
    fn a_task_that_was_given_up_or_completed_is_not_cancelled() {
        for status in Status::ALL {
            let record = TaskRecord { status, attempt: 1, ..accepted() };
            let is_refused = cancel(&record, at(9)) == Err(Refusal::HasBegun(status));
            let is_cancellable = matches!(status, Status::Accepted | Status::Processing | Status::Retrying);
            assert_eq!(is_refused, !is_cancellable, "{status}");
        }
    }

    #[test]
    fn a_task_that_sqs_gave_up_before_any_claim_can_not_be_cancelled() {
        for status in Status::ALL.into_iter().filter(|status| status.needs_attention()) {
            let dead = TaskRecord { status, ..accepted() };
            assert_eq!(cancel(&dead, at(9)), Err(Refusal::HasBegun(status)), "{status}");
        }
    }

    #[test]
    fn an_operator_who_redrives_a_cancelled_dead_letter_decides_against_the_wish() {
        let dead_letter = TaskRecord { cancel_requested_at: Some(at(1)), ..dead_lettered() };
        let handler = PresentHandler::default();
        let redriven =
            begin_redrive(&dead_letter, Force::Yes, &handler, entry(AuditAction::Redrive), at(5)).unwrap();
        assert_eq!(redriven.cancel_requested_at, None);
        let moved_back = claim(Some(&dead_letter), &Arrival::read(&delivery(&message(), 11)), &terms(9));
        let Claim::Granted(run) = moved_back else { unreachable!("SQS moved the dead letter back") };
        assert_eq!(run.cancel_requested_at, None);
    }

    #[test]
    fn a_task_that_an_operator_discarded_is_not_cancelled() {
        let earlier_wish = TaskRecord { audit: wished().audit, ..dead_lettered() };
        let discarded = discard(&earlier_wish, entry(AuditAction::Discard), at(5)).unwrap();
        assert!(!is_cancelled(&discarded));
        assert_eq!(cancel(&discarded, at(9)), Err(Refusal::HasBegun(Status::Discarded)));
    }
}
