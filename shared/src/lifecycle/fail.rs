//! fail: decides what follows a failed attempt: another attempt, the dead-letter queue, or a held line.

use chrono::TimeDelta;

use crate::{Failure, Status, TaskRecord, Timestamp};

use super::cancel::discard_cancelled;

/// What happens to a task that can't succeed. A setting of the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailurePolicy {
    /// The task goes to the dead-letter queue, and the line goes on.
    DeadLetter,
    /// The line is held at the task until an operator decides.
    Hold,
}

/// What to do after a failure. Each case has the revision to write first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterFailure {
    /// Let the message be redelivered at the head of the line after a wait.
    RetryLater(Box<TaskRecord>),
    /// Send the message to the dead-letter queue, then finish dead-lettering, then acknowledge.
    DeadLetter(Box<TaskRecord>),
    /// Keep the message hidden, so that nothing behind it is delivered.
    Hold(Box<TaskRecord>),
    /// Acknowledge: its submitter asked to cancel it, so no further attempt is made.
    Discard(Box<TaskRecord>),
}

impl AfterFailure {
    /// The revision to write.
    pub fn record(&self) -> &TaskRecord {
        let (Self::RetryLater(record)
        | Self::DeadLetter(record)
        | Self::Hold(record)
        | Self::Discard(record)) = self;
        record
    }
}

/// The terms of a decision on a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureTerms {
    /// The time of the decision.
    pub now: Timestamp,
    /// What happens to a task that can't succeed.
    pub policy: FailurePolicy,
    /// How long unavailable failures in a row spend no attempt.
    pub unavailable_max: TimeDelta,
}

