//! verify: proves from the records that tasks were handled in the order in which they were accepted, and lists every
//! exception with its cause.
//!
//! The proof: by rising place in the line, no task began before every task at an earlier place had left the line
//! (promise P1). A redriven task counts at the place it was redriven to, and is listed as an exception.
//!
//! The line moves while its records are read, page by page. A task that was read while it was in the line, and another
//! that was read later and had begun by then, look as if the one had overtaken the other. So what began after the first
//! page is not judged, and whatever looks like a broken promise is read again: first the one that began, then the one in
//! its way. On one machine the order is the data file's own ([`Departures`]); on AWS it is told by the functions' clocks,
//! and what these can't tell is said to be unproven.

mod exception;
mod line;
mod passage;
mod proof;
mod verification;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use exception::TaskException;
pub use passage::{CLOCK_TOLERANCE, OrderSource, UnprovenReason};
pub use verification::{OrderViolation, Overtaking, UnprovenCase, Verification};
