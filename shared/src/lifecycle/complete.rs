//! complete: a task succeeds.

use crate::{
    DroppedResult, Json, Status, TaskRecord, Timestamp, dropped_result::bounded_result,
    failure::bounded_version,
};

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
/// [`super::repetition`] judges earlier failures. An empty version counts as none, and so does the result `null`.
pub fn complete_by(
    run: &TaskRecord,
    handler_version: Option<&str>,
    result: Result<Option<Json>, DroppedResult>,
    now: Timestamp,
) -> TaskRecord {
    let handler_version = handler_version.filter(|version| !version.trim().is_empty()).map(bounded_version);
    let (result, result_dropped) = match result.and_then(bounded_result) {
        Ok(result) => (result, None),
        Err(dropped) => (None, Some(dropped)),
    };
    TaskRecord { handler_version, result, result_dropped, ..complete(run, now) }
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
    use crate::limits::RESULT_BYTES_MAX;

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
        let stored = |version| complete_by(&processing(), version, Ok(None), at(9)).handler_version;
        assert_eq!([stored(None), stored(Some("")), stored(Some(" "))], [None, None, None]);
        assert_eq!(stored(Some("2")), Some("2".to_owned()));
    }

    fn completed_with(result: Result<Option<Json>, DroppedResult>) -> TaskRecord {
        complete_by(&processing(), None, result, at(9))
    }

    #[test]
    fn a_result_is_stored_with_the_completion_or_the_reason_why_not() {
        let json = |text| Json::parse(text, 64).unwrap();
        let kept = completed_with(Ok(Some(json("[7]"))));
        assert_eq!((kept.result.clone(), kept.result_dropped), (Some(json("[7]")), None));
        let stored = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<TaskRecord>(&stored).unwrap(), kept);
        let dropped = completed_with(Err(DroppedResult::TooLong));
        assert_eq!((dropped.result, dropped.result_dropped), (None, Some(DroppedResult::TooLong)));
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let text = |bytes| format!("\"{}\"", "x".repeat(bytes - 2));
        for (text, reason) in [
            (nested(64), None),
            (nested(65), Some(DroppedResult::TooDeep)),
            (text(RESULT_BYTES_MAX), None),
            (text(RESULT_BYTES_MAX + 1), Some(DroppedResult::TooLong)),
        ] {
            let result = Json::parse(&text, usize::MAX).unwrap();
            let completed = completed_with(Ok(Some(result)));
            assert_eq!((completed.result_dropped, completed.result.is_some()), (reason, reason.is_none()));
        }
        // A stored `null` would be read back as no result, and the record would differ from the one that was written.
        assert_eq!(completed_with(Ok(Some(json("null")))).result, None);
    }

    #[test]
    fn only_a_completed_record_has_a_result() {
        let mut record = completed_with(Ok(Some(Json::parse("7", 64).unwrap())));
        record.result_dropped = Some(DroppedResult::NotJson);
        let next = record.next(Status::DeadLettered, at(10));
        assert_eq!((next.result, next.result_dropped), (None, None));
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
