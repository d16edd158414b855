//! Who changed what, when and why.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    limits::{OPERATOR_CHARACTERS_MAX, REASON_CHARACTERS_MAX},
};

/// What was done to a task by somebody other than the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    /// A dead letter was sent to the line again.
    Redrive,
    /// SQS itself moved a dead letter back to the line.
    NativeRedrive,
    /// SQS itself moved the message to the dead-letter queue.
    NativeDeadLetter,
    /// A dead or held task was given up for good.
    Discard,
    /// Its submitter took back a task that had not begun.
    Cancel,
    /// A held task was let go on.
    Resume,
    /// The task's content was replaced.
    Amend,
    /// A held task was sent to the dead-letter queue.
    Skip,
    /// A task that was recorded but missing from the line was enqueued again.
    Enqueue,
}

/// One change and its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// What was done.
    pub action: AuditAction,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why, in the author's words.
    pub reason: String,
}

impl AuditEntry {
    /// An entry whose author and reason are cut to [`OPERATOR_CHARACTERS_MAX`] and [`REASON_CHARACTERS_MAX`].
    pub fn new(action: AuditAction, at: Timestamp, by: &str, reason: &str) -> Self {
        let cut = |text: &str, max| text.chars().take(max).collect();
        Self { action, at, by: cut(by, OPERATOR_CHARACTERS_MAX), reason: cut(reason, REASON_CHARACTERS_MAX) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn author_and_reason_are_cut_to_what_a_record_keeps() {
        let long = "é".repeat(1_000);
        let entry = AuditEntry::new(AuditAction::Discard, Timestamp::UNIX_EPOCH, &long, &long);
        assert_eq!(entry.by.chars().count(), OPERATOR_CHARACTERS_MAX);
        assert_eq!(entry.reason.chars().count(), REASON_CHARACTERS_MAX);
    }
}
