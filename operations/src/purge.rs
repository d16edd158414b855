//! Compares the messages in the dead-letter queue with the records, and deletes stale messages: those of tasks that
//! are no longer dead letters.
//!
//! The records decide which tasks are dead letters; the queue has messages so that AWS tools and alarms see them. A queue whose
//! messages can be read without receiving them is compared as a whole. An SQS FIFO queue delivers only the first ten messages of
//! a group, so a later one is seen once it is among them.

use std::collections::HashSet;

use shared::{
    Delivery, Status, TaskId, TaskRecord,
    lifecycle::Arrival,
    ports::{DeliverySwitch, Departures, PortError, TaskQueue},
};

use crate::{Operations, operations::PAGE};

/// How many messages a FIFO queue delivers at once.
const HEAD: u32 = 10;

/// How a message in the dead-letter queue compares with its record.
pub(crate) enum MessageState {
    /// The task is a dead letter, or its redrive is under way.
    Expected,
    /// The task is no longer a dead letter.
    Stale,
    /// The record does not say that the task is a dead letter: it is about to be written, or SQS moved the message.
    Unrecorded(Option<Box<TaskRecord>>),
}

/// The messages in the dead-letter queue that could be seen.
#[derive(Default)]
pub(crate) struct DeadLetterMessages {
    /// The messages that are not expected.
    pub differing: Vec<(Delivery, MessageState)>,
    /// How many messages were seen.
    pub seen: u64,
    /// The tasks of the messages, if all messages were seen.
    pub tasks: Option<HashSet<TaskId>>,
    /// How many messages were not seen; approximate on AWS.
    pub not_seen: u64,
}

