//! Finds tasks that overtook a dead letter: accepted after it, and completed after it left the line.
//!
//! There is no index for this, as every task would have to pay for it. So records are read one after the other, by default only a
//! limited number: on one machine the newest, on AWS whichever DynamoDB returns first.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::{
    SequenceNumber, Status, TaskId, TaskRecord, Timestamp,
    ports::{DeliverySwitch, PortError, TaskQueue, TaskRecords},
};

use crate::{Operations, operations::PAGE};

/// How many overtakers are named.
const FIRST: usize = 5;

/// The default limit: ten pages, a second or two on AWS.
const USUAL: usize = 5_000;

/// How many records to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchLimit {
    /// So many: the cost does not depend on the size of the table.
    Records(usize),
    /// All records.
    All,
}

impl SearchLimit {
    /// The default.
    pub const USUAL: Self = Self::Records(USUAL);
}

/// The tasks that overtook a dead letter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Overtakers {
    /// How many tasks overtook it; a lower bound unless `all_seen`.
    pub count: usize,
    /// The first of them, by rising sequence number.
    pub first: Vec<Overtaker>,
    /// How many records were read.
    pub records_seen: usize,
    /// Whether these were all records.
    pub all_seen: bool,
}

/// A task that overtook it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overtaker {
    pub task_id: TaskId,
    pub first_sequence_number: SequenceNumber,
    pub finished_at: Timestamp,
}

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Finds the tasks that overtook `dead_letter` since it left the line.
    ///
    /// # Errors
    /// [`PortError`] if the records can't be read.
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
            let is_limit_reached =
                matches!(limit, SearchLimit::Records(records) if found.records_seen >= records);
            if found.all_seen || is_limit_reached {
                found.first = first.into_values().collect();
                return Ok(found);
            }
            after = page.next;
        }
    }
}

fn overtaker_of(dead_letter: &TaskRecord, record: &TaskRecord) -> Option<Overtaker> {
    let (position, left_at) = (dead_letter.first_sequence_number?, dead_letter.finished_at?);
    let (later_position, finished_at) = (record.first_sequence_number?, record.finished_at?);
    let overtook = record.status == Status::Completed && later_position > position && finished_at > left_at;
    overtook.then_some(Overtaker {
        task_id: record.task_id,
        first_sequence_number: later_position,
        finished_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, edited, record};

    fn finished(status: Status, place: u8, seconds: i64) -> TaskRecord {
        edited(record(status, place), |record| record.finished_at = Some(at(seconds)))
    }

    #[test]
    fn a_dead_letter_is_overtaken_by_later_tasks_that_were_completed_after_it_left_the_line() {
        let dead_letter = finished(Status::DeadLettered, 5, 100);
        let overtakes = |record: &TaskRecord| overtaker_of(&dead_letter, record).is_some();
        assert!(overtakes(&finished(Status::Completed, 6, 101)));
        assert!(!overtakes(&dead_letter), "itself");
        assert!(!overtakes(&finished(Status::Completed, 4, 101)), "it was accepted before the dead letter");
        assert!(!overtakes(&finished(Status::Completed, 5, 101)), "it has the same sequence number");
        assert!(!overtakes(&finished(Status::Completed, 6, 99)), "the dead letter was still in the line");
        assert!(
            !overtakes(&finished(Status::Completed, 6, 100)),
            "it was completed before the dead letter left"
        );
        assert!(!overtakes(&finished(Status::DeadLettered, 6, 101)), "it was not completed");
        assert!(!overtakes(&record(Status::Accepted, 6)), "it is not finished");
    }
}
