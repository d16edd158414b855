//! complete: a task succeeds.

use crate::{Json, Status, TaskRecord, Timestamp, failure::bounded_version};

use super::Claim;

/// The record of a run that succeeded. It is written against the revision of the run's claim, so a run whose claim was
/// taken over can't complete the task (promise P3).
pub fn complete(run: &TaskRecord, now: Timestamp) -> TaskRecord {
    let mut record =
        TaskRecord { finished_at: Some(now), unavailable_since: None, ..run.next(Status::Completed, now) };
    record.end_claim();
    record
}

/// The same with the handler's result, and the version that the handler's service reported, from which
/// [`super::repetition`] judges earlier failures. An empty version counts as none.
pub fn complete_by(
    run: &TaskRecord,
    handler_version: Option<&str>,
    result: Option<Json>,
    now: Timestamp,
) -> TaskRecord {
    let handler_version = handler_version.filter(|version| !version.trim().is_empty()).map(bounded_version);
    TaskRecord { handler_version, result, ..complete(run, now) }
}

/// A granted claim and its completion as one write, for tasks whose record is their only effect. It counts as an attempt,
/// and the revision rises by two. An undecodable body stays claimed, since it must fail next; other decisions are returned
/// unchanged.
pub fn complete_at_once(claim: Claim, now: Timestamp) -> Claim {
    match claim {
        Claim::Granted(run) if run.task().is_some() => Claim::Completed(Box::new(complete(&run, now))),
        decided => decided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{
        Arrival, claim,
        fixture::{at, delivery, held, message, processing, raw_delivery, terms},
    };

    #[test]
    fn a_completed_record_is_finished_and_will_expire() {
        let run = processing();
        let record = complete(&run, at(9));
        assert_eq!((record.status, record.revision), (Status::Completed, run.revision + 1));
        assert_eq!((record.finished_at, record.lease_until), (Some(at(9)), None));
        assert!(!record.is_expired(at(29 * 24 * 3600)) && record.is_expired(at(31 * 24 * 3600)));
    }

    #[test]
    fn an_empty_version_counts_as_none() {
        let stored = |version| complete_by(&processing(), version, None, at(9)).handler_version;
        assert_eq!([stored(None), stored(Some("")), stored(Some(" "))], [None, None, None]);
        assert_eq!(stored(Some("2")), Some("2".to_owned()));
    }

    /// The claim of the fixture's message, at sequence number 10 and second 1.
    fn claimed(existing: Option<&TaskRecord>) -> Claim {
        claim(existing, &Arrival::read(&delivery(&message(), 10)), &terms(1))
    }

    #[test]
    fn completing_at_once_equals_a_claim_and_its_completion() {
        let completed = complete(&processing(), at(1));
        assert_eq!(complete_at_once(claimed(None), at(1)), Claim::Completed(Box::new(completed)));
    }

    #[test]
    fn a_claim_that_was_not_granted_is_not_completed() {
        let busy = TaskRecord { lease_until: Some(at(99)), ..processing() };
        for existing in [busy, held(), complete(&processing(), at(1))] {
            let decided = claimed(Some(&existing));
            assert_eq!(complete_at_once(decided.clone(), at(1)), decided);
        }
    }

    #[test]
    fn an_undecodable_body_is_claimed_and_not_completed() {
        let granted = claim(None, &Arrival::read(&raw_delivery("{", 10)), &terms(1));
        assert!(matches!(granted, Claim::Granted(_)));
        assert_eq!(complete_at_once(granted.clone(), at(1)), granted);
    }
}