impl<R: Departures, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Compares the messages in the dead-letter queue with the records. If messages can only be received, they are hidden meanwhile
    /// and made visible again at once.
    pub(crate) async fn dead_letter_messages(&self) -> Result<DeadLetterMessages, PortError> {
        if let Some(found) = self.read_messages(|_| true).await? {
            return Ok(found);
        }
        let messages = self.messages_at_the_head().await?;
        let depth = self.dead_letter_queue.depth().await?;
        self.make_all_visible(&messages).await?;
        let seen = messages.len() as u64;
        Ok(DeadLetterMessages {
            differing: messages
                .into_iter()
                .filter(|(_, state)| !matches!(state, MessageState::Expected))
                .collect(),
            seen,
            tasks: None,
            not_seen: (depth.waiting + depth.in_flight).saturating_sub(seen),
        })
    }

    /// Deletes all stale messages that can be seen. Returns how many.
    ///
    /// # Errors
    /// [`PortError`]; messages that were deleted by then stay deleted.
    pub async fn purge_stale(&self) -> Result<usize, PortError> {
        self.delete_stale(|_| true).await
    }

    /// Deletes the stale messages of these tasks only. Cheaper if there are very many dead letters.
    ///
    /// # Errors
    /// [`PortError`]; messages that were deleted by then stay deleted.
    pub async fn purge_stale_of(&self, changed: &[TaskId]) -> Result<usize, PortError> {
        let changed: HashSet<TaskId> = changed.iter().copied().collect();
        self.delete_stale(|task_id| changed.contains(&task_id)).await
    }

    async fn delete_stale(&self, is_wanted: impl Fn(TaskId) -> bool) -> Result<usize, PortError> {
        let Some(found) = self.read_messages(is_wanted).await? else {
            return self.delete_stale_at_the_head().await;
        };
        let mut deleted = 0;
        for (delivery, state) in &found.differing {
            if let MessageState::Stale = state {
                self.dead_letter_queue.delete_read(delivery.sequence_number).await?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    async fn delete_stale_at_the_head(&self) -> Result<usize, PortError> {
        let mut deleted = 0;
        loop {
            let head = self.messages_at_the_head().await?;
            let mut stale = Vec::new();
            for (delivery, state) in &head {
                match state {
                    MessageState::Stale => stale.push(delivery),
                    MessageState::Expected | MessageState::Unrecorded(_) => {}
                }
            }
            for delivery in &stale {
                self.dead_letter_queue.delete(&delivery.receipt).await?;
            }
            deleted += stale.len();
            self.make_all_visible(&head).await?;
            if stale.is_empty() || stale.len() < head.len() {
                return Ok(deleted);
            }
        }
    }

    /// Compares the messages of the wanted tasks without receiving them; none if the queue does not allow that.
    async fn read_messages(
        &self,
        is_wanted: impl Fn(TaskId) -> bool,
    ) -> Result<Option<DeadLetterMessages>, PortError> {
        let mut found = DeadLetterMessages::default();
        let mut tasks = HashSet::new();
        let mut after = None;
        loop {
            let Some(page) = self.dead_letter_queue.read(after, PAGE).await? else {
                return Ok(None);
            };
            found.seen += page.len() as u64;
            let Some(last) = page.last() else {
                return Ok(Some(DeadLetterMessages { tasks: Some(tasks), ..found }));
            };
            after = Some(last.sequence_number);
            for delivery in page {
                let arrival = Arrival::read(&delivery);
                tasks.insert(arrival.task_id());
                let state = match is_wanted(arrival.task_id()) {
                    true => self.compare(&arrival).await?,
                    false => MessageState::Expected,
                };
                if !matches!(state, MessageState::Expected) {
                    found.differing.push((delivery, state));
                }
            }
        }
    }

    /// Receives the first messages. They stay in flight until they are made visible again or deleted.
    async fn messages_at_the_head(&self) -> Result<Vec<(Delivery, MessageState)>, PortError> {
        // A short poll of SQS asks only some of its servers and can miss messages.
        let wait_seconds = u32::from(self.dead_letter_queue.depth().await?.waiting > 0);
        let mut messages = Vec::new();
        for delivery in self.dead_letter_queue.receive(HEAD, wait_seconds).await? {
            let state = self.compare(&Arrival::read(&delivery)).await?;
            messages.push((delivery, state));
        }
        Ok(messages)
    }

    /// Makes the messages visible again, the last one first, so that none is delivered out of order meanwhile.
    async fn make_all_visible(&self, messages: &[(Delivery, MessageState)]) -> Result<(), PortError> {
        for (delivery, _) in messages.iter().rev() {
            self.dead_letter_queue.change_visibility(&delivery.receipt, 0).await?;
        }
        Ok(())
    }

    async fn compare(&self, arrival: &Arrival<'_>) -> Result<MessageState, PortError> {
        let Some(numbered) = self.records.find_numbered(arrival.task_id()).await? else {
            return Ok(MessageState::Unrecorded(None));
        };
        let record = numbered.record;
        let is_of_an_earlier_generation = arrival.generation() < record.generation;
        Ok(match record.status {
            Status::Redriving => MessageState::Expected,
            status if status.is_final() || is_of_an_earlier_generation => MessageState::Stale,
            Status::DeadLettered => MessageState::Expected,
            // The run that gives it up, or the next delivery of its message, will finish that.
            _ if numbered.is_in_the_line == Some(true) => MessageState::Expected,
            _ => MessageState::Unrecorded(Some(Box::new(record))),
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use shared::Message;

    use super::*;
    use crate::{
        fake::{FakeOperations, fake},
        fixture::{at, record},
    };

    /// A pipeline whose dead-letter queue has one message for each task, in this order.
    fn with_messages(statuses: &[Status]) -> FakeOperations {
        let records: Vec<_> = (1..).zip(statuses).map(|(place, status)| record(*status, place)).collect();
        let bodies = records.iter().map(|record| {
            Message::carrying(record, at(0) + TimeDelta::seconds(1)).unwrap().encode().unwrap()
        });
        let bodies = bodies.collect();
        let (operations, _) = fake(at(10_000), records, Box::new(|_| {}));
        *operations.dead_letter_queue.bodies.lock().unwrap() = bodies;
        operations
    }

    #[tokio::test]
    async fn messages_after_the_first_ten_are_counted_and_not_reported_to_agree() {
        let operations = with_messages(&[Status::DeadLettered; 218]);
        let found = operations.differences().await.unwrap();
        assert_eq!((found.seen, found.not_seen), (10, 208));
        let words = found.in_words().join(" ");
        assert!(words.contains("Only 10 of the 218") && words.contains("Redrive or discard"), "{words}");
        assert!(!words.contains("The queues and the records agree"), "{words}");

        let all = with_messages(&[Status::DeadLettered; 10]).differences().await.unwrap();
        assert_eq!(all.in_words(), ["The queues and the records agree."]);
    }

    #[tokio::test]
    async fn messages_that_another_client_received_are_not_seen() {
        let operations = with_messages(&[]);
        *operations.dead_letter_queue.counted.lock().unwrap() = Some(7);
        let found = operations.differences().await.unwrap();
        assert_eq!((found.seen, found.not_seen), (0, 7));
        assert!(found.in_words()[0].starts_with("Only 0 of the 7 "), "{:?}", found.in_words());
    }

    #[tokio::test]
    async fn finding_differences_deletes_and_sends_nothing() {
        let statuses = [Status::Completed, Status::DeadLettered, Status::Accepted, Status::Discarded];
        let operations = with_messages(&statuses);
        let found = operations.differences().await.unwrap();
        assert_eq!((found.stale, found.repairs.len()), (2, 1));
        assert!(!found.in_words().join(" ").contains("agree"), "{:?}", found.in_words());
        assert!(operations.dead_letter_queue.calls.lock().unwrap().is_empty());
        assert!(operations.line_queue.calls.lock().unwrap().is_empty());
        assert_eq!(operations.purge_stale().await.unwrap(), 2);
        assert_eq!(operations.dead_letter_queue.bodies.lock().unwrap().len(), 2);
    }
}
