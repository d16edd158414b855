//! The type of a task, by which a handler or a setting tells kinds of tasks apart.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::limits::TASK_TYPE_CHARACTERS_MAX;

/// The type of a task that names none.
const DEFAULT: &str = "task";

/// 1 to 64 of the characters `a` to `z`, `0` to `9`, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct TaskType(String);

/// The text is not a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {TASK_TYPE_CHARACTERS_MAX} of the characters a to z, 0 to 9, . _ -")]
pub struct InvalidTaskType;

impl TaskType {
    /// The type.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the type of a task that names none.
    pub fn is_default(&self) -> bool {
        self.0 == DEFAULT
    }
}

impl Default for TaskType {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

impl TryFrom<String> for TaskType {
    type Error = InvalidTaskType;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
        match (1..=TASK_TYPE_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(is_allowed) {
            true => Ok(Self(text)),
            false => Err(InvalidTaskType),
        }
    }
}

impl FromStr for TaskType {
    type Err = InvalidTaskType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for TaskType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_1_to_64_of_a_few_characters() {
        for valid in ["task", "a", "0", "invoice.send-v2_final", "...", &"x".repeat(64)] {
            assert_eq!(valid.parse::<TaskType>().unwrap().as_str(), valid);
        }
        for invalid in ["", " ", "Task", "a b", "a/b", "é", "a\n", "a\0", &"x".repeat(65)] {
            assert_eq!(invalid.parse::<TaskType>(), Err(InvalidTaskType), "{invalid:?}");
        }
    }

    #[test]
    fn an_invalid_type_is_not_read_from_json() {
        assert!(serde_json::from_str::<TaskType>("\"a\"").is_ok());
        assert!(serde_json::from_str::<TaskType>("\"A\"").is_err());
    }
}
