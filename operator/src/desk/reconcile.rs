//! reconcile: where the records and the queues say different things, and what puts it right.
//!
//! Differences arise only outside of Taskline's own steps: SQS moves a message by itself, somebody purges a queue, a
//! redrive or an accept is interrupted and not run again.

use std::collections::HashSet;

use shared::{
    AuditAction, Delivery, Reason, Status, TaskId, TaskRecord,
    lifecycle::{self, Arrival},
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
    /// How many messages in the dead-letter queue are of tasks that are past it, of those that were seen:
    /// [`Desk::sweep`] deletes them.
    pub stale: usize,
    /// How many messages of the dead-letter queue were seen.
    pub seen: u64,
    /// How many could not be seen; approximate on AWS.
    pub not_seen: u64,
}

impl Reconciliation {
    /// Whether there is nothing to put right, as far as could be seen.
    pub fn is_nothing(&self) -> bool {
        self.repairs.is_empty() && self.stale == 0
    }

    /// In words, without the single repairs.
    pub fn in_words(&self) -> Vec<String> {
        let Self { repairs, stale, seen, not_seen } = self;
        let mut words = Vec::new();
        if *stale > 0 {
            words.push(format!(
                "{stale} of the messages in the dead-letter queue are of tasks that have left it: will be deleted."
            ));
        }
        if *not_seen > 0 {
            let agreed = if self.is_nothing() { ", and those agree with the records" } else { "" };
            words.push(format!(
                "Only {seen} of the {} messages in the dead-letter queue could be seen{agreed}: SQS delivers the first \
                 ten of a FIFO queue, and none while another client has them. Redrive or discard the first ten \
                 (`dead-letters list --limit 10`), then reconcile again to see those behind them.",
                seen + not_seen
            ));
        } else if repairs.is_empty() && *stale == 0 {
            words.push("The queues and the records agree.".to_owned());
        }
        words
    }
}

impl<R: TaskRecords, Q: TaskQueue, L: Line> Desk<R, Q, L> {
    /// Looks for differences, and changes nothing.
    ///
    /// # Errors
    /// [`PortError`] when the pipeline does not answer.
    pub async fn differences(&self) -> Result<Reconciliation, PortError> {
        let found = self.dead_letter_messages().await?;
        let differing = found.differing.iter();
        let mut repairs: Vec<_> =
            differing.filter_map(|(delivery, letter)| self.repair_of_letter(delivery, letter)).collect();
        // SQS can hold two messages of one task, of which one repair is enough.
        let mut named = HashSet::new();
        repairs.retain(|repair| named.insert(repair.task_id));
        let redriving =
            self.needing_a_person(usize::MAX, |record| record.status == Status::Redriving).await?;
        repairs.extend(redriving.iter().map(|record| Repair::of(record, Difference::RedriveInterrupted)));
        self.add_missing(&mut repairs).await?;
        let stale = found.differing.iter().filter(|(_, letter)| matches!(letter, Letter::Stale)).count();
        Ok(Reconciliation { repairs, stale, seen: found.seen, not_seen: found.not_seen })
    }

    fn repair_of_letter(&self, delivery: &Delivery, letter: &Letter) -> Option<Repair> {
        let now = self.clock.now();
        let record_dead = |record: &TaskRecord, difference, expected| {
            let letter = lifecycle::record_native_dead_letter(record, &self.operator, now).ok()?;
            Some(Repair { task_id: record.task_id, difference, recorded: Some((Box::new(letter), expected)) })
        };
        match letter {
            Letter::MovedNatively(Some(record)) if record.leased_until(now).is_some() => None,
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

    async fn add_missing(&self, repairs: &mut Vec<Repair>) -> Result<(), PortError> {
        let first = self.count_line().await?;
        let mut in_doubt = Vec::new();
        self.each_record(|record| in_doubt.extend(first.leaves_in_doubt(&record).then_some(record))).await?;
        in_doubt.retain(|record| repairs.iter().all(|repair| repair.task_id != record.task_id));
        let mut missing = self.missing(first, in_doubt).await?;
        missing.sort_by_key(|record| {
            (record.first_sequence_number.or(record.sequence_number), record.accepted_at)
        });
        repairs.extend(missing.iter().map(|record| Repair::of(record, Difference::MissingFromTheLine)));
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
                let why = Reason::of_the_program("its message was not in the line");
                lifecycle::enqueue_missing(record, self.entry(AuditAction::Enqueue, &why, now), now)
            })
            .await?;
        self.enqueue(&noted).await.map(drop)
    }
}

impl Repair {
    fn of(record: &TaskRecord, difference: Difference) -> Self {
        Self { task_id: record.task_id, difference, recorded: None }
    }
}
