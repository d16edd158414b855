//! report: what a handler tells of a run beside its outcome.

use std::sync::{Arc, Mutex, PoisonError};

/// Where a handler reports what is kept with the record. It may report at any time of its run, also in one that then
/// overruns. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Report(Arc<Mutex<Reported>>);

/// What was reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reported {
    pub version: Option<String>,
    pub answer: Option<String>,
}

impl Report {
    /// The version of what handles the task, where that is another program than this one. A redrive is refused where the
    /// same version is known to handle tasks still.
    pub fn version(&self, version: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).version = Some(version.into());
    }

    /// What that program answered, for operators; kept with a failure, up to
    /// [`FAILURE_ANSWER_BYTES_MAX`](shared::limits::FAILURE_ANSWER_BYTES_MAX).
    pub fn answer(&self, answer: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).answer = Some(answer.into());
    }

    pub(crate) fn read(&self) -> Reported {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
