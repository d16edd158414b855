//! failpoint: this process dies at the step that `CRASH_AT` names, so that tests see what a crash there leaves behind.
//!
//! A step is a change of the file: between two of them a process does nothing that outlives it but to call a handler and
//! to answer, so a death anywhere is one after the change before or before the change after. Only tests build with it.

use std::{
    env, process,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use rustix::process::{Signal, getpid, kill_process};

/// Says where, as `VERB:before:N` or `VERB:after:N`: the Nth change that the function of this name makes.
const VARIABLE: &str = "CRASH_AT";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Before,
    After,
}

#[derive(Debug, PartialEq, Eq)]
struct CrashPoint {
    verb: String,
    moment: Moment,
    nth: u32,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{VARIABLE} must be VERB:before:N or VERB:after:N, with N from 1")]
struct InvalidCrashPoint;

impl FromStr for CrashPoint {
    type Err = InvalidCrashPoint;

    fn from_str(text: &str) -> Result<Self, InvalidCrashPoint> {
        let parts: Vec<&str> = text.split(':').collect();
        let [verb, moment, nth] = parts[..] else { return Err(InvalidCrashPoint) };
        let moment = match moment {
            "before" => Moment::Before,
            "after" => Moment::After,
            _ => return Err(InvalidCrashPoint),
        };
        match nth.parse() {
            Ok(nth) if nth > 0 && !verb.is_empty() => Ok(Self { verb: verb.to_owned(), moment, nth }),
            _ => Err(InvalidCrashPoint),
        }
    }
}

/// Watches the changes of one store.
#[derive(Clone)]
pub struct Failpoint {
    at: Option<Arc<CrashPoint>>,
    count: Arc<AtomicU32>,
}

/// A change that is under way.
#[must_use]
pub struct Step {
    dies_after: bool,
}

impl Failpoint {
    pub fn from_environment() -> rusqlite::Result<Self> {
        let at = env::var(VARIABLE).ok().map(|text| text.parse()).transpose();
        // The one error of rusqlite that carries any other as it is.
        let at =
            at.map_err(|error: InvalidCrashPoint| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(Self { at: at.map(Arc::new), count: Arc::default() })
    }

    /// Before a change, by the name that the compiler gave it.
    pub fn reach(&self, change: &str) -> Step {
        let Some(at) = self.at.as_ref().filter(|at| at.verb == verb(change)) else {
            return Step { dies_after: false };
        };
        let is_there = self.count.fetch_add(1, Ordering::Relaxed) + 1 == at.nth;
        if is_there && at.moment == Moment::Before {
            die();
        }
        Step { dies_after: is_there }
    }
}

impl Step {
    /// After it is committed, before anybody hears of it.
    pub fn pass(self) {
        if self.dies_after {
            die();
        }
    }
}

/// A closure is named after the function that it stands in.
fn verb(change: &str) -> &str {
    change.split("::").filter(|part| !part.starts_with('{')).last().unwrap_or_default()
}

fn die() {
    let killed = kill_process(getpid(), Signal::KILL);
    // SIGKILL can't be caught and one's own process is always there, so this is never reached.
    debug_assert_eq!(killed, Ok(()));
    process::abort();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_a_verb_a_moment_and_a_count() {
        let point = CrashPoint { verb: "enqueue".to_owned(), moment: Moment::After, nth: 2 };
        assert_eq!("enqueue:after:2".parse(), Ok(point));
        for text in
            ["", "enqueue", "enqueue:after", "enqueue:after:0", "enqueue:at:1", ":after:1", "a:after:1:2"]
        {
            let error = text.parse::<CrashPoint>().unwrap_err();
            assert!(error.to_string().contains(VARIABLE), "{text}");
        }
    }

    #[test]
    fn a_change_is_named_by_its_function() {
        let of_a_trait =
            "<local::queue::SqliteTaskQueue as shared::TaskQueue>::enqueue::{{closure}}::{{closure}}";
        assert_eq!(verb(of_a_trait), "enqueue");
        assert_eq!(verb("local::recover::recover::{{closure}}::{{closure}}"), "recover");
    }
}
