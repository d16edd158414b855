//! A failure: why an attempt did not complete its task.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp, cut_to_bytes, harmless,
    limits::{FAILURE_ANSWER_BYTES_MAX, FAILURE_MESSAGE_CHARACTERS_MAX, FAILURE_NAME_CHARACTERS_MAX},
};

/// The kind of a failure, which decides what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The handler reported that another attempt may succeed.
    Transient,
    /// The handler's service could not be reached, or can't handle tasks now. This says nothing about the task.
    Unavailable,
    /// The handler reported that no attempt will succeed.
    Permanent,
    /// The message's body can't be decoded.
    Undecodable,
    /// The handler panicked.
    Panicked,
    /// The handler did not return before its deadline.
    Overran,
    /// The run ended without a report: its lease expired, or the program that handled the task was killed.
    Crashed,
}

impl FailureClass {
    /// All classes.
    pub const ALL: [Self; 7] = [
        Self::Transient,
        Self::Unavailable,
        Self::Permanent,
        Self::Undecodable,
        Self::Panicked,
        Self::Overran,
        Self::Crashed,
    ];

    /// Whether another attempt is made while the budget lasts.
    pub fn is_retryable(self) -> bool {
        match self {
            Self::Transient | Self::Unavailable | Self::Panicked | Self::Overran | Self::Crashed => true,
            Self::Permanent | Self::Undecodable => false,
        }
    }

    /// Whether the same code is expected to fail the same way with the same task. The cause of a timeout, a crash or an
    /// unreachable service may be over; that of a refusal or a panic is not.
    pub fn is_deterministic(self) -> bool {
        match self {
            Self::Permanent | Self::Undecodable | Self::Panicked => true,
            Self::Transient | Self::Unavailable | Self::Overran | Self::Crashed => false,
        }
    }

    /// The name in records, responses and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Unavailable => "unavailable",
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

/// The version of the handler that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandlerVersion {
    /// The handler is part of the binary: its version is [`Failure::code_version`].
    OfCode,
    /// The service that the handler calls reported this version.
    Reported(String),
}

/// One failed attempt and its cause (promise P5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind of failure.
    pub class: FailureClass,
    /// A short, stable name of the cause, for filters: `http_503`, `deadline_exceeded`.
    pub code: String,
    /// A description of the cause, at most [`FAILURE_MESSAGE_CHARACTERS_MAX`] characters.
    pub message: String,
    /// The number of the attempt.
    pub attempt: u32,
    /// The task's generation at this attempt.
    pub generation: u32,
    /// When the failure was detected.
    pub at: Timestamp,
    /// How many unavailable failures directly before this unavailable failure it replaced: an outage must not push the
    /// failures before it out of the record.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub replaced: u32,
    /// How long the attempt took, in milliseconds; absent if its end was not observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The id of the invocation that ran the handler.
    pub request_id: String,
    /// The X-Ray trace of the invocation, if X-Ray is on. The task's own trace is [`crate::TaskRecord::trace`].
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "trace_id")]
    pub xray_trace_id: Option<String>,
    /// The version of the binary that ran the handler.
    pub code_version: String,
    /// The version of the handler; absent if it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler_version: Option<HandlerVersion>,
    /// What the service that the handler calls answered, at most [`FAILURE_ANSWER_BYTES_MAX`] bytes. For operators only: it
    /// can reveal internals of that service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Failure {
    /// This failure with its texts made harmless and cut to their limits.
    pub fn bounded(self) -> Self {
        let handler_version = self.handler_version.map(|version| match version {
            HandlerVersion::Reported(text) => HandlerVersion::Reported(bounded_version(&text)),
            HandlerVersion::OfCode => HandlerVersion::OfCode,
        });
        Self {
            code: cut(&harmless(&self.code), FAILURE_NAME_CHARACTERS_MAX),
            message: cut(&harmless(&self.message), FAILURE_MESSAGE_CHARACTERS_MAX),
            handler_version,
            answer: self.answer.map(|answer| bounded_answer(&answer)).filter(|answer| !answer.is_empty()),
            request_id: cut(&self.request_id, FAILURE_NAME_CHARACTERS_MAX),
            xray_trace_id: self.xray_trace_id.map(|id| cut(&id, FAILURE_NAME_CHARACTERS_MAX)),
            ..self
        }
    }
}

