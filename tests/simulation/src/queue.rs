//! An SQS FIFO queue of one message group, with all behaviours that SQS allows itself.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use shared::{
    Delivery, Receipt, SequenceNumber, Timestamp,
    limits::DEDUPE_SECONDS,
    ports::{Depth, PortError, TaskQueue, Visibility},
};

use crate::{
    call::call,
    plan::Fault,
    world::{SharedWorld, VISIBILITY_SECONDS, World},
};

/// The content of a queue.
pub struct QueueModel {
    name: &'static str,
    next_place: u128,
    next_receipt: u64,
    max_receive_count: Option<u32>,
    pub messages: BTreeMap<u128, Stored>,
    remembered: BTreeMap<String, (Timestamp, u128)>,
}

/// A message in a queue.
#[derive(Debug, Clone)]
pub struct Stored {
    pub message_id: String,
    pub body: String,
    sent_at: Timestamp,
    receive_count: u32,
    hidden_until: Timestamp,
    receipt: Option<String>,
}

impl QueueModel {
    pub fn new(name: &'static str, first_place: u128, max_receive_count: Option<u32>) -> Self {
        Self {
            name,
            next_place: first_place,
            next_receipt: 0,
            max_receive_count,
            messages: BTreeMap::new(),
            remembered: BTreeMap::new(),
        }
    }

    /// Enqueues a message, unless its dedupe id is known.
    pub fn send(&mut self, now: Timestamp, body: &str, dedupe_id: &str) -> u128 {
        if let Some((sent_at, place)) = self.remembered.get(dedupe_id)
            && now - *sent_at < TimeDelta::seconds(DEDUPE_SECONDS.into())
        {
            return *place;
        }
        let place = self.next_place;
        self.next_place += 7;
        self.remembered.insert(dedupe_id.to_owned(), (now, place));
        let message = Stored {
            message_id: format!("{}{place}", self.name),
            body: body.to_owned(),
            sent_at: now,
            receive_count: 0,
            hidden_until: now,
            receipt: None,
        };
        self.messages.insert(place, message);
        place
    }

    pub fn is_in_flight(&self, now: Timestamp) -> bool {
        self.messages.values().any(|message| message.hidden_until > now)
    }

    /// Delivers the head, unless a message is in flight.
    fn deliver(&mut self, now: Timestamp, max: usize, hidden: TimeDelta) -> Vec<Delivery> {
        if self.is_in_flight(now) {
            return Vec::new();
        }
        let places: Vec<_> = self.messages.keys().copied().take(max).collect();
        places.into_iter().filter_map(|place| self.deliver_one(place, now + hidden)).collect()
    }

    /// Delivers a message in flight once more. The receipt of the delivery before expires.
    fn deliver_again(&mut self, now: Timestamp, hidden: TimeDelta) -> Option<Delivery> {
        let in_flight = self.messages.iter().find(|(_, message)| message.hidden_until > now);
        let place = *in_flight?.0;
        self.deliver_one(place, now + hidden)
    }

    fn deliver_one(&mut self, place: u128, hidden_until: Timestamp) -> Option<Delivery> {
        self.next_receipt += 1;
        let receipt = format!("{}r{}", self.name, self.next_receipt);
        let message = self.messages.get_mut(&place)?;
        message.receive_count += 1;
        message.hidden_until = hidden_until;
        message.receipt = Some(receipt.clone());
        Some(Delivery {
            message_id: message.message_id.clone(),
            receipt: Receipt::new(receipt),
            sequence_number: SequenceNumber::new(place),
            receive_count: message.receive_count,
            sent_at: message.sent_at,
            body: message.body.clone(),
        })
    }

    /// The index of the message of this receipt: the receipt of its latest delivery, while it is in flight.
    fn place_of(&self, receipt: &Receipt, now: Timestamp) -> Option<u128> {
        let is_held = |message: &Stored| {
            message.receipt.as_deref() == Some(receipt.as_str()) && message.hidden_until > now
        };
        self.messages.iter().find(|(_, message)| is_held(message)).map(|(place, _)| *place)
    }

    pub fn delete(&mut self, receipt: &Receipt, now: Timestamp) {
        if let Some(place) = self.place_of(receipt, now) {
            self.messages.remove(&place);
        }
    }

    fn hide(&mut self, receipt: &Receipt, now: Timestamp, until: Timestamp) -> Visibility {
        let place = self.place_of(receipt, now);
        match place.and_then(|place| self.messages.get_mut(&place)) {
            Some(message) => {
                message.hidden_until = until;
                Visibility::Changed
            }
            None => Visibility::Stale,
        }
    }
}

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
