//! The messages in the dead-letter queue, compared with the records; those whose tasks are past it can be deleted.
//!
//! The records say what is dead; the queue carries messages so that the platform's own tools and alarms see them. A queue
//! whose messages can be read without receiving them is compared as a whole. A FIFO queue of SQS delivers the first ten
//! messages of its group only, so one further back is seen when it gets there.

use std::collections::HashSet;

use shared::{
    Delivery, Status, TaskId, TaskRecord,
    lifecycle::Arrival,
    ports::{DeliverySwitch, Departures, PortError, TaskQueue},
};

use crate::{Operations, operations::PAGE};

/// As many as a FIFO queue delivers at once.
const HEAD: u32 = 10;

/// What a message in the dead-letter queue stands for.
pub(crate) enum MessageState {
    /// The task is a dead letter, or its redrive is under way.
    Expected,
    /// A task that is past it.
    Stale,
    /// A task whose record does not say that it is dead: it is about to be written, or the queue moved the message by
    /// itself.
    Unrecorded(Option<Box<TaskRecord>>),
}

/// The dead-letter queue, as far as it could be seen.
#[derive(Default)]
pub(crate) struct DeadLetterMessages {
    /// The messages that are not where they belong.
    pub differing: Vec<(Delivery, MessageState)>,
    /// How many were seen.
    pub seen: u64,
    /// Whose messages were seen, where all of them were.
    pub tasks: Option<HashSet<TaskId>>,
    /// How many there are besides; approximate on AWS.
    pub not_seen: u64,
}

impl<R: Departures, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Compares the messages in the dead-letter queue with the records. Where they can be read by receiving them only,
    /// they are hidden meanwhile, and shown again at once.
    pub(crate) async fn dead_letter_messages(&self) -> Result<DeadLetterMessages, PortError> {
        if let Some(found) = self.read_messages(|_| true).await? {
            return Ok(found);
        }
        let dead_letters = self.messages_at_the_head().await?;
        let depth = self.dead_letter_queue.depth().await?;
        self.show_again(&dead_letters).await?;
        let seen = dead_letters.len() as u64;
        Ok(DeadLetterMessages {
            differing: dead_letters
                .into_iter()
                .filter(|(_, dead_letter)| !matches!(dead_letter, MessageState::Expected))
                .collect(),
            seen,
            tasks: None,
            not_seen: (depth.waiting + depth.in_flight).saturating_sub(seen),
        })
    }

    /// Deletes the messages of tasks that are past the dead-letter queue: all that can be seen. Returns how many.
    ///
    /// # Errors
    /// [`PortError`]; what was deleted by then stays so.
    pub async fn purge_stale(&self) -> Result<usize, PortError> {
        self.delete_stale(|_| true).await
    }

    /// The same after a change of these tasks: it costs less where there are very many dead letters.
    ///
    /// # Errors
    /// [`PortError`]; what was deleted by then stays so.
    pub async fn purge_stale_of(&self, changed: &[TaskId]) -> Result<usize, PortError> {
        let changed: HashSet<TaskId> = changed.iter().copied().collect();
        self.delete_stale(|task_id| changed.contains(&task_id)).await
    }

    async fn delete_stale(&self, concerns: impl Fn(TaskId) -> bool) -> Result<usize, PortError> {
        let Some(found) = self.read_messages(concerns).await? else {
            return self.delete_stale_at_the_head().await;
        };
        let mut deleted = 0;
        for (delivery, dead_letter) in &found.differing {
            if let MessageState::Stale = dead_letter {
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
            for (delivery, dead_letter) in &head {
                match dead_letter {
                    MessageState::Stale => stale.push(delivery),
                    MessageState::Expected | MessageState::Unrecorded(_) => {}
                }
            }
            for delivery in &stale {
                self.dead_letter_queue.delete(&delivery.receipt).await?;
            }
            deleted += stale.len();
            self.show_again(&head).await?;
            if stale.is_empty() || stale.len() < head.len() {
                return Ok(deleted);
            }
        }
    }

    /// All messages of the tasks that it concerns, without receiving them; none where the queue does not allow that.
    async fn read_messages(
        &self,
        concerns: impl Fn(TaskId) -> bool,
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
                let dead_letter = match concerns(arrival.task_id()) {
                    true => self.dead_letter(&arrival).await?,
                    false => MessageState::Expected,
                };
                if !matches!(dead_letter, MessageState::Expected) {
                    found.differing.push((delivery, dead_letter));
                }
            }
        }
    }

    /// The first letters, in flight until they are shown again or deleted.
    async fn messages_at_the_head(&self) -> Result<Vec<(Delivery, MessageState)>, PortError> {
        // SQS asks only some of its servers when told not to wait, and then can miss what is there.
        let wait_seconds = u32::from(self.dead_letter_queue.depth().await?.waiting > 0);
        let mut dead_letters = Vec::new();
        for delivery in self.dead_letter_queue.receive(HEAD, wait_seconds).await? {
            let dead_letter = self.dead_letter(&Arrival::read(&delivery)).await?;
            dead_letters.push((delivery, dead_letter));
        }
        Ok(dead_letters)
    }

    /// Back to front, so that none is delivered out of order meanwhile.
    async fn show_again(&self, dead_letters: &[(Delivery, MessageState)]) -> Result<(), PortError> {
        for (delivery, _) in dead_letters.iter().rev() {
            self.dead_letter_queue.change_visibility(&delivery.receipt, 0).await?;
        }
        Ok(())
    }

    async fn dead_letter(&self, arrival: &Arrival<'_>) -> Result<MessageState, PortError> {
        let Some(numbered) = self.records.find_numbered(arrival.task_id()).await? else {
            return Ok(MessageState::Unrecorded(None));
        };
        let record = numbered.record;
        let is_of_an_earlier_generation = arrival.generation() < record.generation;
        Ok(match record.status {
            Status::Redriving => MessageState::Expected,
            status if status.is_final() || is_of_an_earlier_generation => MessageState::Stale,
            Status::DeadLettered => MessageState::Expected,
            // The run that gives it up, or the next delivery of its message, comes to the end of it.
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

    /// A pipeline whose dead-letter queue has a message of each of these tasks, in this order.
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
    async fn what_lies_behind_the_first_ten_is_counted_and_nobody_says_that_all_agree() {
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
    async fn messages_that_another_client_has_in_hand_are_not_seen_either() {
        let operations = with_messages(&[]);
        *operations.dead_letter_queue.counted.lock().unwrap() = Some(7);
        let found = operations.differences().await.unwrap();
        assert_eq!((found.seen, found.not_seen), (0, 7));
        assert!(found.in_words()[0].starts_with("Only 0 of the 7 "), "{:?}", found.in_words());
    }

    #[tokio::test]
    async fn looking_for_differences_deletes_and_sends_nothing() {
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
