//! An SQS FIFO queue of one message group, with all behaviours that SQS allows itself.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use shared::{Delivery, Receipt, SequenceNumber, Timestamp, limits::DEDUPE_SECONDS, ports::Visibility};

/// The content of a queue.
pub struct QueueModel {
    name: &'static str,
    next_sequence_number: u128,
    next_receipt: u64,
    pub max_receive_count: Option<u32>,
    pub messages: BTreeMap<u128, Stored>,
    remembered: BTreeMap<String, (Timestamp, u128)>,
}

/// A message in a queue.
#[derive(Debug, Clone)]
pub struct Stored {
    pub message_id: String,
    pub body: String,
    sent_at: Timestamp,
    pub receive_count: u32,
    pub hidden_until: Timestamp,
    receipt: Option<String>,
}

impl QueueModel {
    pub fn new(name: &'static str, first_sequence_number: u128, max_receive_count: Option<u32>) -> Self {
        Self {
            name,
            next_sequence_number: first_sequence_number,
            next_receipt: 0,
            max_receive_count,
            messages: BTreeMap::new(),
            remembered: BTreeMap::new(),
        }
    }

    /// Enqueues a message, unless its dedupe id is known.
    pub fn send(&mut self, now: Timestamp, body: &str, dedupe_id: &str) -> u128 {
        if let Some((sent_at, sequence_number)) = self.remembered.get(dedupe_id)
            && now - *sent_at < TimeDelta::seconds(DEDUPE_SECONDS.into())
        {
            return *sequence_number;
        }
        let sequence_number = self.next_sequence_number;
        self.next_sequence_number += 7;
        self.remembered.insert(dedupe_id.to_owned(), (now, sequence_number));
        let message = Stored {
            message_id: format!("{}{sequence_number}", self.name),
            body: body.to_owned(),
            sent_at: now,
            receive_count: 0,
            hidden_until: now,
            receipt: None,
        };
        self.messages.insert(sequence_number, message);
        sequence_number
    }

    pub fn is_in_flight(&self, now: Timestamp) -> bool {
        self.messages.values().any(|message| message.hidden_until > now)
    }

    /// Delivers the head, unless a message is in flight.
    pub fn deliver(&mut self, now: Timestamp, max: usize, hidden: TimeDelta) -> Vec<Delivery> {
        if self.is_in_flight(now) {
            return Vec::new();
        }
        let sequence_numbers: Vec<_> = self.messages.keys().copied().take(max).collect();
        sequence_numbers
            .into_iter()
            .filter_map(|sequence_number| self.deliver_one(sequence_number, now + hidden))
            .collect()
    }

    /// Delivers a message in flight once more. The receipt of the delivery before expires.
    pub fn deliver_again(&mut self, now: Timestamp, hidden: TimeDelta) -> Option<Delivery> {
        let in_flight = self.messages.iter().find(|(_, message)| message.hidden_until > now);
        let sequence_number = *in_flight?.0;
        self.deliver_one(sequence_number, now + hidden)
    }

    fn deliver_one(&mut self, sequence_number: u128, hidden_until: Timestamp) -> Option<Delivery> {
        self.next_receipt += 1;
        let receipt = format!("{}r{}", self.name, self.next_receipt);
        let message = self.messages.get_mut(&sequence_number)?;
        message.receive_count += 1;
        message.hidden_until = hidden_until;
        message.receipt = Some(receipt.clone());
        Some(Delivery {
            message_id: message.message_id.clone(),
            receipt: Receipt::new(receipt),
            sequence_number: SequenceNumber::new(sequence_number),
            receive_count: message.receive_count,
            sent_at: message.sent_at,
            body: message.body.clone(),
        })
    }

    /// The index of the message of this receipt: the receipt of its latest delivery, while it is in flight.
    fn sequence_number_of(&self, receipt: &Receipt, now: Timestamp) -> Option<u128> {
        let is_held = |message: &Stored| {
            message.receipt.as_deref() == Some(receipt.as_str()) && message.hidden_until > now
        };
        self.messages
            .iter()
            .find(|(_, message)| is_held(message))
            .map(|(sequence_number, _)| *sequence_number)
    }

    pub fn delete(&mut self, receipt: &Receipt, now: Timestamp) {
        if let Some(sequence_number) = self.sequence_number_of(receipt, now) {
            self.messages.remove(&sequence_number);
        }
    }

    pub fn hide(&mut self, receipt: &Receipt, now: Timestamp, until: Timestamp) -> Visibility {
        let sequence_number = self.sequence_number_of(receipt, now);
        match sequence_number.and_then(|sequence_number| self.messages.get_mut(&sequence_number)) {
            Some(message) => {
                message.hidden_until = until;
                Visibility::Changed
            }
            None => Visibility::Stale,
        }
    }
}
