//! complete: the end that every task is meant for.

use crate::{Status, TaskRecord, Timestamp};

/// The record of a run that succeeded. Written against the revision of its own claim, so a run whose claim was taken
/// over completes nothing (promise P3).
pub fn complete(run: &TaskRecord, now: Timestamp) -> TaskRecord {
    let mut record = TaskRecord { finished_at: Some(now), ..run.next(Status::Completed, now) };
    record.end_claim();
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::fixture::{at, processing};

    #[test]
    fn a_completed_record_is_finished_and_will_expire() {
        let run = processing();
        let record = complete(&run, at(9));
        assert_eq!((record.status, record.revision), (Status::Completed, run.revision + 1));
        assert_eq!((record.finished_at, record.lease_until), (Some(at(9)), None));
        assert!(!record.is_expired(at(29 * 24 * 3600)) && record.is_expired(at(31 * 24 * 3600)));
    }
}
