//! The status of a task.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The status of a record. `docs/lifecycle.md` shows which function changes it to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Enqueued and not begun.
    Accepted,
    /// Claimed by a run, until its lease expires.
    Processing,
    /// An attempt failed; the message is redelivered at the head of the line.
    Retrying,
    /// Completed, and never handled again.
    Completed,
    /// Failed at the head of the line, which waits for an operator.
    Held,
    /// Given up and being sent to the dead-letter queue. If that is interrupted, the next delivery finishes it.
    DeadLettering,
    /// Given up and in the dead-letter queue; the line went on.
    DeadLettered,
    /// Being sent to the line again by an operator. If that is interrupted, running the redrive again finishes it.
    Redriving,
    /// Given up permanently: by an operator, by its submitter, or because its enqueue failed.
    Discarded,
}

impl Status {
    /// All statuses, in the order of the lifecycle.
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

    /// The name in records, responses and logs.
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

    /// Whether a record with this status is in the index of records that need attention. A redrive is included, because an
    /// interrupted one is finished by an operator only.
    pub fn needs_attention(self) -> bool {
        matches!(self, Self::Held | Self::DeadLettered | Self::Redriving)
    }

    /// Whether the task of a record with this status has a message in the line.
    pub fn is_in_the_line(self) -> bool {
        matches!(self, Self::Accepted | Self::Processing | Self::Retrying | Self::Held | Self::DeadLettering)
    }

    /// Whether nothing but an operator changes a record with this status.
    pub fn is_settled(self) -> bool {
        self.is_final() || matches!(self, Self::DeadLettered | Self::Held)
    }

    /// Whether a record with this status never changes again. Only such a record expires.
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
