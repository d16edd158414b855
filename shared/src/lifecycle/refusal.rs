//! Why a record is not changed.

use crate::Status;

/// A change that the record's present state does not allow; the text is fit for the operator who asked for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only a held task can be resumed or skipped.
    #[error("it is {0}, not held")]
    NotHeld(Status),
    /// Only a dead letter can be redriven.
    #[error("it is {0}, not dead_lettered")]
    NotDeadLettered(Status),
    /// The redrive is over.
    #[error("it is {0}, not redriving")]
    NotRedriving(Status),
    /// Only a dead or held task can be discarded or amended.
    #[error("it is {0}, neither dead_lettered nor held")]
    NeitherDeadNorHeld(Status),
    /// Only a task that has not begun can be cancelled.
    #[error("it is {0}, and can't be cancelled any more")]
    HasBegun(Status),
    /// Only what is in the line can have been moved out of it.
    #[error("it is {0}, not in the line")]
    NotInTheLine(Status),
    /// An amendment must change something: it lets a redrive go that would fail again otherwise.
    #[error("the task would not change: it says the same already")]
    WouldNotChange,
    /// There is no task in it.
    #[error("its body can't be decoded, so there is no task to redrive: amend it or discard it")]
    NothingToRedrive,
    /// Nothing changed since it failed.
    #[error("it would fail again with {code}: the task did not change, and {unchanged}")]
    WouldFailAgain {
        /// The code of the failure that would repeat.
        code: String,
        /// What shows that the handler did not change either.
        unchanged: String,
    },
}
