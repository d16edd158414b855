//! report: what a handler reports about a run in addition to its outcome.

use std::sync::{Arc, Mutex, PoisonError};

use shared::DroppedResult;

/// Where a handler reports what is stored with the record. It may report at any time during a run; a report counts even
/// if the run then overruns. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Report(Arc<Mutex<Reported>>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reported {
    pub version: Option<String>,
    pub answer: Option<String>,
    pub dropped_result: Option<DroppedResult>,
}

impl Report {
    /// The version of the program that handles the task, if that is not this program. A redrive is refused if the same
    /// version is known to handle tasks still.
    pub fn version(&self, version: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).version = Some(version.into());
    }

    /// The answer of that program, for operators. It is stored with a failure, up to
    /// [`FAILURE_ANSWER_BYTES_MAX`](shared::limits::FAILURE_ANSWER_BYTES_MAX).
    pub fn answer(&self, answer: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).answer = Some(answer.into());
    }

    /// The handler returned a result that can't be stored. If the run completes without a result, the record says so.
    pub fn dropped_result(&self, reason: DroppedResult) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).dropped_result = Some(reason);
    }

    pub(crate) fn read(&self) -> Reported {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
