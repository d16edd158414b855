//! accept and enqueue: a task is recorded and takes its place in the line before its submitter hears of it.
//!
//! With a key the record comes first: it says whether the key was used before. Without one the id is fresh and nothing
//! can stand in its place, so both are made at once, in one round trip's time.

use std::sync::Arc;

use futures_util::future::join;
use shared::{
    Caller, Fingerprint, IdempotencyKey, Message, SequenceNumber, Status, Task, TaskId, TaskRecord,
    Timestamp, TraceContext,
    lifecycle::{self, Resubmission},
    ports::{Clock, Expected, PortError, TaskIds, TaskQueue, TaskRecords, Written},
};
use tracing::{info, warn};

/// The API over its parts of the world.
pub struct Intake<R, Q> {
    pub(crate) records: R,
    line: Q,
    task_ids: Arc<dyn TaskIds>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A request that passed validation and sanitising.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Who submits.
    pub caller: Caller,
    /// Under which key, if any.
    pub key: Option<IdempotencyKey>,
    /// What was asked for, in short.
    pub fingerprint: Fingerprint,
    /// What will be handled.
    pub task: Task,
    /// The trace that the request belongs to. No part of what it asks for: a retry is in another one.
    pub trace: Option<TraceContext>,
}

/// The answer to a submission that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The task's id.
    pub task_id: TaskId,
    /// Its place in the line, unless a replay does not know it.
    pub sequence_number: Option<SequenceNumber>,
    /// How it stands.
    pub status: Status,
    /// Whether an earlier request under the same key was answered again.
    pub replayed: bool,
}

/// Why a submission was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The key belongs to another payload.
    #[error("the Idempotency-Key was used for another payload")]
    KeyReused,
    /// It could not be recorded or enqueued for now; sending it again is safe.
    #[error(transparent)]
    Unavailable(#[from] PortError),
}

impl<R: TaskRecords, Q: TaskQueue> Intake<R, Q> {
    /// An API over these.
    pub fn new(records: R, line: Q, task_ids: Arc<dyn TaskIds>, clock: Arc<dyn Clock>) -> Self {
        Self { records, line, task_ids, clock }
    }

    /// Accepts a submission: on `Ok` the task is durable in the line, or was before.
    ///
    /// # Errors
    /// [`AcceptError`]; nothing that was answered earlier changes by it.
    pub async fn accept(&self, submission: Submission) -> Result<Accepted, AcceptError> {
        let now = self.clock.now();
        match &submission.key {
            Some(key) => {
                let task_id = TaskId::derived(&submission.caller, key);
                self.accept_under_key(message(task_id, submission, now)).await
            }
            None => self.accept_fresh(message(self.task_ids.fresh(now), submission, now)).await,
        }
    }

    async fn accept_under_key(&self, message: Message) -> Result<Accepted, AcceptError> {
        let mut expected = Expected::Absent;
        loop {
            let record = lifecycle::accept(&message);
            let Written::Conflict(present) = self.records.write(&record, expected).await? else {
                return Ok(self.enqueued(&message).await?);
            };
            let Some(present) = present else {
                expected = Expected::Absent;
                continue;
            };
            let is_expired = self.records.is_expired(&present, message.accepted_at);
            match lifecycle::resubmit(&present, &message, is_expired) {
                Resubmission::KeyReused => return Err(AcceptError::KeyReused),
                Resubmission::EnqueueAgain => return Ok(self.enqueue_again(*present, message).await?),
                Resubmission::Replay => return Ok(replay(&present)),
                Resubmission::AcceptAnew => expected = Expected::Revision(present.revision),
            }
        }
    }

    /// Both at once. The message alone makes the task durable: a claim makes the record from it should the record's
    /// own write fail or come late.
    async fn accept_fresh(&self, message: Message) -> Result<Accepted, AcceptError> {
        let record = lifecycle::accept(&message);
        let (written, enqueued) =
            join(self.records.write(&record, Expected::Absent), self.enqueued(&message)).await;
        if let Err(error) = written {
            warn!(task_id = %message.task_id, error = &error as &dyn std::error::Error, "recorded by its claim only");
        }
        match enqueued {
            Ok(accepted) => Ok(accepted),
            Err(error) => {
                self.abandon(&record).await;
                Err(error.into())
            }
        }
    }

    /// The caller is told to send it again and will get another id, so this one must not run if its message got
    /// through after all.
    async fn abandon(&self, record: &TaskRecord) {
        let abandoned = lifecycle::abandon(record, self.clock.now());
        match self.records.write(&abandoned, Expected::Untouched).await {
            Ok(Written::Made) => info!(task_id = %record.task_id, "abandoned: its enqueue failed"),
            Ok(Written::Conflict(_)) => {
                info!(task_id = %record.task_id, "begun although its enqueue seemed to fail")
            }
            Err(error) => {
                warn!(task_id = %record.task_id, error = &error as &dyn std::error::Error, "failed to abandon");
            }
        }
    }

    async fn enqueued(&self, message: &Message) -> Result<Accepted, PortError> {
        let body = message.encode().map_err(|error| PortError::unavailable("the message encoder", error))?;
        let sequence_number = self.line.enqueue(&body, &message.dedupe_id()).await?;
        info!(task_id = %message.task_id, %sequence_number, "accepted");
        Ok(Accepted {
            task_id: message.task_id,
            sequence_number: Some(sequence_number),
            status: Status::Accepted,
            replayed: false,
        })
    }

    /// Finishes an accept that may have ended between its two steps, and notes that it did, so that the next request
    /// under the key finds it finished. The note is a convenience: without it the next request enqueues once more.
    async fn enqueue_again(&self, present: TaskRecord, mut message: Message) -> Result<Accepted, PortError> {
        message.accepted_at = present.accepted_at;
        message.generation = present.generation;
        message.trace.clone_from(&present.trace);
        let accepted = self.enqueued(&message).await?;
        if let Some(place) = accepted.sequence_number {
            let noted = lifecycle::note_enqueued(&present, place, self.clock.now());
            if let Err(error) = self.records.write(&noted, Expected::Revision(present.revision)).await {
                warn!(task_id = %present.task_id, error = &error as &dyn std::error::Error, "not noted as enqueued");
            }
        }
        Ok(Accepted { replayed: true, ..accepted })
    }
}

fn message(task_id: TaskId, submission: Submission, now: Timestamp) -> Message {
    let Submission { caller, fingerprint, task, trace, .. } = submission;
    Message::new(task_id, 0, now, now, caller, Some(fingerprint), task).traced(trace)
}

fn replay(present: &TaskRecord) -> Accepted {
    Accepted {
        task_id: present.task_id,
        sequence_number: present.sequence_number,
        status: present.status,
        replayed: true,
    }
}
