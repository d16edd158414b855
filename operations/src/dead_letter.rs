//! Redrives, amends or discards a dead letter.

use shared::{
    AuditAction, Message, Reason, SequenceNumber, Status, Task, TaskId, TaskRecord,
    lifecycle::{self, Force, Refusal},
    ports::{DeliverySwitch, Departures, TaskQueue, TaskRecords},
};

use crate::{ChangeError, Operations};

impl<R: Departures, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Sends a dead letter to the end of the line, from its record. A redrive that was interrupted is finished by calling this again;
    /// two calls at once send one message.
    ///
    /// # Errors
    /// [`ChangeError`]; [`Refusal::WouldFailAgain`] if it is known that nothing changed, unless it is forced.
    pub async fn redrive(
        &self,
        task_id: TaskId,
        force: Force,
        reason: &Reason,
    ) -> Result<TaskRecord, ChangeError> {
        let dead_letter = self.record(task_id).await?;
        if dead_letter.status == Status::Redriving {
            return self.send_redriven(dead_letter).await;
        }
        let completions = self.completions(std::slice::from_ref(&dead_letter)).await?;
        let present = self.present_handler(&dead_letter, &completions).await?;
        let begun = self
            .change(task_id, |record, now| {
                let entry = self.entry(AuditAction::Redrive, reason, now);
                lifecycle::begin_redrive(record, force, &present, entry, now)
            })
            .await?;
        self.send_redriven(begun).await
    }
}

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Finishes a redrive that was interrupted. If a processor, or the operator who began it, was faster, nothing is left to do.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn finish_redrive(&self, task_id: TaskId) -> Result<TaskRecord, ChangeError> {
        let record = self.record(task_id).await?;
        match record.status {
            Status::Redriving => self.send_redriven(record).await,
            _ => Ok(record),
        }
    }

    async fn send_redriven(&self, begun: TaskRecord) -> Result<TaskRecord, ChangeError> {
        let number = self.enqueue(&begun).await?;
        let finish =
            |record: &TaskRecord, now| lifecycle::finish_redrive(record, begun.generation, number, now);
        match self.change(begun.task_id, finish).await {
            // A processor was faster, or the task was given up and redriven again since: this redrive is finished either way.
            Err(ChangeError::Refused(Refusal::NotRedriving(_))) => Ok(begun),
            finished => finished,
        }
    }

    /// Enqueues the task of `record`, with the deduplication id of its generation.
    pub(crate) async fn enqueue(&self, record: &TaskRecord) -> Result<SequenceNumber, ChangeError> {
        let message = Message::carrying(record, self.clock.now()).ok_or(Refusal::NothingToRedrive)?;
        let body = message.encode()?;
        Ok(self.line_queue.enqueue(&body, &message.dedupe_id()).await?)
    }

    /// Discards a dead letter or the held task.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn discard(&self, task_id: TaskId, reason: &Reason) -> Result<TaskRecord, ChangeError> {
        let discarded = self
            .change(task_id, |record, now| {
                lifecycle::discard(record, self.entry(AuditAction::Discard, reason, now), now)
            })
            .await?;
        self.make_visible(&discarded).await?;
        Ok(discarded)
    }

    /// Replaces the contents of a dead letter or of the held task. The handler gets them once the task is redriven or resumed.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn amend(
        &self,
        task_id: TaskId,
        task: &Task,
        reason: &Reason,
    ) -> Result<TaskRecord, ChangeError> {
        self.check_rules(task)?;
        self.change(task_id, |record, now| {
            lifecycle::amend(record, task.clone(), self.entry(AuditAction::Amend, reason, now), now)
        })
        .await
    }

    /// Refuses contents that the deployment would not take from a client.
    pub(crate) fn check_rules(&self, task: &Task) -> Result<(), ChangeError> {
        let violations = self.task_rules.violations(task);
        if violations.is_empty() { Ok(()) } else { Err(ChangeError::Invalid(violations)) }
    }
}
