//! renew: a run that is longer than a lease keeps its claim.

use crate::{Status, TaskRecord, Timestamp};

/// The record of a run that lasts, with a lease that ends at `lease_until`. It is written against the newest revision that
/// the run knows, so a run whose claim was taken over can't renew it.
pub fn renew(run: &TaskRecord, lease_until: Timestamp, now: Timestamp) -> TaskRecord {
    TaskRecord { lease_until: Some(lease_until), ..run.next(Status::Processing, now) }
}

/// What a run does when the record isn't the revision that it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterConflict {
    /// The claim is still its own: continue from this revision. It was renewed by a call whose answer was lost, or its
    /// submitter asked to cancel the task.
    Continue(Box<TaskRecord>),
    /// Change nothing: another run has the claim, or the task left this run otherwise.
    ClaimLost,
}

/// Decides for `run` from the existing record. Every claim has another attempt, so the attempt tells whose claim it is.
pub fn after_conflict(run: &TaskRecord, present: Option<Box<TaskRecord>>) -> AfterConflict {
    let claim =
        |record: &TaskRecord| (record.status, record.generation, record.attempt, record.claimed_by.clone());
    match present {
        Some(present) if claim(&present) == claim(run) => AfterConflict::Continue(present),
        _ => AfterConflict::ClaimLost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AuditAction, FailureClass,
        lifecycle::{
            AfterFailure, Arrival, Claim, FailurePolicy, cancel, claim, complete, enqueue_missing, fail,
            fixture::{
                LEASE_SECONDS, at, delivery, entry, failure, failure_terms, granted, message, processing,
                sequence, terms,
            },
            record_native_dead_letter,
        },
    };

    fn decide(present: TaskRecord) -> AfterConflict {
        after_conflict(&processing(), Some(Box::new(present)))
    }

    fn delivered_at(record: &TaskRecord, seconds: i64) -> Claim {
        claim(Some(record), &Arrival::read(&delivery(&message(), 10)), &terms(seconds))
    }

    #[test]
    fn a_renewed_claim_is_the_same_claim_with_a_later_end() {
        let run = processing();
        let renewed = renew(&run, at(90), at(60));
        let expected = TaskRecord { revision: run.revision + 1, lease_until: Some(at(90)), ..run };
        assert_eq!(renewed, expected);
    }

    #[test]
    fn a_renewed_claim_is_busy_until_its_new_end_and_is_taken_over_then() {
        let renewed = renew(&processing(), at(60 + LEASE_SECONDS), at(60));
        assert_eq!(delivered_at(&renewed, 61), Claim::Busy { until: at(60 + LEASE_SECONDS) });
        assert_eq!(granted(delivered_at(&renewed, 60 + LEASE_SECONDS)).attempt, 2);
    }

    #[test]
    fn a_renewal_and_a_wish_to_cancel_leave_the_claim_with_its_run() {
        let renewed = renew(&processing(), at(90), at(60));
        let wished = cancel(&renewed, at(61)).unwrap();
        for present in [renewed, wished] {
            assert_eq!(decide(present.clone()), AfterConflict::Continue(Box::new(present)));
        }
        let wished = cancel(&processing(), at(61)).unwrap();
        assert_eq!(renew(&wished, at(90), at(62)).cancel_requested_at, Some(at(61)));
    }

    #[test]
    fn every_other_change_takes_the_claim_from_its_run() {
        let taken_over = granted(delivered_at(&processing(), 1 + LEASE_SECONDS));
        let AfterFailure::RetryLater(retried) = fail(
            &processing(),
            failure(FailureClass::Transient),
            &failure_terms(FailurePolicy::DeadLetter, 2),
        ) else {
            unreachable!("a transient failure with attempts left is retried")
        };
        let claimed_again = granted(delivered_at(&retried, 3));
        let sent_again = enqueue_missing(&processing(), entry(AuditAction::Enqueue), at(9)).unwrap();
        let moved_by_sqs = record_native_dead_letter(&processing(), "ann", at(9)).unwrap();
        let by_another = TaskRecord { claimed_by: Some("another".to_owned()), ..processing() };
        for present in [
            taken_over,
            *retried,
            claimed_again,
            complete(&processing(), at(2)),
            TaskRecord { sequence_number: Some(sequence(11)), ..sent_again },
            moved_by_sqs,
            by_another,
            TaskRecord { attempt: 2, ..processing() },
            TaskRecord { generation: 1, ..processing() },
        ] {
            assert_eq!(decide(present.clone()), AfterConflict::ClaimLost, "{present:?}");
        }
        assert_eq!(after_conflict(&processing(), None), AfterConflict::ClaimLost);
    }
}
