//! The priority that the submitter gives a task. It never changes the order: the line is strictly first in, first out.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How urgent a task is to its submitter. It is stored and displayed, and has no effect on the order of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Not urgent.
    Low,
    /// Normal.
    Medium,
    /// Urgent.
    High,
}

impl Priority {
    /// All priorities, least urgent first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The name in requests, records and responses.
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
