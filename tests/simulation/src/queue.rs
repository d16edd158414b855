//! The simulated queues: what SQS does with them, and how their callers see them.

use chrono::TimeDelta;
use shared::{
    Delivery, Receipt, SequenceNumber, Timestamp,
    ports::{Depth, PortError, TaskQueue, Visibility},
};

use crate::{
    call::call,
    plan::Fault,
    queue_model::QueueModel,
    world::{SharedWorld, VISIBILITY_SECONDS, World},
};

impl World {
    /// A receive from the line, as the event source mapping makes it. A message that was received too often moves to
    /// the dead-letter queue instead, not before.
    pub fn receive_from_line(&mut self) -> Vec<Delivery> {
        let hidden = TimeDelta::seconds(VISIBILITY_SECONDS) + self.lateness();
        let now = self.now;
        if self.line.is_in_flight(now) {
            let again = self.strikes(Fault::Duplicate, 60);
            return if again {
                self.line.deliver_again(now, hidden).into_iter().collect()
            } else {
                Vec::new()
            };
        }
        self.give_up_natively();
        self.line.deliver(now, 1, hidden)
    }

    fn give_up_natively(&mut self) {
        let Some(max) = self.line.max_receive_count else { return };
        while let Some(head) = self.line.messages.first_entry().filter(|head| head.get().receive_count >= max)
        {
            let message = head.remove();
            self.dead_letters.send(self.now, &message.body, &message.message_id);
            self.seen.given_up(&message.body, self.now);
        }
    }

    /// StartMessageMoveTask, as the button in the console starts it.
    pub fn redrive_natively(&mut self) {
        let dead_letters = std::mem::take(&mut self.dead_letters.messages);
        for message in dead_letters.into_values() {
            let dedupe_id = format!("moved {}", message.message_id);
            self.line.send(self.now, &message.body, &dedupe_id);
        }
    }
}

/// A queue as its callers see it.
#[derive(Clone)]
pub struct SimulatedQueue {
    pub world: SharedWorld,
    pub which: Which,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Line,
    DeadLetters,
}

impl SimulatedQueue {
    async fn ask<T: Send>(
        &self,
        effect: impl FnOnce(&mut QueueModel, Timestamp) -> T + Send,
    ) -> Result<T, PortError> {
        let which = self.which;
        call(&self.world, "the queue", move |world| {
            let now = world.now;
            effect(if which == Which::Line { &mut world.line } else { &mut world.dead_letters }, now)
        })
        .await
    }
}

impl TaskQueue for SimulatedQueue {
    async fn enqueue(&self, body: &str, dedupe_id: &str) -> Result<SequenceNumber, PortError> {
        self.ask(|queue, now| SequenceNumber::new(queue.send(now, body, dedupe_id))).await
    }

    async fn receive(&self, max: u32, _wait_seconds: u32) -> Result<Vec<Delivery>, PortError> {
        let hidden = TimeDelta::seconds(30);
        self.ask(|queue, now| queue.deliver(now, usize::try_from(max).unwrap_or(1), hidden)).await
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), PortError> {
        self.ask(|queue, now| queue.delete(receipt, now)).await
    }

    async fn change_visibility(&self, receipt: &Receipt, seconds: u32) -> Result<Visibility, PortError> {
        let late = self.world.lock().lateness();
        let hidden = TimeDelta::seconds(seconds.into()) + late;
        self.ask(|queue, now| queue.hide(receipt, now, now + hidden)).await
    }

    async fn depth(&self) -> Result<Depth, PortError> {
        self.ask(|queue, now| {
            let in_flight = queue.messages.values().filter(|message| message.hidden_until > now).count();
            let in_flight = u64::try_from(in_flight).unwrap_or(0);
            Depth { waiting: queue.messages.len() as u64 - in_flight, in_flight }
        })
        .await
    }
}
