//! sweep: letters at the head of the dead-letter queue whose tasks are past it are deleted.
//!
//! The records say what is dead; the queue carries letters so that the platform's own tools and alarms see them. A
//! FIFO queue of one group shows its first ten messages only, so a letter further back is swept when it gets there.

use shared::{
    Delivery, Status, TaskRecord,
    lifecycle::Arrival,
    ports::{Line, PortError, TaskQueue, TaskRecords},
};

use super::Desk;

/// As many as a FIFO queue delivers at once.
const HEAD: u32 = 10;

/// What a letter at the head of the dead-letter queue stands for.
pub(super) enum Letter {
    /// A dead letter, where it belongs; or one whose redrive is under way.
    Standing,
    /// A task that is past it.
    Stale,
    /// A task whose record does not know that it is dead: SQS moved the message by itself.
    MovedNatively(Option<Box<TaskRecord>>),
}

impl<R: TaskRecords, Q: TaskQueue, L: Line> Desk<R, Q, L> {
    /// Deletes stale letters from the head of the dead-letter queue. Returns how many.
    ///
    /// # Errors
    /// [`PortError`]; what was deleted by then stays so.
    pub async fn sweep(&self) -> Result<usize, PortError> {
        let mut swept = 0;
        loop {
            let head = self.letters_at_the_head().await?;
            let mut stale = Vec::new();
            for (delivery, letter) in &head {
                match letter {
                    Letter::Stale => stale.push(delivery),
                    Letter::Standing | Letter::MovedNatively(_) => {}
                }
            }
            for delivery in &stale {
                self.dead_letter_queue.delete(&delivery.receipt).await?;
            }
            swept += stale.len();
            self.show_again(&head).await?;
            if stale.is_empty() || stale.len() < head.len() {
                return Ok(swept);
            }
        }
    }

    /// The first letters, in flight until they are shown again or deleted.
    pub(super) async fn letters_at_the_head(&self) -> Result<Vec<(Delivery, Letter)>, PortError> {
        // SQS asks only some of its servers when told not to wait, and then can miss what is there.
        let wait_seconds = u32::from(self.dead_letter_queue.depth().await?.waiting > 0);
        let mut letters = Vec::new();
        for delivery in self.dead_letter_queue.receive(HEAD, wait_seconds).await? {
            let letter = self.letter(&Arrival::read(&delivery)).await?;
            letters.push((delivery, letter));
        }
        Ok(letters)
    }

    /// Back to front, so that none is delivered out of order meanwhile.
    pub(super) async fn show_again(&self, letters: &[(Delivery, Letter)]) -> Result<(), PortError> {
        for (delivery, _) in letters.iter().rev() {
            self.dead_letter_queue.change_visibility(&delivery.receipt, 0).await?;
        }
        Ok(())
    }

    async fn letter(&self, arrival: &Arrival<'_>) -> Result<Letter, PortError> {
        let Some(record) = self.records.find(arrival.task_id()).await? else {
            return Ok(Letter::MovedNatively(None));
        };
        let is_of_an_earlier_generation = arrival.generation() < record.generation;
        Ok(match record.status {
            Status::Redriving => Letter::Standing,
            status if status.is_final() || is_of_an_earlier_generation => Letter::Stale,
            Status::DeadLettered => Letter::Standing,
            _ => Letter::MovedNatively(Some(Box::new(record))),
        })
    }
}
