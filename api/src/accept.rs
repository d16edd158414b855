//! Accepting a task: it is recorded and enqueued before its submitter gets an answer.
//!
//! With an idempotency key the record is written first: it shows whether the key was used before. Without a key the id is
//! new and no record can exist, so record and message are written concurrently.

use futures_util::future::join;
use shared::{
    Caller, EncodingError, IdempotencyKey, Message, SequenceNumber, Status, Submission, TaskId, TaskRecord,
    TraceContext, Violation, in_a_line,
    lifecycle::{self, Resubmission},
    ports::{Expected, PortError, TaskQueue, TaskRecords, Written},
};
use tracing::{info, warn};

use crate::intake::Intake;

/// A request to accept a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptRequest {
    /// Who submits the task.
    pub caller: Caller,
    /// The idempotency key, if the request has one.
    pub key: Option<IdempotencyKey>,
    /// The request and its sanitised task.
    pub submission: Submission,
    /// The trace of the request. It is not part of the fingerprint: a retry has another trace.
    pub trace: Option<TraceContext>,
}

/// The result of an accepted request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The task's id.
    pub task_id: TaskId,
    /// The sequence number of its message; absent if a replay does not know it.
    pub sequence_number: Option<SequenceNumber>,
    /// The status of its record.
    pub status: Status,
    /// Whether an earlier request with the same key was accepted, and this one changed nothing.
    pub replayed: bool,
    /// JSON pointers to the members that sanitising changed ([`Submission::sanitised`]).
    pub sanitised: Vec<&'static str>,
}

/// Why a request was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The idempotency key belongs to another payload.
    #[error("the Idempotency-Key was used for another payload")]
    KeyReused,
    /// This deployment does not take the task: it does not know its type, or the type's schema refuses its payload.
    #[error("the task is invalid: {}", in_a_line(.0))]
    Refused(Vec<Violation>),
    /// The task could not be recorded or enqueued. Sending the request again is safe.
    #[error(transparent)]
    Unavailable(#[from] PortError),
    /// The task's message could not be encoded.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
}

impl<R: TaskRecords, Q: TaskQueue> Intake<R, Q> {
    /// Accepts a task: on `Ok` it is durable in the line, or was before.
    ///
    /// # Errors
    /// [`AcceptError`]; the answers to earlier requests stay true.
    pub async fn accept(&self, request: AcceptRequest) -> Result<Acceptance, AcceptError> {
        let now = self.clock.now();
        let AcceptRequest { caller, key, submission, trace } = request;
        let violations = self.rules.violations(submission.task());
        if !violations.is_empty() {
            return Err(AcceptError::Refused(violations));
        }
        let sanitised = submission.sanitised();
        let id_from_key = key.as_ref().map(|key| TaskId::derived(&caller, key));
        let task_id = id_from_key.unwrap_or_else(|| self.task_ids.fresh(now));
        let (fingerprint, task) = submission.into_parts();
        let message = Message::new(task_id, 0, now, now, caller, Some(fingerprint), task).traced(trace);
        let accepted = match key {
            Some(_) => self.accept_under_key(message).await?,
            None => self.accept_fresh(message).await?,
        };
        Ok(Acceptance { sanitised, ..accepted })
    }

    async fn accept_under_key(&self, message: Message) -> Result<Acceptance, AcceptError> {
        let mut expected = Expected::Absent;
        loop {
            let record = lifecycle::accept(&message);
            let Written::Conflict(present) = self.records.write(&record, expected).await? else {
                return self.enqueue(&message).await;
            };
            let Some(present) = present else {
                expected = Expected::Absent;
                continue;
            };
            let is_expired = self.records.is_expired(&present, message.accepted_at);
            match lifecycle::resubmit(&present, &message, is_expired) {
                Resubmission::KeyReused => return Err(AcceptError::KeyReused),
                Resubmission::EnqueueAgain => return self.enqueue_again(*present, message).await,
                Resubmission::Replay => return Ok(replay(&present)),
                Resubmission::AcceptAnew => expected = Expected::Revision(present.revision),
            }
        }
    }

    /// Records and enqueues the task concurrently. The message alone makes it durable: if the record's write fails or
    /// comes late, the claim makes the record from the message.
    async fn accept_fresh(&self, message: Message) -> Result<Acceptance, AcceptError> {
        let record = lifecycle::accept(&message);
        let (written, enqueued) =
            join(self.records.write(&record, Expected::Absent), self.enqueue(&message)).await;
        if let Err(error) = written {
            warn!(task_id = %message.task_id, error = &error as &dyn std::error::Error, "recorded by its claim only");
        }
        if enqueued.is_err() {
            self.abandon(&record).await;
        }
        enqueued
    }

    /// The caller is asked to send the request again and will get another id, so this task must not run if its message
    /// was enqueued after all.
    async fn abandon(&self, record: &TaskRecord) {
        let abandoned = lifecycle::abandon(record, self.clock.now());
        match self.records.write(&abandoned, Expected::Untouched).await {
            Ok(Written::Made) => info!(task_id = %record.task_id, "abandoned: its enqueue failed"),
            Ok(Written::Conflict(_)) => {
                info!(task_id = %record.task_id, "claimed although its enqueue reported a failure")
            }
            Err(error) => {
                warn!(task_id = %record.task_id, error = &error as &dyn std::error::Error, "failed to abandon");
            }
        }
    }

    async fn enqueue(&self, message: &Message) -> Result<Acceptance, AcceptError> {
        let sequence_number = self.line.enqueue(&message.encode()?, &message.dedupe_id()).await?;
        info!(task_id = %message.task_id, %sequence_number, "accepted");
        Ok(Acceptance {
            task_id: message.task_id,
            sequence_number: Some(sequence_number),
            status: Status::Accepted,
            replayed: false,
            sanitised: Vec::new(),
        })
    }

    /// Finishes an accept that may have ended between its two writes, and notes the sequence number in the record. The note
    /// saves work only: without it the next request with the key enqueues once more.
    async fn enqueue_again(
        &self,
        present: TaskRecord,
        mut message: Message,
    ) -> Result<Acceptance, AcceptError> {
        message.accepted_at = present.accepted_at;
        message.generation = present.generation;
        message.trace.clone_from(&present.trace);
        let accepted = self.enqueue(&message).await?;
        if let Some(sequence_number) = accepted.sequence_number {
            self.note_enqueued(&present, sequence_number).await;
        }
        Ok(Acceptance { replayed: true, ..accepted })
    }

    async fn note_enqueued(&self, present: &TaskRecord, sequence_number: SequenceNumber) {
        let noted = lifecycle::note_enqueued(present, sequence_number, self.clock.now());
        if let Err(error) = self.records.write(&noted, Expected::Revision(present.revision)).await {
            warn!(task_id = %present.task_id, error = &error as &dyn std::error::Error, "not noted as enqueued");
        }
    }
}

fn replay(present: &TaskRecord) -> Acceptance {
    Acceptance {
        task_id: present.task_id,
        sequence_number: present.sequence_number,
        status: present.status,
        replayed: true,
        sanitised: Vec::new(),
    }
}
