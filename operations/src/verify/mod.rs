//! Proves from the records that tasks were handled in the order in which they were accepted, and lists every exception with its
//! cause.
//!
//! The proof: by rising sequence number, no task began before every task with a lower number had left the line (promise P1). A
//! redriven task counts with its new sequence number, and is listed as an exception.
//!
//! The line moves while its records are read, page by page. If one task is read while it is in the line, and a later one is read
//! after it has begun, the later one seems to have overtaken. So tasks that began after the first page was read are not judged, and
//! the records of an apparent violation are read again: first the task that began, then the one that it seems to have overtaken.
//! On one machine the data file numbers beginnings and departures (the port `Departures`); on AWS the functions' clocks order them,
//! and what clocks can't decide is reported as unproven.

mod exception;
mod line;
mod passage;
mod proof;
mod report;
mod verification;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use exception::TaskException;
pub use passage::{CLOCK_TOLERANCE, OrderSource, UnprovenReason};
pub use report::VerificationReport;
pub use verification::{OrderViolation, Overtaking, UnprovenCase, Verification};
