//! Finds tasks whose messages are missing from the line. Only an empty line proves that a message is missing.
//!
//! The counts of SQS "may not achieve consistency until at least 1 minute after the producers stop sending" (API
//! reference, GetQueueAttributes). So if counts lag, one count of 0 proves nothing: the line is counted again after that time,
//! and only a task whose record did not change meanwhile is missing.

use chrono::TimeDelta;
use shared::{
    TaskRecord, Timestamp,
    limits::DEDUPE_SECONDS,
    ports::{DeliverySwitch, PortError, TaskQueue, TaskRecords},
};

use crate::Operations;

/// The count of the line before the records were read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FirstCount {
    at: Timestamp,
    is_empty: bool,
}

impl FirstCount {
    /// Whether the message of this task may be missing; [`Operations::missing`] finds out.
    pub(crate) fn may_be_missing(self, record: &TaskRecord) -> bool {
        self.is_empty && is_missing(record, self.at)
    }
}

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Call it before the records are read, so that no message that is being enqueued counts as missing.
    pub(crate) async fn count_line(&self) -> Result<FirstCount, PortError> {
        let status = self.line.status().await?;
        Ok(FirstCount { at: self.clock.now(), is_empty: status.waiting + status.in_flight == 0 })
    }

    /// The `candidates` whose message is missing. Waits as long as counts can lag, unless there are no candidates.
    pub(crate) async fn missing(
        &self,
        first: FirstCount,
        candidates: Vec<TaskRecord>,
    ) -> Result<Vec<TaskRecord>, PortError> {
        if candidates.is_empty() {
            return Ok(candidates);
        }
        self.clock.sleep_until(first.at + TimeDelta::seconds(i64::from(self.counts_lag_seconds))).await;
        if !self.count_line().await?.is_empty {
            return Ok(Vec::new());
        }
        let mut missing = self.unchanged(candidates).await?;
        let now = self.clock.now();
        missing.retain(|record| is_missing(record, now));
        Ok(missing)
    }
}

/// Whether the message of a task is missing if the line is empty. One that was enqueued or acknowledged just now may not be
/// counted yet. An enqueue time far in the future comes from a wrong clock.
fn is_missing(record: &TaskRecord, now: Timestamp) -> bool {
    let is_settled = (now - record.enqueued_at).abs() > TimeDelta::seconds(i64::from(DEDUPE_SECONDS));
    let is_alive = record.leased_until(now).is_some();
    record.status.is_in_the_line() && !is_alive && is_settled
}

#[cfg(test)]
mod tests {
    use shared::Status;

    use super::*;
    use crate::{
        Difference, UnprovenCase,
        fake::{FakeOperations, fake},
        fixture::{at, edited, record},
    };

    /// Long after every message must be counted.
    const LATER: i64 = 10_000;

    fn count_line_as(operations: &FakeOperations, messages: u64) {
        *operations.line.counted.lock().unwrap() = Some(messages);
    }

    #[tokio::test]
    async fn a_line_whose_counts_lag_is_empty_only_if_a_second_count_confirms_it() {
        let accepted = || vec![record(Status::Accepted, 1)];
        let (operations, slept) =
            fake(at(LATER), accepted(), Box::new(|operations| count_line_as(operations, 1)));
        count_line_as(&operations, 0);
        assert_eq!(operations.differences().await.unwrap().repairs, [], "the first count was too low");
        assert_eq!(*slept.lock().unwrap(), [60]);

        let (operations, slept) = fake(at(LATER), accepted(), Box::new(|_| {}));
        let found = operations.differences().await.unwrap();
        assert_eq!(found.repairs[0].difference, Difference::MissingFromTheLine);
        assert_eq!(*slept.lock().unwrap(), [60]);
    }

    #[tokio::test]
    async fn verify_uses_the_same_rule() {
        let accepted = || vec![record(Status::Accepted, 1)];
        let (operations, _) =
            fake(at(LATER), accepted(), Box::new(|operations| count_line_as(operations, 1)));
        count_line_as(&operations, 0);
        assert_eq!(operations.verify().await.unwrap().unproven, []);

        let (operations, _) = fake(at(LATER), accepted(), Box::new(|_| {}));
        let found = operations.verify().await.unwrap().unproven;
        assert!(matches!(found[..], [UnprovenCase::MissingFromTheLine { .. }]), "{found:?}");
    }

    #[tokio::test]
    async fn a_task_whose_record_changed_meanwhile_is_not_missing() {
        let complete = |operations: &FakeOperations| {
            let mut records = operations.records.0.lock().unwrap();
            records[0] = edited(record(Status::Processing, 1), |record| record.revision = 9);
        };
        let (operations, _) = fake(at(LATER), vec![record(Status::Accepted, 1)], Box::new(complete));
        assert_eq!(operations.differences().await.unwrap().repairs, []);
    }

    #[tokio::test]
    async fn without_candidates_there_is_no_wait() {
        for records in [vec![], vec![record(Status::Completed, 1), record(Status::DeadLettered, 2)]] {
            let (operations, slept) = fake(at(LATER), records, Box::new(|_| {}));
            assert!(operations.differences().await.unwrap().is_nothing());
            assert!(slept.lock().unwrap().is_empty());
        }
        let (operations, slept) = fake(at(LATER), vec![record(Status::Accepted, 1)], Box::new(|_| {}));
        count_line_as(&operations, 1);
        assert!(operations.differences().await.unwrap().is_nothing());
        assert!(slept.lock().unwrap().is_empty());
    }

    #[test]
    fn a_task_is_missing_from_an_empty_line_once_its_message_must_be_counted_and_no_run_has_it() {
        let window = i64::from(DEDUPE_SECONDS);
        let now = at(window + 1);
        for status in Status::ALL {
            assert_eq!(is_missing(&record(status, 1), now), status.is_in_the_line(), "{status}");
        }
        assert!(!is_missing(&record(Status::Accepted, 1), at(window)), "it may not be counted yet");
        let leased = |until| edited(record(Status::Processing, 1), |record| record.lease_until = Some(until));
        assert!(!is_missing(&leased(at(window + 2)), now), "it is running");
        assert!(is_missing(&leased(now), now), "its run is over");
    }
}
