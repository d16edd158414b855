//! Finds and repairs differences between the records and the queues.
//!
//! A difference arises when SQS moves a message, somebody purges a queue, or a redrive or an accept is interrupted and not
//! repeated. While a step is running, records and queues differ for a short time as well: so a possible difference is read twice.

use std::collections::HashSet;

use shared::{
    AuditAction, Reason, Status, TaskId, TaskRecord,
    lifecycle::{self, Arrival},
    ports::{DeliverySwitch, Departures, Expected, PortError, TaskQueue, Written},
};

use crate::{
    ChangeError, Operations, counted,
    purge::{DeadLetterMessages, MessageState},
};

/// A kind of difference between the records and the queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// The message is in the dead-letter queue, but the record says that the task is in the line.
    MovedNatively,
    /// The message is in the dead-letter queue, but the record says that the task is still being given up.
    NotGivenUp,
    /// The message is in the dead-letter queue, and there is no record.
    Unrecorded,
    /// A redrive began and was not finished.
    RedriveInterrupted,
    /// The record says that the task is in the line, but the line is empty.
    MissingFromTheLine,
}

impl Difference {
    /// The difference and its repair, for an operator.
    pub fn describe(self) -> &'static str {
        match self {
            Self::MovedNatively => {
                "the queue moved its message to the dead-letter queue: it will be recorded as a dead letter"
            }
            Self::NotGivenUp => {
                "it is in the dead-letter queue, but its record says that it is still being given up: it will be recorded \
                 as a dead letter"
            }
            Self::Unrecorded => {
                "it is in the dead-letter queue without a record: it will be recorded as a dead letter"
            }
            Self::RedriveInterrupted => "its redrive was interrupted: it will be finished",
            Self::MissingFromTheLine => "its message is not in the line: it will be enqueued again",
        }
    }
}

/// The repair of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    pub task_id: TaskId,
    pub difference: Difference,
    /// The record to write, if writing it is the repair.
    recorded: Option<(Box<TaskRecord>, Expected)>,
}

/// What a reconciliation found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The repairs, in their order.
    pub repairs: Vec<Repair>,
    /// How many of the messages that were seen in the dead-letter queue are stale; [`Operations::purge_stale`] deletes them.
    pub stale: usize,
    /// How many messages of the dead-letter queue were seen.
    pub seen: u64,
    /// How many could not be seen; approximate on AWS.
    pub not_seen: u64,
    /// How many dead letters have no message in the queue; 0 if not all messages could be seen. They need no repair.
    pub without_message: usize,
}

impl Reconciliation {
    /// Whether nothing needs a repair, as far as could be seen.
    pub fn is_nothing(&self) -> bool {
        self.repairs.is_empty() && self.stale == 0
    }

