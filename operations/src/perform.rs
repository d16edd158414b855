//! Performs an action.

use std::{collections::HashSet, ops::ControlFlow};

use shared::{
    AuditAction, Reason, Status, TaskId, TaskRecord,
    ports::{DeliverySwitch, Departures, Switched, TaskQueue},
};

use crate::{Action, ChangeError, Fact, Operations, Reconciliation, Refused, in_words};

/// Paces an action on many tasks.
pub trait Pace {
    /// Waits before the next task, and decides whether to go on or to stop. A task that was begun is always finished.
    fn before_next(&mut self) -> impl Future<Output = ControlFlow<()>> + Send;
}

/// Goes on at once.
pub struct Unpaced;

impl Pace for Unpaced {
    async fn before_next(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// What an action did.
#[derive(Debug, Default)]
pub struct Performed {
    /// The tasks that were changed.
    pub done: Vec<TaskId>,
    /// The tasks that were refused.
    pub refused: Vec<Refused>,
    /// The tasks that were not begun because the pace stopped.
    pub not_begun: Vec<TaskId>,
    /// The record after a change of one task.
    pub record: Option<TaskRecord>,
    /// Whether the line was switched, or was in that state already.
    pub switched: Option<Switched>,
    /// How many stale messages a reconciliation deleted.
    pub deleted: usize,
}

impl<R: Departures, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Performs `action`. `shown` are the records as the operator saw them: a redrive that was interrupted then counts as done if
    /// a processor has finished it since. After a redrive or a discard, stale messages remain in the dead-letter queue:
    /// [`Operations::purge_stale`] deletes them.
    ///
    /// # Errors
    /// [`ChangeError`] if nothing was done. An action on a list of tasks does not fail: it reports which were refused.
    pub async fn perform(
        &self,
        action: &Action,
        shown: &[TaskRecord],
        reason: &Reason,
        pace: &mut impl Pace,
    ) -> Result<Performed, ChangeError> {
        match action {
            Action::Redrive { task_ids, .. } | Action::Discard { task_ids } => {
                let interrupted = shown.iter().filter(|record| record.status == Status::Redriving);
                let interrupted = interrupted.map(|record| record.task_id).collect();
                Ok(self.perform_on_each(task_ids, action, &interrupted, reason, pace).await)
            }
            Action::Amend { task_id, task, .. } => Ok(self.amend(*task_id, task, reason).await?.into()),
            Action::Resume { task_id } => Ok(self.resume(*task_id, reason).await?.into()),
            Action::Skip { task_id } => Ok(self.skip(*task_id, reason).await?.into()),
            Action::PauseLine => Ok(self.pause_line(reason).await?.into()),
            Action::ResumeLine => Ok(self.resume_line(reason).await?.into()),
            Action::Reconcile => self.repair_all(&self.differences().await?).await,
        }
    }

    /// Changes one task after the other, so that a redrive keeps the original order.
    async fn perform_on_each(
        &self,
        task_ids: &[TaskId],
        action: &Action,
        interrupted: &HashSet<TaskId>,
        reason: &Reason,
        pace: &mut impl Pace,
    ) -> Performed {
        let mut performed = Performed::default();
        for (index, task_id) in task_ids.iter().enumerate() {
            if pace.before_next().await.is_break() {
                performed.not_begun = task_ids[index..].to_vec();
                break;
            }
            let changed = match action {
                Action::Redrive { .. } if interrupted.contains(task_id) => {
                    self.finish_redrive(*task_id).await
                }
                Action::Redrive { force, .. } => self.redrive(*task_id, *force, reason).await,
                _ => self.discard(*task_id, reason).await,
            };
            match changed {
                Ok(record) => {
                    performed.done.push(record.task_id);
                    performed.record = Some(record);
                }
                Err(error) => performed.refused.push(self.refused(*task_id, &error).await),
            }
        }
        performed
    }

    /// Repairs the differences that were found. One that is gone or has changed is refused, and the others are repaired.
    ///
    /// # Errors
    /// [`ChangeError::Unavailable`]; what was repaired by then stays repaired.
    pub async fn repair_all(&self, found: &Reconciliation) -> Result<Performed, ChangeError> {
        let mut performed = Performed::default();
        for repair in &found.repairs {
            match self.repair(repair).await {
                Ok(()) => performed.done.push(repair.task_id),
                Err(error @ ChangeError::Unavailable(_)) => return Err(error),
                Err(error) => performed.refused.push(self.refused(repair.task_id, &error).await),
            }
        }
        performed.deleted = self.purge_stale().await?;
        Ok(performed)
    }

    /// The record only adds what is shown of the task: the refusal is reported even if the record can't be read.
    async fn refused(&self, task_id: TaskId, error: &ChangeError) -> Refused {
        let reason = in_words(error);
        match self.records.find(task_id).await {
            Ok(Some(record)) => Refused::new(&record, reason),
            Ok(None) | Err(_) => Refused::unknown(task_id, reason),
        }
    }
}

impl Performed {
    /// What the action did, for an operator to read. `last` is the last change of the line, if the line stores changes.
    pub fn switch_facts(
        &self,
        action: &Action,
        last: Option<&shared::AuditEntry>,
        is_stored: bool,
    ) -> Vec<Fact> {
        let (fact, to) = match action {
            Action::PauseLine => (Fact::Paused, AuditAction::PauseLine),
            _ => (Fact::LineResumed, AuditAction::ResumeLine),
        };
        let more = match self.switched {
            // Another operator may have switched it back since.
            Some(Switched::Already) => {
                Some(Fact::SwitchedAlready { to, last: last.filter(|last| last.action == to).cloned() })
            }
            Some(Switched::Now) if !is_stored => Some(Fact::ReasonNotStored),
            Some(Switched::Now) | None => None,
        };
        [fact].into_iter().chain(more).collect()
    }
}

impl From<TaskRecord> for Performed {
    fn from(record: TaskRecord) -> Self {
        Self { done: vec![record.task_id], record: Some(record), ..Self::default() }
    }
}

impl From<Switched> for Performed {
    fn from(switched: Switched) -> Self {
        Self { switched: Some(switched), ..Self::default() }
    }
}
