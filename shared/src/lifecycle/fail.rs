//! fail: decides what follows a failed attempt: another attempt, the dead-letter queue, or a held line.

use crate::{Failure, Status, TaskRecord, Timestamp};

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
}

/// Decides what follows a failure of `run`. A retryable failure is retried while the generation has attempts left.
pub fn fail(run: &TaskRecord, failure: Failure, policy: FailurePolicy, now: Timestamp) -> AfterFailure {
    let retries = failure.class.is_retryable() && run.attempts_left != Some(0);
    let status = match policy {
        _ if retries => Status::Retrying,
        FailurePolicy::DeadLetter => Status::DeadLettering,
        FailurePolicy::Hold => Status::Held,
    };
    let mut record = run.next(status, now);
    record.end_claim();
    record.remember_failure(failure);
    let record = Box::new(record);
    match policy {
        _ if retries => AfterFailure::RetryLater(record),
        FailurePolicy::DeadLetter => AfterFailure::DeadLetter(record),
        FailurePolicy::Hold => AfterFailure::Hold(record),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        FailureClass,
        lifecycle::fixture::{at, failure, processing},
        limits::FAILURES_KEPT,
    };

    #[test]
    fn a_retryable_failure_is_retried_while_attempts_are_left() {
        for class in
            [FailureClass::Transient, FailureClass::Panicked, FailureClass::Overran, FailureClass::Crashed]
        {
            for policy in [FailurePolicy::DeadLetter, FailurePolicy::Hold] {
                let run = TaskRecord { attempts_left: Some(1), ..processing() };
                let verdict = fail(&run, failure(class), policy, at(1));
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
        let dead = fail(&run, transient(), FailurePolicy::DeadLetter, at(1));
        assert!(matches!(dead, AfterFailure::DeadLetter(record) if record.status == Status::DeadLettering));
        let held = fail(&run, transient(), FailurePolicy::Hold, at(1));
        assert!(matches!(held, AfterFailure::Hold(record) if record.status == Status::Held));
    }

    #[test]
    fn a_permanent_failure_is_never_retried() {
        for class in [FailureClass::Permanent, FailureClass::Undecodable] {
            let verdict = fail(&processing(), failure(class), FailurePolicy::DeadLetter, at(1));
            assert!(matches!(verdict, AfterFailure::DeadLetter(_)), "{class}");
        }
    }

    #[test]
    fn the_last_ten_failures_are_kept_newest_last() {
        let mut run = processing();
        for attempt in 1..=FAILURES_KEPT as u32 + 3 {
            let latest = Failure { attempt, ..failure(FailureClass::Transient) };
            let AfterFailure::RetryLater(record) = fail(&run, latest, FailurePolicy::DeadLetter, at(1))
            else {
                unreachable!("a transient failure with attempts left is retried")
            };
            run = *record;
        }
        let attempts: Vec<_> = run.failures.iter().map(|failure| failure.attempt).collect();
        assert_eq!(attempts, (4..=13).collect::<Vec<_>>());
    }

    #[test]
    fn a_failed_run_ends_its_claim() {
        let AfterFailure::RetryLater(record) =
            fail(&processing(), failure(FailureClass::Transient), FailurePolicy::DeadLetter, at(1))
        else {
            unreachable!("a transient failure with attempts left is retried")
        };
        assert_eq!((record.lease_until, record.revision), (None, processing().revision + 1));
    }
}
