//! A task's record: its row, with status, lease and history.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    AuditEntry, Caller, Failure, Fingerprint, Receipt, SequenceNumber, Status, Task, TaskId, Timestamp,
    TraceContext,
    limits::{AUDIT_ENTRIES_KEPT, FAILURES_KEPT, RECORD_SECONDS_KEPT, VISIBILITY_SECONDS_MAX},
    trace_context,
};

/// For how long after a failure the next attempt has begun, or failed too: the longest wait is an hour
/// (`RETRY_MAX_SECONDS`), the longest run 14 minutes (`HANDLER_TIMEOUT_SECONDS`).
const TRIED_AGAIN_WITHIN: TimeDelta = TimeDelta::hours(2);

/// What a record carries to its handler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// A task.
    Task(Task),
    /// A body that could not be decoded, as far as a record keeps it; the dead-letter queue has it whole.
    Raw(String),
}

/// A change an operator made to what is handled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// What the client submitted.
    pub original: Payload,
    /// When it was last replaced.
    pub at: Timestamp,
    /// After which attempt: a failure of a later one is a failure of the amended task.
    pub after_attempt: u32,
}

/// One task's row. Made and changed only by the functions in [`crate::lifecycle`]; stores keep it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// Key.
    pub task_id: TaskId,
    /// +1 with every change, of which one write can make two: a write names the revision it replaces, so that of two
    /// writers one loses and knows it.
    pub revision: u64,
    /// Where the task stands.
    pub status: Status,
    /// 0, then +1 per redrive made by an operator.
    pub generation: u32,
    /// The last claim's number; only ever rises: the fencing token.
    pub attempt: u32,
    /// How many more claims this generation may have; absent until the first.
    pub attempts_left: Option<u32>,
    /// When the present claim lapses.
    pub lease_until: Option<Timestamp>,
    /// The invocation that holds or last held the claim.
    pub claimed_by: Option<String>,
    /// When the present attempt was claimed.
    pub attempt_started_at: Option<Timestamp>,
    /// Its place in the line: of the message last claimed.
    pub sequence_number: Option<SequenceNumber>,
    /// The place it was accepted at.
    pub first_sequence_number: Option<SequenceNumber>,
    /// What is handled.
    pub payload: Payload,
    /// What an operator changed about it.
    pub amendment: Option<Amendment>,
    /// What was submitted, in short; absent when the body can't be decoded.
    pub fingerprint: Option<Fingerprint>,
    /// Who submitted it.
    pub submitted_by: Caller,
    /// The trace that the request belongs to, if it named one.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "trace_context::if_readable"
    )]
    pub trace: Option<TraceContext>,
    /// The last [`FAILURES_KEPT`] failures, newest last.
    pub failures: Vec<Failure>,
    /// The version that the service which handles tasks reported of itself when it completed this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler_version: Option<String>,
    /// The right to make a held message seen again.
    pub held_receipt: Option<Receipt>,
    /// When the message it travels in was made ([`crate::Message::enqueued_at`]).
    pub enqueued_at: Timestamp,
    /// When the API took the request.
    pub accepted_at: Timestamp,
    /// First claim at the present place in the line.
    pub started_at: Option<Timestamp>,
    /// When the line could go on: completed, dead-lettered or discarded.
    pub finished_at: Option<Timestamp>,
    /// When the record may be deleted; absent unless its status is final.
    pub expires_at: Option<Timestamp>,
    /// The last [`AUDIT_ENTRIES_KEPT`] changes made by people, newest last.
    pub audit: Vec<AuditEntry>,
}

impl TaskRecord {
    /// The failure that decided where the record stands, if any.
    pub fn last_failure(&self) -> Option<&Failure> {
        self.failures.last()
    }

    /// Whether its last attempt failed, and another one is waited for or under way. A run that ended without a word failed,
    /// too: the one after it says so.
    pub fn is_tried_again(&self) -> bool {
        let is_in_hand = matches!(self.status, Status::Retrying | Status::Processing);
        let is_last = self.last_failure().is_some_and(|failure| {
            failure.generation == self.generation && failure.attempt.saturating_add(1) >= self.attempt
        });
        is_in_hand && is_last
    }

    /// Whether it is tried again, and failed so lately that its next attempt is waited for or under way at `now`. What
    /// failed longer ago left the line in another way: SQS moved it to the dead-letter queue.
    pub fn is_tried_again_at(&self, now: Timestamp) -> bool {
        self.is_tried_again()
            && self.last_failure().is_some_and(|failure| failure.at > now - TRIED_AGAIN_WITHIN)
    }

    /// Since when its task needs attention, if it does: its last failure.
    pub fn needs_attention_since(&self) -> Timestamp {
        self.last_failure().map_or(self.enqueued_at, |failure| failure.at)
    }

    /// The task, unless the body could not be decoded.
    pub fn task(&self) -> Option<&Task> {
        match &self.payload {
            Payload::Task(task) => Some(task),
            Payload::Raw(_) => None,
        }
    }

    /// Whether its time is over. Stores delete expired records late, so readers compare for themselves.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Until when the present claim holds, if it does at `now`. A lease that ends later than the longest can was taken when
    /// a clock was ahead: kept to, it would stop its line for as long.
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
            ..self.clone()
        }
    }

    pub(crate) fn remember_failure(&mut self, failure: Failure) {
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
