//! Where a task stands.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The status of a record. `docs/lifecycle.md` draws who moves a record from which to which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Enqueued, not begun.
    Accepted,
    /// Claimed by a run, until its lease lapses.
    Processing,
    /// A run failed; its message comes back at the front of the line.
    Retrying,
    /// Handled. Never handled again.
    Completed,
    /// Stands at the front of the line, which waits for an operator.
    Held,
    /// Given up; on its way to the dead-letter queue. The next receive finishes what a crash interrupted.
    DeadLettering,
    /// Given up, in the dead-letter queue; the line went on.
    DeadLettered,
    /// An operator sends it to the line again. Running the redrive again finishes what a crash interrupted.
    Redriving,
    /// An operator, or an accept that could not be made, gave it up for good.
    Discarded,
}

impl Status {
    /// All of them, in the order of a task's life.
    pub const ALL: [Self; 9] = [
        Self::Accepted,
        Self::Processing,
        Self::Retrying,
        Self::Completed,
        Self::Held,
        Self::DeadLettering,
        Self::DeadLettered,
        Self::Redriving,
        Self::Discarded,
    ];

    /// As it is written in records, answers and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Processing => "processing",
            Self::Retrying => "retrying",
            Self::Completed => "completed",
            Self::Held => "held",
            Self::DeadLettering => "dead_lettering",
            Self::DeadLettered => "dead_lettered",
            Self::Redriving => "redriving",
            Self::Discarded => "discarded",
        }
    }

    /// Whether a record in this status stands in the index of those that need attention. An interrupted redrive does:
    /// nothing but its operator finishes it.
    pub fn needs_attention(self) -> bool {
        matches!(self, Self::Held | Self::DeadLettered | Self::Redriving)
    }

    /// Whether a message in the line stands for a record in this status.
    pub fn is_in_the_line(self) -> bool {
        matches!(self, Self::Accepted | Self::Processing | Self::Retrying | Self::Held | Self::DeadLettering)
    }

    /// Whether nothing more happens to a record in this status; only such a record expires.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Discarded)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_spelled_the_same_in_json_and_in_text() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
