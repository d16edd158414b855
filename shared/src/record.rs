//! A task's record: its row, with status, lease and history.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    AuditEntry, Caller, DroppedResult, Failure, FailureClass, Fingerprint, Json, Receipt, SequenceNumber,
    Status, Task, TaskId, Timestamp, TraceContext,
    limits::{
        AUDIT_ENTRIES_KEPT, FAILURES_KEPT, RECORD_SECONDS_KEPT, TRIED_AGAIN_SECONDS_MAX,
        VISIBILITY_SECONDS_MAX,
    },
    trace_context,
};

/// What a message carries, as its record stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A task.
    Task(Task),
    /// The start of an undecodable body; the dead-letter queue has all of it.
    Raw(String),
}

impl Content {
    /// How many bytes a record needs for it.
    pub(crate) fn stored_bytes(&self) -> usize {
        serde_json::to_string(self).map_or(usize::MAX / 2, |json| json.len())
    }
}

/// An operator's change to the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// The content that the client submitted.
    pub original: Content,
    /// When the content was last replaced.
    pub at: Timestamp,
    /// The last attempt before the change: a failure of a later attempt is a failure of the amended task.
    pub after_attempt: u32,
}

/// The record of one task: its row in the store.
///
/// Only the functions in [`crate::lifecycle`] make and change records; the field docs name the function that writes each
/// field. Stores write a record and read it back unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskRecord {
    /// The key. Set by `accept`, or by `claim` for a message without a record; never changed.
    pub task_id: TaskId,
    /// 0 when made, +1 with every change; a change and its successor can be written as one (`complete_at_once`). A write
    /// names the revision that it replaces, so that of two concurrent writers one gets a conflict.
    pub revision: u64,
    /// Where the task is in its lifecycle (`docs/lifecycle.md`). `Accepted` when the record is made.
    pub status: Status,
    /// 0, then +1 by `begin_redrive` and `enqueue_missing`. Deliveries of an earlier generation are acknowledged unhandled.
    pub generation: u32,
    /// The number of the last claim: the fencing token. +1 by `claim`, never reset; 0 until the first claim.
    pub attempt: u32,
    /// How many more claims this generation may have. Set by `claim`; `fail` gives the attempt of an unavailable failure back.
    /// Absent before the first claim of a generation: `begin_redrive`, `resume` and a native redrive reset it.
    pub attempts_left: Option<u32>,
    /// When the first of the unavailable failures in a row was detected: since then every attempt of the task has found the
    /// handler unavailable. Set by `fail`; cleared by every other outcome and by every new budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable_since: Option<Timestamp>,
    /// When the current claim ends, if the run neither ends nor renews it. Set by `claim`, `renew` and `lapse`; cleared by
    /// `complete`, `fail` and `record_native_dead_letter`.
    pub lease_until: Option<Timestamp>,
    /// The id of the invocation that made the last claim. Set by `claim`; absent before the first.
    pub claimed_by: Option<String>,
    /// When the current attempt was claimed. Set and cleared with `lease_until`; `lapse` leaves it.
    pub attempt_started_at: Option<Timestamp>,
    /// The sequence number of the message that was claimed last, or that was enqueued again and is not claimed yet. Set by
    /// `claim`, `note_enqueued` and `finish_redrive`; absent before, and cleared by `begin_redrive` and `enqueue_missing`.
    pub sequence_number: Option<SequenceNumber>,
    /// The sequence number of the first message that was claimed: the task's position in the order of acceptance. Set by
    /// the first `claim`, never changed.
    pub first_sequence_number: Option<SequenceNumber>,
    /// What the handler gets. Set when the record is made; replaced by `amend` only.
    #[serde(rename = "payload")]
    pub content: Content,
    /// The last change an operator made to the content. Set by `amend`; absent if it was never amended.
    pub amendment: Option<Amendment>,
    /// The hash of the submitted request, by which a second use of its key is recognised. Set when the record is made, and
    /// unchanged by an amendment; absent if the body can't be decoded or the message carried none.
    pub fingerprint: Option<Fingerprint>,
    /// Who submitted the task. Set when the record is made.
    pub submitted_by: Caller,
    /// The trace of the request, if the request named one. Set when the record is made.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "trace_context::if_readable"
    )]
    pub trace: Option<TraceContext>,
    /// The last [`FAILURES_KEPT`] failures, newest last; of unavailable failures in a row only the last. Added to by `fail`,
    /// by `claim` when it finds a lapsed claim, and by `record_native_dead_letter`; never reset.
    pub failures: Vec<Failure>,
    /// The version that the service behind the handler reported when it completed the task. Set by `complete_by`; absent
    /// if the task is not completed or no version was reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler_version: Option<String>,
    /// What the handler returned when it completed the task. Set by `complete_by`; absent if it returned nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Json>,
    /// Why the result that the handler returned is not stored. Set by `complete_by`; absent if it is stored, or there was
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_dropped: Option<DroppedResult>,
    /// The receipt with which an operator's command makes the held message visible. Set by `publish_receipt`; cleared by
    /// `claim` and `finish_dead_lettering`.
    pub held_receipt: Option<Receipt>,
    /// When the submitter asked to cancel the task while an attempt ran. Set by `cancel`; cleared by `begin_redrive`, and by
    /// `claim` when SQS moved the dead letter back: then an operator decided to run it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_requested_at: Option<Timestamp>,
    /// When the task's current message was made ([`crate::Message::enqueued_at`]). Set when the record is made, then by
    /// `claim` and `enqueue_missing`.
    pub enqueued_at: Timestamp,
    /// When the API accepted the request. Set when the record is made.
    pub accepted_at: Timestamp,
    /// When the task was first claimed at its current sequence number. Set by `claim`; absent before the first claim;
    /// cleared by `begin_redrive`, and set anew when a message with another sequence number is claimed.
    pub started_at: Option<Timestamp>,
    /// When the task left the line: completed, dead-lettered, discarded or cancelled. Cleared by `claim` and
    /// `finish_redrive`.
    pub finished_at: Option<Timestamp>,
    /// When stores may delete the record: [`RECORD_SECONDS_KEPT`] after the last change to a final status. Absent while
    /// the status is not final.
    pub expires_at: Option<Timestamp>,
    /// The last [`AUDIT_ENTRIES_KEPT`] entries about what operators, submitters and SQS did to the task, newest last.
    pub audit: Vec<AuditEntry>,
}

