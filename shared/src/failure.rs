//! Why a run did not complete its task.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    limits::{FAILURE_MESSAGE_CHARACTERS_MAX, FAILURE_NAME_CHARACTERS_MAX},
};

/// What kind of failure it was, which decides what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The handler says that another try may succeed.
    Transient,
    /// The handler says that no try will succeed.
    Permanent,
    /// The message's body is no task.
    Undecodable,
    /// The handler panicked.
    Panicked,
    /// The handler did not end before its deadline.
    Overran,
    /// A run ended without a word: its lease lapsed.
    Crashed,
}

impl FailureClass {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Transient, Self::Permanent, Self::Undecodable, Self::Panicked, Self::Overran, Self::Crashed];

    /// Whether another attempt is made while the budget lasts.
    pub fn is_retryable(self) -> bool {
        match self {
            Self::Transient | Self::Panicked | Self::Overran | Self::Crashed => true,
            Self::Permanent | Self::Undecodable => false,
        }
    }

    /// Whether the same code is expected to fail the same way on the same task. A time-out, a crash or an
    /// unreachable service may well be over; a refusal or a panic is not.
    pub fn is_deterministic(self) -> bool {
        match self {
            Self::Permanent | Self::Undecodable | Self::Panicked => true,
            Self::Transient | Self::Overran | Self::Crashed => false,
        }
    }

    /// As it is written in records, answers and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Permanent => "permanent",
            Self::Undecodable => "undecodable",
            Self::Panicked => "panicked",
            Self::Overran => "overran",
            Self::Crashed => "crashed",
        }
    }
}

impl fmt::Display for FailureClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// One failed attempt, explained (promise P5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind it was.
    pub class: FailureClass,
    /// A short stable name for the cause, fit for filters: `http_503`, `deadline_exceeded`.
    pub code: String,
    /// The cause in words, at most [`FAILURE_MESSAGE_CHARACTERS_MAX`] characters.
    pub message: String,
    /// Which attempt failed.
    pub attempt: u32,
    /// In which generation.
    pub generation: u32,
    /// When it was noticed.
    pub at: Timestamp,
    /// How long the run took; absent when nobody was there to see it end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The invocation that ran it.
    pub request_id: String,
    /// Its trace, where tracing is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The version of the code that ran it.
    pub code_version: String,
}

impl Failure {
    /// This failure, its texts cut to what a record keeps.
    pub fn bounded(self) -> Self {
        Self {
            code: cut(&self.code, FAILURE_NAME_CHARACTERS_MAX),
            message: cut(&self.message, FAILURE_MESSAGE_CHARACTERS_MAX),
            request_id: cut(&self.request_id, FAILURE_NAME_CHARACTERS_MAX),
            trace_id: self.trace_id.map(|trace_id| cut(&trace_id, FAILURE_NAME_CHARACTERS_MAX)),
            ..self
        }
    }
}

fn cut(text: &str, characters_max: usize) -> String {
    text.chars().take(characters_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters_and_short_ones_stay() {
        let long = "é".repeat(5_000);
        let failure = Failure {
            class: FailureClass::Transient,
            code: long.clone(),
            message: long.clone(),
            attempt: 1,
            generation: 0,
            at: Timestamp::UNIX_EPOCH,
            duration_ms: None,
            request_id: long.clone(),
            trace_id: Some(long),
            code_version: "short".to_owned(),
        }
        .bounded();
        assert_eq!(failure.message.chars().count(), FAILURE_MESSAGE_CHARACTERS_MAX);
        assert_eq!(failure.code.chars().count(), FAILURE_NAME_CHARACTERS_MAX);
        assert_eq!(failure.trace_id.map(|id| id.chars().count()), Some(FAILURE_NAME_CHARACTERS_MAX));
        assert_eq!(failure.request_id.chars().count(), FAILURE_NAME_CHARACTERS_MAX);
        assert_eq!(failure.code_version, "short");
    }

    #[test]
    fn a_class_is_spelled_the_same_in_json_and_in_text() {
        for class in FailureClass::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
        }
    }
}
