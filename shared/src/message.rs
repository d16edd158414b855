//! A task's message: the JSON in the body of an SQS message.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{
    Caller, EncodingError, Fingerprint, Task, TaskId, TaskRecord, Timestamp, TraceContext, trace_context,
};

/// A task without a type or a payload is sent in format 1, which every version reads; another one in format 2. A version
/// that reads format 1 only would drop both without a word, and so must not read format 2.
const FORMATS: RangeInclusive<u32> = 1..=2;

/// Everything from which the processor can make the task's record, if the message is delivered before the API has written
/// the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub(crate) format: u32,
    /// The task's id.
    pub task_id: TaskId,
    /// 0 for an accept, then the record's generation at each redrive.
    pub generation: u32,
    /// When this message was made. It distinguishes two messages of one generation: a request that was sent again after the
    /// deduplication interval, and a dead letter that SQS moved back.
    pub enqueued_at: Timestamp,
    /// When the API accepted the request.
    pub accepted_at: Timestamp,
    /// Who submitted the task.
    pub submitted_by: Caller,
    /// The fingerprint of the request; absent if the record that it was sent for had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// The trace of the request, if the request named one.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "trace_context::if_readable"
    )]
    pub trace: Option<TraceContext>,
    /// The task.
    pub task: Task,
}

/// The body is not a message of Taskline. The text gives the reason without quoting the body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to decode the message: {0}")]
pub struct UndecodableMessage(String);

impl Message {
    /// A message for `task`.
    pub fn new(
        task_id: TaskId,
        generation: u32,
        enqueued_at: Timestamp,
        accepted_at: Timestamp,
        submitted_by: Caller,
        fingerprint: Option<Fingerprint>,
        task: Task,
    ) -> Self {
        let has_more = !task.task_type().is_default() || task.payload().is_some();
        let format = if has_more { *FORMATS.end() } else { *FORMATS.start() };
        Self {
            format,
            task_id,
            generation,
            enqueued_at,
            accepted_at,
            submitted_by,
            fingerprint,
            trace: None,
            task,
        }
    }

    /// This message as part of `trace`.
    pub fn traced(self, trace: Option<TraceContext>) -> Self {
        Self { trace, ..self }
    }

    /// A new message for the task of `record`; `None` if its body can't be decoded.
    pub fn carrying(record: &TaskRecord, now: Timestamp) -> Option<Self> {
        let task = record.task()?.clone();
        let TaskRecord { task_id, generation, accepted_at, .. } = *record;
        let (submitted_by, fingerprint) = (record.submitted_by.clone(), record.fingerprint.clone());
        let message = Self::new(task_id, generation, now, accepted_at, submitted_by, fingerprint, task);
        Some(message.traced(record.trace.clone()))
    }

    /// The deduplication id, by which the queue recognises a second send of the same message. A redrive has another
    /// generation, so it is never dropped as a duplicate.
    pub fn dedupe_id(&self) -> String {
        format!("{}.{}", self.task_id, self.generation)
    }

    /// The body to send.
    ///
    /// # Errors
    /// [`EncodingError`].
    pub fn encode(&self) -> Result<String, EncodingError> {
        serde_json::to_string(self).map_err(|error| EncodingError::new("a message", error))
    }

    /// Decodes a body.
    ///
    /// # Errors
    /// [`UndecodableMessage`] if it is not JSON, of another shape or of another format.
    pub fn decode(body: &str) -> Result<Self, UndecodableMessage> {
        let message: Self =
            serde_json::from_str(body).map_err(|error| UndecodableMessage(describe(&error)))?;
        if !FORMATS.contains(&message.format) {
            return Err(UndecodableMessage(format!(
                "its format is {}, this version reads {} to {}",
                message.format,
                FORMATS.start(),
                FORMATS.end()
            )));
        }
        Ok(message)
    }
}

/// The id of the task that a message's body belongs to: the one it names, or for an undecodable body one that is derived
/// from the body, so that every delivery of it finds the same record.
pub fn task_id_of(body: &str) -> TaskId {
    Message::decode(body).map_or_else(|_| TaskId::of_undecodable_body(body), |message| message.task_id)
}