impl TaskRecord {
    /// The latest failure.
    pub fn last_failure(&self) -> Option<&Failure> {
        self.failures.last()
    }

    /// Whether the last attempt failed, and the next one is due or running. A crashed run counts as failed once the next
    /// attempt has recorded it.
    pub fn is_tried_again(&self) -> bool {
        let is_in_progress = matches!(self.status, Status::Retrying | Status::Processing);
        let is_last = self.last_failure().is_some_and(|failure| {
            failure.generation == self.generation && failure.attempt.saturating_add(1) >= self.attempt
        });
        is_in_progress && is_last
    }

    /// Whether the task is tried again, and failed so recently that its next attempt is due or running at `now`. If the
    /// failure is older, SQS has moved the message to the dead-letter queue.
    pub fn is_tried_again_at(&self, now: Timestamp) -> bool {
        let within = TimeDelta::seconds(i64::from(TRIED_AGAIN_SECONDS_MAX));
        self.is_tried_again() && self.last_failure().is_some_and(|failure| failure.at > now - within)
    }

    /// Since when every attempt of the task has found its handler unavailable, if that was so at the last one.
    pub fn handler_unavailable_since(&self) -> Option<Timestamp> {
        self.unavailable_since.filter(|_| self.is_tried_again())
    }

    /// Since when the task needs attention, if it does: the time of its last failure.
    pub fn needs_attention_since(&self) -> Timestamp {
        self.last_failure().map_or(self.enqueued_at, |failure| failure.at)
    }

