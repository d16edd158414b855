//! The intake: accepts and cancels tasks, over the ports.

use std::sync::Arc;

use shared::{
    Caller, TaskId, TaskRecord, TaskRules, TaskTypes,
    ports::{Clock, PortError, TaskIds, TaskQueue, TaskRecords},
};

use crate::wait::WaitLimit;

/// Accepts and cancels tasks. HTTP, the operator's commands and the canary call it alike.
pub struct Intake<R, Q> {
    pub(crate) records: R,
    pub(crate) line: Q,
    pub(crate) task_ids: Arc<dyn TaskIds>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rules: Arc<dyn TaskRules>,
    pub(crate) wait_limit: WaitLimit,
}

impl<R: TaskRecords, Q: TaskQueue> Intake<R, Q> {
    /// An intake that writes into `records` and `line`. Tasks without an idempotency key get their ids from `task_ids`.
    pub fn new(records: R, line: Q, task_ids: Arc<dyn TaskIds>, clock: Arc<dyn Clock>) -> Self {
        let rules = Arc::new(TaskTypes::default());
        Self { records, line, task_ids, clock, rules, wait_limit: WaitLimit::default() }
    }

    /// The same, which accepts only tasks that keep these rules.
    pub fn with_rules(self, rules: Arc<dyn TaskRules>) -> Self {
        Self { rules, ..self }
    }

    /// The same, whose requests wait no longer than this.
    pub fn waiting_at_most(self, wait_limit: WaitLimit) -> Self {
        Self { wait_limit, ..self }
    }

    /// The record of a task, if `caller` submitted it. An undecodable body was submitted by nobody.
    pub(crate) async fn find_own(
        &self,
        caller: &Caller,
        task_id: TaskId,
    ) -> Result<Option<TaskRecord>, PortError> {
        let record = self.records.find(task_id).await?;
        Ok(record.filter(|record| record.submitted_by == *caller && record.task().is_some()))
    }
}