/// The kind and position of an error. serde's text can quote a value, and a failure's message must contain no payload.
fn describe(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Syntax => "it is not JSON",
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "it is JSON of another shape",
        serde_json::error::Category::Io => "it can't be read",
    };
    format!("{kind} (line {}, column {})", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        limits::{
            CALLER_CHARACTERS_MAX, DESCRIPTION_CHARACTERS_MAX, LINE_MESSAGE_BYTES_MAX, PAYLOAD_BYTES_MAX,
            TASK_TYPE_CHARACTERS_MAX, TITLE_CHARACTERS_MAX,
        },
        sanitise, validate,
    };

    fn message() -> Message {
        let request = validate(
            br#"{"title":"t","description":"d","priority":"low","due_date":"2026-01-01T12:00:00+01:00"}"#,
        )
        .unwrap();
        let at = "2026-01-02T03:04:05.678901Z".parse().unwrap();
        let id = TaskId::fresh(at, &[7; 10]);
        let fingerprint = Some(Fingerprint::of(&request));
        let traceparent = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        Message::new(id, 2, at, at, Caller::local(), fingerprint, sanitise(request).unwrap())
            .traced(TraceContext::read([&traceparent[..]], []))
    }

    #[test]
    fn an_encoded_message_can_be_decoded() {
        let message = message();
        assert_eq!(Message::decode(&message.encode().unwrap()), Ok(message));
    }

    fn message_with(members: &str) -> Message {
        let json = format!(r#"{{"title":"t","description":"d","priority":"low",{members}}}"#);
        let task = sanitise(validate(json.as_bytes()).unwrap()).unwrap();
        let Message { task_id, generation, enqueued_at, accepted_at, submitted_by, .. } = message();
        Message::new(task_id, generation, enqueued_at, accepted_at, submitted_by, None, task)
    }

    #[test]
    fn a_type_and_a_payload_are_carried_as_sent_in_format_2() {
        let payload = "{ \"a\" : [1.10, 1e400] , \"b\":\"\\u0000\" }";
        for members in [format!(r#""payload":{payload}"#), r#""type":"a""#.to_owned()] {
            let message = message_with(&members);
            let body = message.encode().unwrap();
            assert!(body.starts_with(r#"{"format":2,"#) && body.contains(&members), "{body}");
            assert_eq!(Message::decode(&body), Ok(message));
        }
        assert_eq!(message_with(r#""payload":null,"type":"task""#).encode().unwrap().find("payload"), None);
        assert!(message().encode().unwrap().starts_with(r#"{"format":1,"#));
    }

    #[test]
    fn a_message_whose_type_is_not_one_is_undecodable() {
        let body = message_with(r#""type":"a""#).encode().unwrap().replace(r#""type":"a""#, r#""type":"A""#);
        assert!(Message::decode(&body).is_err());
    }

    #[test]
    fn the_largest_message_fits_the_queue() {
        for character in ['\u{1F33B}', '"', '\u{AD}', '\u{FFFD}', 'x'] {
            let text = |count: usize| format!("x{}x", character.to_string().repeat(count - 2));
            let task = serde_json::json!({
                "title": text(TITLE_CHARACTERS_MAX),
                "description": text(DESCRIPTION_CHARACTERS_MAX),
                "priority": "medium",
                "due_date": "2026-01-01T12:00:00.123456789+01:00",
                "type": "x".repeat(TASK_TYPE_CHARACTERS_MAX),
                "payload": "x".repeat(PAYLOAD_BYTES_MAX - 2),
            });
            let request = validate(task.to_string().as_bytes()).unwrap();
            let state = format!("a={}", "\"".repeat(250));
            let caller = Caller::of_subject("\u{1F33B}".repeat(CALLER_CHARACTERS_MAX)).unwrap();
            let largest = Message { submitted_by: caller, task: sanitise(request).unwrap(), ..message() };
            let traceparent = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
            let largest = largest.traced(TraceContext::read([&traceparent[..]], [state.as_bytes()]));
            let bytes = largest.encode().unwrap().len();
            assert!(bytes <= LINE_MESSAGE_BYTES_MAX, "{character:?}: {bytes}");
        }
    }

    #[test]
    fn a_new_message_of_a_record_has_its_task_and_generation() {
        let first = message();
        let later = "2026-01-02T04:00:00Z".parse().unwrap();
        let record = TaskRecord { generation: 3, ..crate::lifecycle::accept(&first) };
        let expected = Message { generation: 3, enqueued_at: later, ..first };
        assert_eq!(Message::carrying(&record, later), Some(expected));
    }

    #[test]
    fn a_message_of_a_version_without_traces_is_readable() {
        let message = message();
        let mut older: serde_json::Value = serde_json::from_str(&message.encode().unwrap()).unwrap();
        assert!(older.as_object_mut().unwrap().remove("trace").is_some());
        assert_eq!(Message::decode(&older.to_string()), Ok(message.traced(None)));
    }

    #[test]
    fn the_deduplication_id_has_task_and_generation_and_fits_sqs() {
        let message = message();
        assert_eq!(message.dedupe_id(), format!("{}.2", message.task_id));
        assert!(Message { generation: u32::MAX, ..message }.dedupe_id().len() <= 128);
    }

    #[test]
    fn another_format_is_refused_by_its_number() {
        let body = message().encode().unwrap().replace("\"format\":1", "\"format\":9");
        let error = Message::decode(&body).unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to decode the message: its format is 9, this version reads 1 to 2"
        );
    }

    #[test]
    fn an_undecodable_body_is_described_without_being_quoted() {
        for body in ["", "secret", "{\"secret\":1}", "[\"secret\"]", "{\"format\":\"secret\"}", "\u{0}"] {
            let error = Message::decode(body).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
            assert!(error.contains("line 1"), "{error}");
        }
    }
}
