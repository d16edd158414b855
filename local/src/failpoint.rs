//! failpoint: kills this process at the write that `CRASH_AT` names, so that tests can examine what a crash leaves behind.
//!
//! Between two writes, a process has no lasting effect but to call a handler and to respond. So a crash anywhere is one after
//! the write before or before the write after. Only tests build with this feature.

use std::{
    env, process,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use rustix::process::{Signal, getpid, kill_process};

/// `VERB:before:N` or `VERB:after:N`: the Nth write of the function with this name.
const VARIABLE: &str = "CRASH_AT";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

#[derive(Debug, PartialEq, Eq)]
struct CrashPoint {
    verb: String,
    side: Side,
    nth: u32,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{VARIABLE} must be VERB:before:N or VERB:after:N, with N from 1")]
struct InvalidCrashPoint;

impl FromStr for CrashPoint {
    type Err = InvalidCrashPoint;

    fn from_str(text: &str) -> Result<Self, InvalidCrashPoint> {
        let parts: Vec<&str> = text.split(':').collect();
        let [verb, side, nth] = parts[..] else { return Err(InvalidCrashPoint) };
        let side = match side {
            "before" => Side::Before,
            "after" => Side::After,
            _ => return Err(InvalidCrashPoint),
        };
        match nth.parse() {
            Ok(nth) if nth > 0 && !verb.is_empty() => Ok(Self { verb: verb.to_owned(), side, nth }),
            _ => Err(InvalidCrashPoint),
        }
    }
}

/// Counts the writes of one store.
#[derive(Clone)]
pub struct Failpoint {
    at: Option<Arc<CrashPoint>>,
    count: Arc<AtomicU32>,
}

/// A write that has begun.
#[must_use]
pub struct Step {
    dies_after: bool,
}

impl Failpoint {
    pub fn from_environment() -> rusqlite::Result<Self> {
        let at = env::var(VARIABLE).ok().map(|text| text.parse()).transpose();
        // The variant of rusqlite's error that wraps any other error.
        let at =
            at.map_err(|error: InvalidCrashPoint| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(Self { at: at.map(Arc::new), count: Arc::default() })
    }

    /// Called before a write, with the compiler's name of its closure.
    pub fn reach(&self, change: &str) -> Step {
        let Some(at) = self.at.as_ref().filter(|at| at.verb == verb(change)) else {
            return Step { dies_after: false };
        };
        let is_nth = self.count.fetch_add(1, Ordering::Relaxed) + 1 == at.nth;
        if is_nth && at.side == Side::Before {
            die();
        }
        Step { dies_after: is_nth }
    }
}

impl Step {
    /// Called after the commit, before it is reported.
    pub fn pass(self) {
        if self.dies_after {
            die();
        }
    }
}

/// The name of the function that contains the closure.
fn verb(change: &str) -> &str {
    change.split("::").filter(|part| !part.starts_with('{')).last().unwrap_or_default()
}

fn die() {
    let killed = kill_process(getpid(), Signal::KILL);
    // SIGKILL can't be caught, so this isn't reached.
    debug_assert_eq!(killed, Ok(()));
    process::abort();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_point_is_a_verb_a_side_and_a_number() {
        let point = CrashPoint { verb: "enqueue".to_owned(), side: Side::After, nth: 2 };
        assert_eq!("enqueue:after:2".parse(), Ok(point));
        for text in
            ["", "enqueue", "enqueue:after", "enqueue:after:0", "enqueue:at:1", ":after:1", "a:after:1:2"]
        {
            let error = text.parse::<CrashPoint>().unwrap_err();
            assert!(error.to_string().contains(VARIABLE), "{text}");
        }
    }

    #[test]
    fn a_write_has_the_name_of_its_function() {
        let in_a_trait =
            "<local::queue::SqliteTaskQueue as shared::TaskQueue>::enqueue::{{closure}}::{{closure}}";
        assert_eq!(verb(in_a_trait), "enqueue");
        assert_eq!(verb("local::recover::recover::{{closure}}::{{closure}}"), "recover");
    }
}