/// A reported version, made harmless and cut to its limit.
pub(crate) fn bounded_version(text: &str) -> String {
    cut(&harmless(text), FAILURE_NAME_CHARACTERS_MAX)
}

fn bounded_answer(text: &str) -> String {
    let mut answer = harmless(text);
    cut_to_bytes(&mut answer, FAILURE_ANSWER_BYTES_MAX);
    answer
}

fn cut(text: &str, characters_max: usize) -> String {
    text.chars().take(characters_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::fixture::failure;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "é".repeat(5_000);
        let failure = Failure {
            class: FailureClass::Transient,
            code: long.clone(),
            message: long.clone(),
            attempt: 1,
            generation: 0,
            at: Timestamp::UNIX_EPOCH,
            replaced: 0,
            duration_ms: None,
            request_id: long.clone(),
            xray_trace_id: Some(long.clone()),
            code_version: "short".to_owned(),
            handler_version: Some(HandlerVersion::Reported(long.clone())),
            answer: Some(long),
        }
        .bounded();
        assert_eq!(failure.message.chars().count(), FAILURE_MESSAGE_CHARACTERS_MAX);
        assert_eq!(failure.code.chars().count(), FAILURE_NAME_CHARACTERS_MAX);
        assert_eq!(failure.xray_trace_id.map(|id| id.chars().count()), Some(FAILURE_NAME_CHARACTERS_MAX));
        assert_eq!(failure.request_id.chars().count(), FAILURE_NAME_CHARACTERS_MAX);
        assert_eq!(failure.code_version, "short");
        assert_eq!(failure.answer.map(|answer| answer.len()), Some(FAILURE_ANSWER_BYTES_MAX));
        let Some(HandlerVersion::Reported(version)) = failure.handler_version else {
            unreachable!("a version was reported")
        };
        assert_eq!(version.chars().count(), FAILURE_NAME_CHARACTERS_MAX);
    }

    #[test]
    fn no_text_of_a_failure_can_forge_a_line_or_colour_a_terminal() {
        let forged = "bad\nfailure      forged\u{1B}[31m\u{202E}";
        let failure = Failure {
            code: forged.to_owned(),
            message: forged.to_owned(),
            handler_version: Some(HandlerVersion::Reported(forged.to_owned())),
            answer: Some(forged.to_owned()),
            ..failure(FailureClass::Permanent)
        }
        .bounded();
        let expected = "bad failure forged";
        assert_eq!((failure.code.as_str(), failure.message.as_str()), (expected, expected));
        assert_eq!(failure.handler_version, Some(HandlerVersion::Reported(expected.to_owned())));
        assert_eq!(failure.answer.as_deref(), Some(expected));
        let silent = Failure { answer: Some(" \n".to_owned()), ..failure };
        assert_eq!(silent.bounded().answer, None);
    }

    #[test]
    fn a_failure_stored_before_versions_were_reported_is_readable() {
        let mut kept = serde_json::to_value(failure(FailureClass::Permanent)).unwrap();
        let fields = kept.as_object_mut().unwrap();
        fields.remove("handler_version");
        for absent in ["answer", "replaced"] {
            assert!(!fields.contains_key(absent), "an absent {absent} is not stored");
        }
        let read: Failure = serde_json::from_value(kept).unwrap();
        assert_eq!((read.handler_version, read.answer, read.replaced), (None, None, 0));
    }

    #[test]
    fn a_failure_stored_with_the_former_name_of_the_xray_trace_is_readable() {
        let kept = serde_json::to_string(&failure(FailureClass::Permanent)).unwrap();
        let read: Failure =
            serde_json::from_str(&kept.replacen('{', r#"{"trace_id":"1-5759e988-bd86","#, 1)).unwrap();
        assert_eq!(read.xray_trace_id.as_deref(), Some("1-5759e988-bd86"));
    }

    #[test]
    fn a_class_is_spelled_the_same_in_json_and_in_text() {
        for class in FailureClass::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
        }
    }
}
