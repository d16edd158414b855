//! How long an attempt at a task may take, and how many attempts the task has: as for all tasks, or as its type says.

use chrono::TimeDelta;
use shared::{
    Task,
    limits::{LEASE_MARGIN_SECONDS, LEASE_SECONDS_MAX},
};

use crate::settings::ProcessorSettings;

/// The terms of the attempts at a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptTerms {
    /// How long its handler may run.
    pub handler_timeout: TimeDelta,
    /// How many attempts a generation has.
    pub attempt_budget: u32,
}

impl AttemptTerms {
    /// How long a run can last: the handler's timeout plus the time that the calls after it can take. Lambda ends the
    /// function after the same time.
    pub fn run_timeout(&self) -> TimeDelta {
        self.handler_timeout + Self::lease_margin()
    }

    /// How long a claim is valid: as long as its run can last, so that no live run is taken over. A longer run renews its
    /// lease.
    pub fn lease(&self) -> TimeDelta {
        self.run_timeout().min(TimeDelta::seconds(i64::from(LEASE_SECONDS_MAX)))
    }

    /// How much earlier than its lease a handler ends: the time that the calls after it can take.
    pub(crate) fn lease_margin() -> TimeDelta {
        TimeDelta::seconds(i64::from(LEASE_MARGIN_SECONDS))
    }
}

impl ProcessorSettings {
    /// The terms of a task that has no terms by its type.
    pub fn attempt_terms(&self) -> AttemptTerms {
        AttemptTerms { handler_timeout: self.handler_timeout, attempt_budget: self.attempt_budget }
    }

    /// The terms of a task. An undecodable body has no type.
    pub fn attempt_terms_of(&self, task: Option<&Task>) -> AttemptTerms {
        let own = task.map(|task| self.task_types.terms(task.task_type())).unwrap_or_default();
        let timeout = own.timeout_seconds.map(|seconds| TimeDelta::seconds(i64::from(seconds)));
        AttemptTerms {
            handler_timeout: timeout.unwrap_or(self.handler_timeout),
            attempt_budget: own.attempt_budget.unwrap_or(self.attempt_budget),
        }
    }

    /// The terms with the longest attempts that a type has.
    pub(crate) fn longest_attempt_terms(&self) -> AttemptTerms {
        let types = self.task_types.known().into_iter().flatten();
        let longest = types.filter_map(|(_, terms)| terms.timeout_seconds).max().unwrap_or(0);
        let handler_timeout = self.handler_timeout.max(TimeDelta::seconds(i64::from(longest)));
        AttemptTerms { handler_timeout, ..self.attempt_terms() }
    }
}
