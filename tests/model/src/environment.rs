//! What the queue and the stores of a line hold.

use crate::interned::{DedupeId, DedupeIds, LineItem, Record};

/// How many tasks a line can have.
pub const TASKS_MAX: usize = 4;

/// The number of a task in its line, in the order of acceptance.
pub type TaskNumber = u8;

/// A position in the line's message group.
pub type Sequence = u8;

/// A message with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskMessage {
    pub task: TaskNumber,
    pub generation: u8,
    /// Tells two messages of one generation apart, as the time does at which a message is made.
    pub enqueued: u8,
    pub sequence: Sequence,
}

/// A message group: the head can be in flight, and then nothing else is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group<M> {
    pub messages: Vec<M>,
    pub in_flight: bool,
    /// Whether the head was delivered before.
    pub was_delivered: bool,
}

impl<M> Default for Group<M> {
    fn default() -> Self {
        Self { messages: Vec::new(), in_flight: false, was_delivered: false }
    }
}

impl<M: Copy> Group<M> {
    /// Delivers the head.
    pub fn deliver(&mut self) -> M {
        self.in_flight = true;
        self.messages[0]
    }

    pub fn delete_head(&mut self) {
        self.messages.remove(0);
        self.in_flight = false;
        self.was_delivered = false;
    }
}

/// A message group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Line,
    Front,
}

/// A task in the store of parked tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Parked {
    pub position: Sequence,
    pub message: TaskMessage,
}

/// A set of the tasks of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tasks(u8);

impl Tasks {
    pub fn has(self, task: TaskNumber) -> bool {
        self.0 & (1 << task) != 0
    }

    pub fn add(&mut self, task: TaskNumber) {
        self.0 |= 1 << task;
    }

    pub fn remove(&mut self, task: TaskNumber) {
        self.0 &= !(1 << task);
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What the properties need to know and no actor reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ghost {
    /// Nobody waits for them, and they may run late: they left the line as dead letters and didn't block it, or retention
    /// deleted their message.
    pub excused: Tasks,
    /// Their message was deleted by retention.
    pub expired: Tasks,
    pub completed: Tasks,
    /// Given up and not decided on: the line must wait.
    pub blocking: Tasks,
    pub is_paused: bool,
}

/// One line: its queue, its stores, and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineWorld {
    pub records: [Option<Record>; TASKS_MAX],
    /// How many tasks were accepted.
    pub accepted: u8,
    pub messages: Group<TaskMessage>,
    /// The turns that front messages name.
    pub front: Group<u8>,
    pub dead_letters: Vec<TaskMessage>,
    pub item: LineItem,
    /// By position.
    pub parked: Vec<Parked>,
    pub next_sequence: Sequence,
    pub next_enqueued: u8,
    pub seen: DedupeIds,
    pub ghost: Ghost,
}

impl LineWorld {
    pub fn record(&self, task: TaskNumber) -> Option<Record> {
        self.records[usize::from(task)]
    }

    pub fn parked_at(&self, position: Sequence) -> Option<Parked> {
        self.parked.iter().find(|entry| entry.position == position).copied()
    }

    pub fn put_parked(&mut self, parked: Parked) {
        self.delete_parked(parked.position);
        self.parked.push(parked);
        self.parked.sort_unstable();
    }

    pub fn delete_parked(&mut self, position: Sequence) {
        self.parked.retain(|parked| parked.position != position);
    }

    /// The lowest position that is parked, without the one that leaves.
    pub fn first_parked(&self, without: Option<Sequence>) -> Option<Sequence> {
        self.parked.iter().map(|parked| parked.position).find(|position| Some(*position) != without)
    }

    /// Appends a message, unless the group has seen its deduplication id and doesn't miss it.
    pub fn enqueue(&mut self, mut message: TaskMessage, dedupe_id: DedupeId, is_missed: bool) {
        if self.seen.insert(dedupe_id) || is_missed {
            message.sequence = self.next_sequence;
            self.next_sequence += 1;
            self.messages.messages.push(message);
        }
    }
}
