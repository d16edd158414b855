//! What overtook a dead letter: tasks accepted behind it that were completed since it left the line.
//!
//! No index says it, and one would have to be paid for with every task. So records are looked at one after the other,
//! and by default only so many of them: on one machine the newest, on AWS whichever DynamoDB keeps first.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::{
    SequenceNumber, Status, TaskId, TaskRecord, Timestamp,
    ports::{DeliverySwitch, PortError, TaskQueue, TaskRecords},
};

use crate::{Operations, operations::PAGE};

/// How many are named.
const FIRST: usize = 5;

/// At so many records it is looked for them, unless all are asked for: ten pages, a second or two on AWS.
const USUAL: usize = 5_000;

/// How far to look for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchLimit {
    /// At so many records: it costs about the same however large the table is.
    Records(usize),
    /// At every record there is.
    All,
}

impl SearchLimit {
    /// As far as nobody minds to wait for.
    pub const USUAL: Self = Self::Records(USUAL);
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Overtakers {
    /// How many tasks overtook it; at least, unless every record was looked at.
    pub count: usize,
    /// The first of those found, by rising place.
    pub first: Vec<Overtaker>,
    /// How many records were looked at.
    pub records_seen: usize,
    /// Whether these were all.
    pub all_seen: bool,
}

/// A task that overtook it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overtaker {
    /// The task.
    pub task_id: TaskId,
    /// The place it was accepted at.
    pub first_sequence_number: SequenceNumber,
    /// When it was completed.
    pub finished_at: Timestamp,
}

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Looks for what overtook `dead_letter` since it left the line.
    ///
    /// # Errors
    /// [`PortError`] when the records can't be asked.
    pub async fn overtakers(
        &self,
        dead_letter: &TaskRecord,
        limit: SearchLimit,
    ) -> Result<Overtakers, PortError> {
        let mut found = Overtakers::default();
        let mut first = BTreeMap::new();
        let mut after = None;
        loop {
            let page = self.records.all(after.as_ref(), PAGE).await?;
            found.records_seen += page.records.len();
            for overtaker in page.records.iter().filter_map(|record| overtaker_of(dead_letter, record)) {
                found.count += 1;
                first.insert(overtaker.first_sequence_number, overtaker);
                if first.len() > FIRST {
                    first.pop_last();
                }
            }
            found.all_seen = page.next.is_none();
            let is_far_enough =
                matches!(limit, SearchLimit::Records(records) if found.records_seen >= records);
            if found.all_seen || is_far_enough {
                found.first = first.into_values().collect();
                return Ok(found);
            }
            after = page.next;
        }
    }
}

fn overtaker_of(dead_letter: &TaskRecord, record: &TaskRecord) -> Option<Overtaker> {
    let (dead_letter_place, left_at) = (dead_letter.first_sequence_number?, dead_letter.finished_at?);
    let (place, finished_at) = (record.first_sequence_number?, record.finished_at?);
    let overtook = record.status == Status::Completed && place > dead_letter_place && finished_at > left_at;
    overtook.then_some(Overtaker { task_id: record.task_id, first_sequence_number: place, finished_at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, edited, record};

    fn finished(status: Status, place: u8, seconds: i64) -> TaskRecord {
        edited(record(status, place), |record| record.finished_at = Some(at(seconds)))
    }

    #[test]
    fn a_dead_letter_is_overtaken_by_what_stood_behind_it_and_was_completed_after_it_died() {
        let dead_letter = finished(Status::DeadLettered, 5, 100);
        let overtakes = |record: &TaskRecord| overtaker_of(&dead_letter, record).is_some();
        assert!(overtakes(&finished(Status::Completed, 6, 101)));
        assert!(!overtakes(&dead_letter), "itself");
        assert!(!overtakes(&finished(Status::Completed, 4, 101)), "it stood before the dead letter");
        assert!(!overtakes(&finished(Status::Completed, 5, 101)), "no two stand at one place");
        assert!(!overtakes(&finished(Status::Completed, 6, 99)), "the dead letter was in the line");
        assert!(
            !overtakes(&finished(Status::Completed, 6, 100)),
            "it was completed before the dead letter left"
        );
        assert!(!overtakes(&finished(Status::DeadLettered, 6, 101)), "it was not completed");
        assert!(!overtakes(&record(Status::Accepted, 6)), "it is not finished");
    }
}