    /// The task; `None` if the body can't be decoded.
    pub fn task(&self) -> Option<&Task> {
        match &self.content {
            Content::Task(task) => Some(task),
            Content::Raw(_) => None,
        }
    }

    /// Whether the record is expired. Stores delete expired records late, so readers must check.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// When the current claim's lease ends, if it is valid at `now`. A lease longer than the maximum was taken while a clock
    /// was ahead and is not valid: it would stop the line until then.
    pub fn leased_until(&self, now: Timestamp) -> Option<Timestamp> {
        let longest = TimeDelta::seconds(i64::from(VISIBILITY_SECONDS_MAX));
        self.lease_until.filter(|until| *until > now && *until <= now + longest)
    }

    /// The next revision of this record in `status`.
    pub(crate) fn next(&self, status: Status, now: Timestamp) -> Self {
        let kept = TimeDelta::seconds(i64::from(RECORD_SECONDS_KEPT));
        Self {
            revision: self.revision + 1,
            status,
            expires_at: status.is_final().then(|| now + kept),
            // Of a completed task only, and nothing follows a completion.
            result: None,
            result_dropped: None,
            ..self.clone()
        }
    }

    pub(crate) fn remember_failure(&mut self, mut failure: Failure) {
        let begun_at = self.unavailable_since.take();
        if failure.class == FailureClass::Unavailable {
            if let Some(earlier) =
                self.failures.pop_if(|last| begun_at.is_some() && last.class == failure.class)
            {
                failure.replaced = earlier.replaced.saturating_add(1);
            }
            // A clock that was ahead must not make the outage last longer.
            self.unavailable_since = Some(begun_at.map_or(failure.at, |begun_at| begun_at.min(failure.at)));
        }
        self.failures.push(failure.bounded());
        let surplus = self.failures.len().saturating_sub(FAILURES_KEPT);
        self.failures.drain(..surplus);
    }

    pub(crate) fn remember_audit(&mut self, entry: AuditEntry) {
        self.audit.push(entry);
        let surplus = self.audit.len().saturating_sub(AUDIT_ENTRIES_KEPT);
        self.audit.drain(..surplus);
    }

    pub(crate) fn end_claim(&mut self) {
        self.lease_until = None;
        self.attempt_started_at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the version before types and payloads stored it, with an amendment.
    const EARLIER: &str = r#"{"task_id":"01890a5d-ac96-774b-bcce-b302099a8057","revision":4,"status":"dead_lettered",
        "generation":0,"attempt":1,"attempts_left":4,"lease_until":null,"claimed_by":"q","attempt_started_at":null,
        "sequence_number":"10","first_sequence_number":"10","payload":{"task":{"title":"t","description":"d",
        "priority":"low"}},"amendment":{"original":{"raw":"{"},"at":"2026-01-02T03:04:05Z","after_attempt":1},
        "fingerprint":null,"submitted_by":"local","failures":[],"held_receipt":null,
        "enqueued_at":"2026-01-02T03:04:05Z","accepted_at":"2026-01-02T03:04:05Z","started_at":null,
        "finished_at":null,"expires_at":null,"audit":[]}"#;

    #[test]
    fn a_record_of_an_earlier_version_is_read_and_written_as_it_was() {
        let record: TaskRecord = serde_json::from_str(EARLIER).unwrap();
        let task = record.task().unwrap();
        assert!(task.task_type().is_default() && task.payload().is_none());
        assert_eq!(record.amendment.as_ref().unwrap().original, Content::Raw("{".to_owned()));
        let [written, earlier] = [&serde_json::to_string(&record).unwrap(), EARLIER]
            .map(|json| serde_json::from_str::<serde_json::Value>(json).unwrap());
        assert_eq!(written, earlier);
    }
}
