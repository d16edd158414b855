//! Who changed what, when and why.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, limits::REASON_CHARACTERS_MAX};

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
    /// An entry whose author and reason are cut to [`REASON_CHARACTERS_MAX`] characters.
    pub fn new(action: AuditAction, at: Timestamp, by: &str, reason: &str) -> Self {
        let bounded = |text: &str| text.chars().take(REASON_CHARACTERS_MAX).collect();
        Self { action, at, by: bounded(by), reason: bounded(reason) }
    }
}
