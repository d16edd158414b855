//! What an operator does with a pipeline: list, redrive, amend, discard, release a held line, pause, reconcile and verify.
//!
//! Every change is a conditional write of the next revision, so that two operators, or an operator and a processor, can't
//! undo each other's changes. Every change stores who made it and why.
//!
//! An [`Action`] is previewed and performed here, for the command line and the console alike; [`Fact`] has the sentences.

#![allow(missing_docs, reason = "only this workspace reads the crate; names say what needs no sentence")]

mod action;
mod change;
mod counted;
mod dead_letter;
mod dead_letters;
mod diff;
mod error;
mod fact;
mod filter;
mod held;
mod missing;
mod operations;
mod overtakers;
mod perform;
mod present_handler;
mod preview;
mod purge;
mod read_records;
mod reconcile;
mod refused;
mod settled;
mod status;
mod switch;
mod verify;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod fixture;

pub use action::{Action, ReasonStore};
pub use counted::counted;
pub use dead_letters::DeadLetterPage;
pub use diff::{DiffLine, LineChange, diff_sanitised};
pub use error::ChangeError;
pub use fact::{Fact, since};
pub use filter::Filter;
pub use operations::Operations;
pub use overtakers::{Overtaker, Overtakers, SearchLimit};
pub use perform::{Pace, Performed, Unpaced};
pub use preview::Preview;
pub use reconcile::{Difference, Reconciliation, Repair};
pub use refused::{RefusalGroup, Refused, grouped, in_words};
pub use status::{HandlerOutage, Hold, LineState, PipelineStatus, head_of, seconds_between};
pub use verify::{
    CLOCK_TOLERANCE, OrderSource, OrderViolation, Overtaking, TaskException, UnprovenCase, UnprovenReason,
    Verification, VerificationReport,
};