/// Decides what follows a failure of `run`. An unavailable failure says nothing about the task: its attempt is given back
/// while the outage is not too long, and the number of the attempt stays used. Any other retryable failure is retried while
/// the generation has attempts left. A cancelled task is not retried.
pub fn fail(run: &TaskRecord, failure: Failure, terms: &FailureTerms) -> AfterFailure {
    if run.cancel_requested_at.is_some() {
        return AfterFailure::Discard(Box::new(discard_cancelled(run, failure, terms.now)));
    }
    let class = failure.class;
    let mut record = run.next(Status::Retrying, terms.now);
    record.end_claim();
    record.remember_failure(failure);
    if record.unavailable_since.is_some_and(|since| terms.now - since < terms.unavailable_max) {
        record.attempts_left = record.attempts_left.map(|left| left.saturating_add(1));
    }
    let retries = class.is_retryable() && record.attempts_left != Some(0);
    let mut record = Box::new(record);
    match terms.policy {
        _ if retries => AfterFailure::RetryLater(record),
        FailurePolicy::DeadLetter => {
            record.status = Status::DeadLettering;
            AfterFailure::DeadLetter(record)
        }
        FailurePolicy::Hold => {
            record.status = Status::Held;
            AfterFailure::Hold(record)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        FailureClass,
        lifecycle::{
            Arrival, claim, complete,
            fixture::{
                UNAVAILABLE_SECONDS_MAX, at, delivery, failure, failure_terms, granted, message, processing,
                terms,
            },
        },
        limits::FAILURES_KEPT,
    };

    const POLICIES: [FailurePolicy; 2] = [FailurePolicy::DeadLetter, FailurePolicy::Hold];

    fn retried(run: &TaskRecord, failure: Failure, seconds: i64) -> TaskRecord {
        match fail(run, failure, &failure_terms(FailurePolicy::DeadLetter, seconds)) {
            AfterFailure::RetryLater(record) => *record,
            other => unreachable!("expected a retry, got {other:?}"),
        }
    }

    /// A failure of `run` at `seconds`.
    fn failure_of(run: &TaskRecord, class: FailureClass, seconds: i64) -> Failure {
        Failure { attempt: run.attempt, at: at(seconds), ..failure(class) }
    }

    /// The next attempt at `record`, begun at `seconds`.
    fn next_attempt(record: &TaskRecord, seconds: i64) -> TaskRecord {
        granted(claim(Some(record), &Arrival::read(&delivery(&message(), 10)), &terms(seconds)))
    }

    /// One attempt at `record` that finds the handler unavailable.
    fn unavailable_again(record: &TaskRecord, seconds: i64) -> TaskRecord {
        let run = next_attempt(record, seconds);
        retried(&run, failure_of(&run, FailureClass::Unavailable, seconds), seconds)
    }

    /// A record whose first attempt found the handler unavailable at second 2.
    fn unavailable() -> TaskRecord {
        retried(&processing(), failure_of(&processing(), FailureClass::Unavailable, 2), 2)
    }

    #[test]
    fn a_retryable_failure_is_retried_while_attempts_are_left() {
        for class in FailureClass::ALL.into_iter().filter(|class| class.is_retryable()) {
            for policy in POLICIES {
                let run = TaskRecord { attempts_left: Some(1), ..processing() };
                let verdict = fail(&run, failure(class), &failure_terms(policy, 1));
                assert!(
                    matches!(&verdict, AfterFailure::RetryLater(record) if record.status == Status::Retrying),
                    "{class}"
                );
            }
        }
    }

    #[test]
    fn without_attempts_left_the_policy_decides() {
        let run = TaskRecord { attempts_left: Some(0), ..processing() };
        let transient = || failure(FailureClass::Transient);
        let dead = fail(&run, transient(), &failure_terms(FailurePolicy::DeadLetter, 1));
        assert!(matches!(dead, AfterFailure::DeadLetter(record) if record.status == Status::DeadLettering));
        let held = fail(&run, transient(), &failure_terms(FailurePolicy::Hold, 1));
        assert!(matches!(held, AfterFailure::Hold(record) if record.status == Status::Held));
    }

    #[test]
    fn a_permanent_failure_is_never_retried() {
        for class in [FailureClass::Permanent, FailureClass::Undecodable] {
            let verdict = fail(&processing(), failure(class), &failure_terms(FailurePolicy::DeadLetter, 1));
            assert!(matches!(verdict, AfterFailure::DeadLetter(_)), "{class}");
        }
    }

    #[test]
    fn an_unavailable_failure_spends_no_attempt_and_its_number_stays_used() {
        for policy in POLICIES {
            let run = TaskRecord { attempts_left: Some(0), ..processing() };
            let verdict = fail(&run, failure(FailureClass::Unavailable), &failure_terms(policy, 2));
            let AfterFailure::RetryLater(record) = verdict else { unreachable!("{verdict:?}") };
            assert_eq!((record.attempt, record.attempts_left), (run.attempt, Some(1)));
        }
        let again = unavailable_again(&unavailable(), 3);
        assert_eq!((again.attempt, again.attempts_left), (2, Some(3)));
        let run = next_attempt(&again, 4);
        let transient = retried(&run, failure_of(&run, FailureClass::Transient, 4), 4);
        assert_eq!((transient.attempt, transient.attempts_left), (3, Some(2)));
    }

    #[test]
    fn the_outage_begins_with_its_first_failure_and_ends_with_any_other_outcome() {
        let again = unavailable_again(&unavailable(), 30);
        assert_eq!(again.unavailable_since, Some(at(2)));
        let run = next_attempt(&again, 40);
        assert_eq!(run.unavailable_since, Some(at(2)), "the outcome of this attempt is not known yet");
        for class in FailureClass::ALL.into_iter().filter(|class| *class != FailureClass::Unavailable) {
            let after = fail(&run, failure_of(&run, class, 41), &failure_terms(FailurePolicy::Hold, 41));
            let other = after.record().clone();
            assert_eq!(other.unavailable_since, None, "{class}");
            let next = unavailable_again(&TaskRecord { status: Status::Retrying, ..other }, 50);
            assert_eq!(next.unavailable_since, Some(at(50)), "the next outage begins later");
        }
        assert_eq!(complete(&run, at(41)).unavailable_since, None);
        let crashed = next_attempt(&run, 400);
        assert_eq!((crashed.attempts_left, crashed.unavailable_since), (Some(1), None), "a crash");
    }

    #[test]
    fn after_the_longest_outage_unavailable_failures_spend_attempts() {
        let last = 2 + UNAVAILABLE_SECONDS_MAX;
        let mut record = unavailable_again(&unavailable(), last - 1);
        assert_eq!(record.attempts_left, Some(3), "one second less is not too long");
        for left in [2, 1] {
            record = unavailable_again(&record, last);
            assert_eq!(record.attempts_left, Some(left));
        }
        let run = next_attempt(&record, last);
        for policy in POLICIES {
            let failure = failure_of(&run, FailureClass::Unavailable, last);
            match fail(&run, failure, &failure_terms(policy, last)) {
                AfterFailure::DeadLetter(dead) => assert_eq!(dead.unavailable_since, Some(at(2))),
                AfterFailure::Hold(held) => assert_eq!(held.unavailable_since, Some(at(2))),
                AfterFailure::RetryLater(_) | AfterFailure::Discard(_) => {
                    unreachable!("its attempts are spent, and it is not cancelled")
                }
            }
        }
    }

    #[test]
    fn a_clock_that_was_ahead_does_not_lengthen_the_outage() {
        let ahead =
            retried(&processing(), failure_of(&processing(), FailureClass::Unavailable, 90_000), 90_000);
        let corrected = unavailable_again(&ahead, 10);
        assert_eq!(corrected.unavailable_since, Some(at(10)));
        let spent = unavailable_again(&corrected, 10 + UNAVAILABLE_SECONDS_MAX);
        assert_eq!(spent.attempts_left, Some(2));
    }

    #[test]
    fn an_outage_replaces_its_own_failures_and_keeps_those_before_it() {
        let mut record = processing();
        for _ in 0..2 {
            record = retried(&record, failure_of(&record, FailureClass::Transient, 1), 1);
            record = TaskRecord { attempts_left: Some(3), ..next_attempt(&record, 1) };
        }
        record = retried(&record, failure_of(&record, FailureClass::Unavailable, 2), 2);
        for _ in 0..2 * FAILURES_KEPT {
            record = unavailable_again(&record, 3);
        }
        let kept: Vec<_> = record.failures.iter().map(|it| (it.class, it.attempt, it.replaced)).collect();
        let (transient, unavailable) = (FailureClass::Transient, FailureClass::Unavailable);
        assert_eq!(kept, [(transient, 1, 0), (transient, 2, 0), (unavailable, 23, 20)]);
        let run = next_attempt(&record, 4);
        let ended = retried(&run, failure_of(&run, FailureClass::Overran, 4), 4);
        let next = unavailable_again(&ended, 5);
        assert_eq!(next.failures.len(), 5, "a second outage is another failure");
        assert_eq!(next.last_failure().map(|failure| failure.replaced), Some(0));
    }

    #[test]
    fn the_last_ten_failures_are_kept_newest_last() {
        let mut run = processing();
        for attempt in 1..=FAILURES_KEPT as u32 + 3 {
            run = retried(&run, Failure { attempt, ..failure(FailureClass::Transient) }, 1);
        }
        let attempts: Vec<_> = run.failures.iter().map(|failure| failure.attempt).collect();
        assert_eq!(attempts, (4..=13).collect::<Vec<_>>());
    }

    #[test]
    fn a_failed_run_ends_its_claim() {
        let record = retried(&processing(), failure(FailureClass::Transient), 1);
        assert_eq!((record.lease_until, record.revision), (None, processing().revision + 1));
    }
}
