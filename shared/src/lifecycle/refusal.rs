//! refusal: why a record is not changed.

use crate::{Status, limits::CONTENTS_BYTES_MAX};

/// Why the record's current state does not allow a change. The text is for the operator or caller who requested it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only a held task can be resumed or skipped.
    #[error("it is {0}, not held")]
    NotHeld(Status),
    /// Only a dead letter can be redriven.
    #[error("it is {0}, not dead_lettered")]
    NotDeadLettered(Status),
    /// Only a redrive that has begun can be finished.
    #[error("it is {0}, not redriving")]
    NotRedriving(Status),
    /// Only a dead or held task can be discarded or amended.
    #[error("it is {0}, neither dead_lettered nor held")]
    NeitherDeadNorHeld(Status),
    /// Only a task that has not begun can be cancelled.
    #[error("it is {0}, and can't be cancelled any more")]
    HasBegun(Status),
    /// Only a task in the line can be enqueued again or moved to the dead-letter queue.
    #[error("it is {0}, not in the line")]
    NotInTheLine(Status),
    /// An amendment must change the task, because it allows a redrive that would be refused otherwise.
    #[error("the task would not change: it has this content already")]
    WouldNotChange,
    /// The record keeps the original content beside the new one.
    #[error(
        "the record keeps the original content beside the new one, together {bytes} bytes of at most {CONTENTS_BYTES_MAX}: \
         submit a new task instead, and discard this one"
    )]
    TooLargeToAmend {
        /// The size of both.
        bytes: usize,
    },
    /// Only a decodable task can be enqueued.
    #[error("its body can't be decoded, so there is no task to redrive: amend it or discard it")]
    NothingToRedrive,
    /// The task would fail again, because neither it nor its handler changed.
    #[error("it would fail again with {code}: the task did not change, and {unchanged}")]
    WouldFailAgain {
        /// The code of the failure that would repeat.
        code: String,
        /// Why the handler is known to be unchanged.
        unchanged: String,
    },
}
