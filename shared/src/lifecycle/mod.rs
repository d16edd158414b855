//! The lifecycle of a record: all changes to records, as pure functions.
//!
//! A function takes a record (or a message, for the first revision) and returns its next revision, or a refusal. Nothing
//! else makes or changes a record. Stores replace one revision by the next ([`crate::ports::TaskRecords::write`]), so only
//! one of two concurrent writers succeeds, and a run whose claim was taken over can't write. `docs/lifecycle.md` has the
//! diagram.

mod accept;
mod cancel;
mod claim;
mod renew;
mod complete;
mod backoff;
mod fail;
mod dead_letter;
mod hold;
mod repetition;
mod redrive;
mod discard;
mod amend;
mod refusal;
pub mod line;

#[cfg(test)]
mod diagram;
#[cfg(test)]
pub(crate) mod fixture;

pub use accept::{Resubmission, accept, enqueue_missing, note_enqueued, resubmit};
pub use amend::amend;
pub use backoff::{Backoff, spaced_wait_seconds};
pub use cancel::{cancel, is_cancelled};
pub use claim::{Arrival, Claim, ClaimTerms, claim, crash_of, lapse};
pub use complete::{complete, complete_at_once, complete_by};
pub use dead_letter::{dead_letter_dedupe_id, finish_dead_lettering, record_native_dead_letter};
pub use discard::{abandon, discard};
pub use fail::{AfterFailure, FailurePolicy, FailureTerms, fail};
pub use hold::{publish_receipt, resume, skip};
pub use redrive::{Force, begin_redrive, finish_redrive};
pub use refusal::Refusal;
pub use renew::{AfterConflict, after_conflict, renew};
pub use repetition::{PresentHandler, Repetition, ReportedVersion, repetition};
