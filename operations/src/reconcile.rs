//! reconcile: where the records and the queues say different things, and what puts it right.
//!
//! Differences arise only outside of Taskline's own steps: a queue moves a message by itself, somebody purges a queue, a
//! redrive or an accept is interrupted and not run again. Within a step the two differ, too, for as long as it takes: so
//! what can be one is looked at twice.

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

/// A difference between records and queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// In the dead-letter queue, while its record says it is in the line.
    MovedNatively,
    /// In the dead-letter queue, while its record says that it is being given up.
    NotGivenUp,
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
                "the queue moved its message to the dead-letter queue by itself: will be recorded as a dead letter"
            }
            Self::NotGivenUp => {
                "it is in the dead-letter queue, and its record says that it is still being given up: will be recorded \
                 as a dead letter"
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
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The differences, in the order to repair them in.
    pub repairs: Vec<Repair>,
    /// How many messages in the dead-letter queue are of tasks that are past it, of those that were seen:
    /// [`Operations::purge_stale`] deletes them.
    pub stale: usize,
    /// How many messages of the dead-letter queue were seen.
    pub seen: u64,
    /// How many could not be seen; approximate on AWS.
    pub not_seen: u64,
    /// How many dead letters have no message there; 0 where not all messages can be seen. Nothing is to be put right.
    pub without_message: usize,
}

impl Reconciliation {
    /// Whether there is nothing to put right, as far as could be seen.
    pub fn is_nothing(&self) -> bool {
        self.repairs.is_empty() && self.stale == 0
    }

    /// In words, without the single repairs.
    pub fn in_words(&self) -> Vec<String> {
        let Self { repairs, stale, seen, not_seen, without_message } = self;
        let mut words = Vec::new();
        if *stale > 0 {
            let messages = counted(*stale, "stale message");
            words.push(format!(
                "{messages} in the dead-letter queue, of tasks that are no dead letters any more: will be deleted."
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
    /// Looks for differences, and changes nothing.
    ///
    /// # Errors
    /// [`PortError`] when the pipeline does not answer.
    pub async fn differences(&self) -> Result<Reconciliation, PortError> {
        // Before the messages: a dead letter's is sent before its record says that it is dead.
        let dead = self.needing_attention(usize::MAX, |record| record.status == Status::DeadLettered).await?;
        let found = self.dead_letter_messages().await?;
        let mut repairs = self.repairs_of_dead_letters(&found).await?;
        let redriving = self.interrupted_redrives().await?;
        repairs.extend(redriving.iter().map(|record| Repair::of(record, Difference::RedriveInterrupted)));
        self.add_missing(&mut repairs).await?;
        let stale = found
            .differing
            .iter()
            .filter(|(_, dead_letter)| matches!(dead_letter, MessageState::Stale))
            .count();
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

    /// Only one file tells of a record and of its message as of one moment. Elsewhere a task that is given up just now looks
    /// as if its message was moved: its record is read again before anything is said of it.
    async fn repairs_of_dead_letters(&self, found: &DeadLetterMessages) -> Result<Vec<Repair>, PortError> {
        let unrecorded = found.differing.iter().filter_map(|(delivery, dead_letter)| match dead_letter {
            MessageState::Unrecorded(record) => Some((Arrival::read(delivery), record)),
            MessageState::Expected | MessageState::Stale => None,
        });
        let unrecorded: Vec<_> = unrecorded.collect();
        if found.tasks.is_none() && !unrecorded.is_empty() {
            self.until_settled(self.clock.now()).await;
        }
        let mut repairs = Vec::new();
        // SQS can hold two messages of one task, of which one repair is enough.
        let mut named = HashSet::new();
        for (arrival, record) in unrecorded {
            let existing = self.records.find(arrival.task_id()).await?;
            let revision = |record: &TaskRecord| record.revision;
            let is_unchanged = existing.as_ref().map(revision) == record.as_deref().map(revision);
            if is_unchanged && named.insert(arrival.task_id()) {
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
            (Some((record, expected)), _) => match self.records.write(record, *expected).await? {
                Written::Made => Ok(()),
                // The difference is gone, or another one by now.
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

    /// A pipeline on AWS with this task, and a message of it in the dead-letter queue. What happens while somebody waits.
    fn dead_or_dying(
        record: &TaskRecord,
        meanwhile: impl Fn(&FakeOperations) + Send + Sync + 'static,
    ) -> (FakeOperations, std::sync::Arc<std::sync::Mutex<Vec<i64>>>) {
        let (operations, slept) = fake(at(10_000), vec![record.clone()], Box::new(meanwhile));
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
    async fn a_task_whose_giving_up_stands_still_is_called_that_and_nothing_else() {
        let (operations, _) = dead_or_dying(&record(Status::DeadLettering, 1), |_| {});
        let found = operations.differences().await.unwrap();
        assert_eq!(differences(&found), [Difference::NotGivenUp]);
        operations.repair(&found.repairs[0]).await.unwrap();
        assert_eq!(operations.records.0.lock().unwrap()[0].status, Status::DeadLettered);

        let (operations, _) = dead_or_dying(&record(Status::Accepted, 1), |_| {});
        assert_eq!(differences(&operations.differences().await.unwrap()), [Difference::MovedNatively]);
    }

    #[tokio::test]
    async fn what_somebody_else_changed_first_is_not_put_right() {
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
    async fn a_redrive_that_goes_on_is_not_interrupted_and_one_that_stands_still_is() {
        let (operations, slept) = dead_or_dying(&redriving(9_999), now_written_as(Status::Accepted));
        assert_eq!(differences(&operations.differences().await.unwrap()), []);
        assert_eq!(*slept.lock().unwrap(), [59]);

        for begun in [9_999, 20_000] {
            let (operations, slept) = dead_or_dying(&redriving(begun), |_| {});
            assert_eq!(
                differences(&operations.differences().await.unwrap()),
                [Difference::RedriveInterrupted]
            );
            assert!(slept.lock().unwrap()[0] <= 60, "a clock that was ahead makes nobody wait");
        }
    }

    #[tokio::test]
    async fn on_one_machine_nobody_waits_a_minute_for_a_redrive() {
        let (operations, slept) = dead_or_dying(&redriving(9_999), |_| {});
        let operations = Operations { counts_lag_seconds: 0, ..operations };
        assert_eq!(differences(&operations.differences().await.unwrap()), [Difference::RedriveInterrupted]);
        assert_eq!(*slept.lock().unwrap(), [4]);
    }

    #[test]
    fn no_difference_is_laid_to_sqs_by_name_for_there_may_be_none() {
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