    /// What was found besides the repairs, for an operator.
    pub fn in_words(&self) -> Vec<String> {
        let Self { repairs, stale, seen, not_seen, without_message } = self;
        let mut words = Vec::new();
        if *stale > 0 {
            let messages = counted(*stale, "stale message");
            words.push(format!(
                "{messages} in the dead-letter queue, of tasks that are no longer dead letters: will be deleted."
            ));
        }
        if *without_message > 0 {
            let have = if *without_message == 1 { "dead letter has" } else { "dead letters have" };
            words.push(format!(
                "{without_message} {have} no message in the dead-letter queue. That does no harm: a redrive sends what is \
                 on record."
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
        } else if repairs.is_empty() && *stale == 0 && *without_message == 0 {
            words.push("The queues and the records agree.".to_owned());
        }
        words
    }
}

impl<R: Departures, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Finds differences, and changes nothing.
    ///
    /// # Errors
    /// [`PortError`] if the pipeline does not answer.
    pub async fn differences(&self) -> Result<Reconciliation, PortError> {
        // Read before the messages, as the message of a dead letter is sent before its record is written.
        let dead = self.needing_attention(usize::MAX, |record| record.status == Status::DeadLettered).await?;
        let found = self.dead_letter_messages().await?;
        let mut repairs = self.repairs_of_dead_letters(&found).await?;
        let redriving = self.interrupted_redrives().await?;
        repairs.extend(redriving.iter().map(|record| Repair::of(record, Difference::RedriveInterrupted)));
        self.add_missing(&mut repairs).await?;
        let stale = found.differing.iter().filter(|(_, state)| matches!(state, MessageState::Stale)).count();
        let without_message = match found.tasks {
            None => 0,
            Some(tasks) => {
                let without =
                    dead.into_iter().filter(|dead_letter| !tasks.contains(&dead_letter.task_id)).collect();
                self.unchanged(without).await?.len()
            }
        };
        let (seen, not_seen) = (found.seen, found.not_seen);
        Ok(Reconciliation { repairs, stale, seen, not_seen, without_message })
    }

    /// Only the data file on one machine shows a record and its message at the same moment. On AWS, a task that is being given up
    /// looks as if its message had been moved: its record is read again before a difference is reported.
    async fn repairs_of_dead_letters(&self, found: &DeadLetterMessages) -> Result<Vec<Repair>, PortError> {
        let unrecorded = found.differing.iter().filter_map(|(delivery, state)| match state {
            MessageState::Unrecorded(record) => Some((Arrival::read(delivery), record)),
            MessageState::Expected | MessageState::Stale => None,
        });
        let unrecorded: Vec<_> = unrecorded.collect();
        if found.tasks.is_none() && !unrecorded.is_empty() {
            self.until_settled(self.clock.now()).await;
        }
        let mut repairs = Vec::new();
        // SQS can have two messages of one task, for which one repair is enough.
        let mut repaired = HashSet::new();
        for (arrival, record) in unrecorded {
            let existing = self.records.find(arrival.task_id()).await?;
            let revision = |record: &TaskRecord| record.revision;
            let is_unchanged = existing.as_ref().map(revision) == record.as_deref().map(revision);
            if is_unchanged && repaired.insert(arrival.task_id()) {
                repairs.extend(self.repair_of_dead_letter(&arrival, existing.as_ref()));
            }
        }
        Ok(repairs)
    }

    fn repair_of_dead_letter(&self, arrival: &Arrival<'_>, record: Option<&TaskRecord>) -> Option<Repair> {
        let now = self.clock.now();
        let record_dead = |record: &TaskRecord, difference, expected| {
            let dead_letter = lifecycle::record_native_dead_letter(record, &self.operator, now).ok()?;
            Some(Repair {
                task_id: record.task_id,
                difference,
                recorded: Some((Box::new(dead_letter), expected)),
            })
        };
        match record {
            Some(record) if record.leased_until(now).is_some() => None,
            Some(record) => {
                let is_given_up = record.status == Status::DeadLettering;
                let difference = if is_given_up { Difference::NotGivenUp } else { Difference::MovedNatively };
                record_dead(record, difference, Expected::Revision(record.revision))
            }
            None => record_dead(&arrival.new_record(), Difference::Unrecorded, Expected::Absent),
        }
    }

    async fn add_missing(&self, repairs: &mut Vec<Repair>) -> Result<(), PortError> {
        let first = self.count_line().await?;
        let mut candidates = Vec::new();
        self.each_record(|record| candidates.extend(first.may_be_missing(&record).then_some(record))).await?;
        candidates.retain(|record| repairs.iter().all(|repair| repair.task_id != record.task_id));
        let mut missing = self.missing(first, candidates).await?;
        missing.sort_by_key(|record| {
            (record.first_sequence_number.or(record.sequence_number), record.accepted_at)
        });
        repairs.extend(missing.iter().map(|record| Repair::of(record, Difference::MissingFromTheLine)));
        Ok(())
    }

    /// Makes one repair.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn repair(&self, repair: &Repair) -> Result<(), ChangeError> {
        match (&repair.recorded, repair.difference) {
            (Some((record, expected)), _) => match self.records.write(record, *expected).await? {
                Written::Made => Ok(()),
                // The difference is gone, or has changed.
                Written::Conflict(_) => Err(ChangeError::Overtaken),
            },
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

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use shared::{AuditEntry, Message};

    use super::*;
    use crate::{
        fake::{FakeOperations, fake},
        fixture::{at, edited, record},
    };

    /// A pipeline on AWS with this task and its message in the dead-letter queue. `during_sleep` happens while an operation sleeps.
    fn dead_or_dying(
        record: &TaskRecord,
        during_sleep: impl Fn(&FakeOperations) + Send + Sync + 'static,
    ) -> (FakeOperations, std::sync::Arc<std::sync::Mutex<Vec<i64>>>) {
        let (operations, slept) = fake(at(10_000), vec![record.clone()], Box::new(during_sleep));
        let message = Message::carrying(record, at(0) + TimeDelta::seconds(1)).unwrap();
        operations.dead_letter_queue.bodies.lock().unwrap().push(message.encode().unwrap());
        *operations.line.counted.lock().unwrap() = Some(1);
        (operations, slept)
    }

    fn now_written_as(status: Status) -> impl Fn(&FakeOperations) + Send + Sync {
        move |operations| {
            let mut records = operations.records.0.lock().unwrap();
            records[0].status = status;
            records[0].revision += 1;
        }
    }

    fn differences(found: &Reconciliation) -> Vec<Difference> {
        found.repairs.iter().map(|repair| repair.difference).collect()
    }

    #[tokio::test]
    async fn a_task_that_is_given_up_meanwhile_is_no_difference() {
        let dying = record(Status::DeadLettering, 1);
        let (operations, slept) = dead_or_dying(&dying, now_written_as(Status::DeadLettered));
        let found = operations.differences().await.unwrap();
        assert_eq!(found.in_words(), ["The queues and the records agree."]);
        assert_eq!((found.repairs, slept.lock().unwrap().as_slice()), (vec![], &[60][..]));
    }

    #[tokio::test]
    async fn a_task_whose_giving_up_was_interrupted_is_reported_as_that() {
        let (operations, _) = dead_or_dying(&record(Status::DeadLettering, 1), |_| {});
        let found = operations.differences().await.unwrap();
        assert_eq!(differences(&found), [Difference::NotGivenUp]);
        operations.repair(&found.repairs[0]).await.unwrap();
        assert_eq!(operations.records.0.lock().unwrap()[0].status, Status::DeadLettered);

        let (operations, _) = dead_or_dying(&record(Status::Accepted, 1), |_| {});
        assert_eq!(differences(&operations.differences().await.unwrap()), [Difference::MovedNatively]);
    }

    #[tokio::test]
    async fn a_difference_that_changed_meanwhile_is_not_repaired() {
        let (operations, _) = dead_or_dying(&record(Status::Accepted, 1), |_| {});
        let found = operations.differences().await.unwrap();
        now_written_as(Status::Processing)(&operations);
        assert!(matches!(operations.repair(&found.repairs[0]).await, Err(ChangeError::Overtaken)));
        assert_eq!(operations.records.0.lock().unwrap()[0].status, Status::Processing);
    }

    fn redriving(begun: i64) -> TaskRecord {
        let entry = AuditEntry::new(AuditAction::Redrive, at(begun), "ann", "it is back");
        edited(record(Status::Redriving, 1), |record| record.audit = vec![entry])
    }

    #[tokio::test]
    async fn a_redrive_that_makes_progress_is_not_reported_as_interrupted() {
        let (operations, slept) = dead_or_dying(&redriving(9_999), now_written_as(Status::Accepted));
        assert_eq!(differences(&operations.differences().await.unwrap()), []);
        assert_eq!(*slept.lock().unwrap(), [59]);

        for begun in [9_999, 20_000] {
            let (operations, slept) = dead_or_dying(&redriving(begun), |_| {});
            assert_eq!(
                differences(&operations.differences().await.unwrap()),
                [Difference::RedriveInterrupted]
            );
            assert!(slept.lock().unwrap()[0] <= 60, "a clock that was ahead must not lengthen the wait");
        }
    }

    #[tokio::test]
    async fn on_one_machine_there_is_no_wait_of_a_minute_for_a_redrive() {
        let (operations, slept) = dead_or_dying(&redriving(9_999), |_| {});
        let operations = Operations { counts_lag_seconds: 0, ..operations };
        assert_eq!(differences(&operations.differences().await.unwrap()), [Difference::RedriveInterrupted]);
        assert_eq!(*slept.lock().unwrap(), [4]);
    }

    #[test]
    fn no_difference_names_sqs_as_a_pipeline_may_have_none() {
        for difference in [
            Difference::MovedNatively,
            Difference::NotGivenUp,
            Difference::Unrecorded,
            Difference::RedriveInterrupted,
            Difference::MissingFromTheLine,
        ] {
            assert!(!difference.describe().contains("SQS"), "{difference:?}");
        }
    }
}
