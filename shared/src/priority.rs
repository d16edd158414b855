//! How urgent the submitter says a task is. It never changes the order: the line is strictly first in, first out.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The submitter's own word on urgency, kept and shown, without effect on the order of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Can wait.
    Low,
    /// The usual.
    Medium,
    /// Urgent.
    High,
}

impl Priority {
    /// All of them, by rising urgency.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// As it is written in requests, records and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_priority_is_spelled_the_same_in_json_and_in_text() {
        for priority in Priority::ALL {
            assert_eq!(serde_json::to_value(priority).unwrap(), priority.as_str());
        }
    }
}
