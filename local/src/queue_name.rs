//! The two queues of the data file.

use crate::durability::Durability;

/// A queue; its number is the value of the column `queue`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueueName {
    Line = 0,
    DeadLetters = 1,
}

impl QueueName {
    /// How durable a receive, a change of visibility and a deletion must be.
    pub fn durability_of_deliveries(self) -> Durability {
        match self {
            // A start releases every message in flight, and the record decides what a repeated delivery does.
            Self::Line => Durability::Eventual,
            // An operator's command has reported the change as done.
            Self::DeadLetters => Durability::Synced,
        }
    }
}
