//! reconcile: where the records and the queues say different things, and what puts it right.
//!
//! Differences arise only outside of Taskline's own steps: SQS moves a message by itself, somebody purges a queue, a
//! redrive or an accept is interrupted and not run again.

use chrono::TimeDelta;
use shared::{
    AuditAction, Delivery, Status, TaskId, TaskRecord, Timestamp,
    lifecycle::{self, Arrival},
    limits::DEDUPE_SECONDS,
    ports::{Expected, Line, PortError, TaskQueue, TaskRecords},
};

use super::{ChangeError, Desk, sweep::Letter};

/// A difference between records and queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// In the dead-letter queue, while its record says it is in the line.
    MovedNatively,
    /// In the dead-letter queue, without any record.
    Unrecorded,
    /// Its redrive began and did not end.
    RedriveInterrupted,
    /// In the line by its record, while the line is empty.
    MissingFromTheLine,
}

impl Difference {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::MovedNatively => {
                "SQS moved it to the dead-letter queue by itself: will be recorded as a dead letter"
            }
            Self::Unrecorded => {
                "it is in the dead-letter queue without a record: will be recorded as a dead letter"
            }
            Self::RedriveInterrupted => "its redrive was interrupted: will be finished",
            Self::MissingFromTheLine => "its message is not in the line: will be enqueued again",
        }
    }
}

/// A task with a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The task.
    pub task_id: TaskId,
    /// What is wrong with it.
    pub difference: Difference,
    /// The record as it should be, where writing it is the repair.
    recorded: Option<(Box<TaskRecord>, Expected)>,
}

/// What a reconciliation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The differences, in the order to repair them in.
    pub repairs: Vec<Repair>,
    /// How many letters lie behind those that could be looked at.
    pub letters_not_seen: u64,
}

impl<R: TaskRecords, Q: TaskQueue, L: Line> Desk<R, Q, L> {
    /// Looks for differences, and changes nothing.
    ///
    /// # Errors
    /// [`PortError`] when the pipeline does not answer.
    pub async fn differences(&self) -> Result<Reconciliation, PortError> {
        let letters = self.letters_at_the_head().await?;
        let depth = self.dead_letter_queue.depth().await?;
        self.show_again(&letters).await?;
        let mut repairs: Vec<_> =
            letters.iter().filter_map(|(delivery, letter)| self.repair_of_letter(delivery, letter)).collect();
        let redriving =
            self.needing_a_person(usize::MAX, |record| record.status == Status::Redriving).await?;
        repairs.extend(redriving.iter().map(|record| Repair::of(record, Difference::RedriveInterrupted)));
        self.add_missing(&mut repairs).await?;
        Ok(Reconciliation { repairs, letters_not_seen: depth.waiting })
    }

    fn repair_of_letter(&self, delivery: &Delivery, letter: &Letter) -> Option<Repair> {
        let now = self.clock.now();
        let record_dead = |record: &TaskRecord, difference, expected| {
            let letter = lifecycle::record_native_dead_letter(record, &self.operator, now).ok()?;
            Some(Repair { task_id: record.task_id, difference, recorded: Some((Box::new(letter), expected)) })
        };
        match letter {
            Letter::MovedNatively(Some(record)) if record.lease_until.is_some_and(|until| until > now) => {
                None
            }
            Letter::MovedNatively(Some(record)) => {
                record_dead(record, Difference::MovedNatively, Expected::Revision(record.revision))
            }
            Letter::MovedNatively(None) => {
                let record = Arrival::read(delivery).new_record();
                record_dead(&record, Difference::Unrecorded, Expected::Absent)
            }
            Letter::Standing | Letter::Stale => None,
        }
    }

    /// Only an empty line proves that a message is missing.
    async fn add_missing(&self, repairs: &mut Vec<Repair>) -> Result<(), PortError> {
        let status = self.line.status().await?;
        if status.waiting + status.in_flight > 0 {
            return Ok(());
        }
        let now = self.clock.now();
        let mut missing = Vec::new();
        self.each_record(|record| missing.extend(is_missing(&record, now).then_some(record))).await?;
        missing.sort_by_key(|record| {
            (record.first_sequence_number.or(record.sequence_number), record.accepted_at)
        });
        for record in missing {
            if repairs.iter().all(|repair| repair.task_id != record.task_id) {
                repairs.push(Repair::of(&record, Difference::MissingFromTheLine));
            }
        }
        Ok(())
    }

    /// Puts one difference right.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn repair(&self, repair: &Repair) -> Result<(), ChangeError> {
        match (&repair.recorded, repair.difference) {
            (Some((record, expected)), _) => {
                // A conflict means that the difference is gone, or another one by now.
                self.records.write(record, *expected).await?;
                Ok(())
            }
            (None, Difference::RedriveInterrupted) => self.finish_redrive(repair.task_id).await.map(drop),
            (None, _) => self.enqueue_missing(repair.task_id).await,
        }
    }

    async fn enqueue_missing(&self, task_id: TaskId) -> Result<(), ChangeError> {
        let noted = self
            .change(task_id, |record, now| {
                let entry = self.entry(AuditAction::Enqueue, "its message was not in the line", now);
                lifecycle::enqueue_missing(record, entry, now)
            })
            .await?;
        self.enqueue(&noted).await.map(drop)
    }
}

/// Whether the message of a task is missing, if the line is empty: one that was just enqueued, or just acknowledged, may
/// not be seen yet.
pub(super) fn is_missing(record: &TaskRecord, now: Timestamp) -> bool {
    let settled = now - TimeDelta::seconds(i64::from(DEDUPE_SECONDS));
    let is_alive = record.lease_until.is_some_and(|until| until > now);
    record.status.is_in_the_line() && !is_alive && record.enqueued_at < settled
}

impl Repair {
    fn of(record: &TaskRecord, difference: Difference) -> Self {
        Self { task_id: record.task_id, difference, recorded: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::fixture::{at, record};

    #[test]
    fn a_task_is_missing_from_an_empty_line_once_its_message_must_be_seen_and_nobody_runs_it() {
        let window = i64::from(DEDUPE_SECONDS);
        let now = at(window + 1);
        for status in Status::ALL {
            assert_eq!(is_missing(&record(status, 1), now), status.is_in_the_line(), "{status}");
        }
        assert!(!is_missing(&record(Status::Accepted, 1), at(window)), "it may not be seen yet");
        let leased = |until| TaskRecord { lease_until: Some(until), ..record(Status::Processing, 1) };
        assert!(!is_missing(&leased(at(window + 2)), now), "it is handled");
        assert!(is_missing(&leased(now), now), "its run is over");
    }
}
