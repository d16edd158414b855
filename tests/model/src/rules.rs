//! The lifecycle functions on interned records: the real functions, each called once for the same arguments.
//!
//! A record is stored without its history and with one time for all times, which no decision depends on: so states that differ
//! in these only are one state.

use std::cell::RefCell;

use chrono::TimeDelta;
use shared::{
    AuditAction, AuditEntry, Caller, Delivery, Failure, FailureClass, Message, Receipt, SequenceNumber,
    Status, Task, TaskId, TaskRecord, Timestamp,
    lifecycle::{
        self, AfterConflict, AfterFailure, Arrival, Claim, ClaimTerms, FailurePolicy, FailureTerms, Force,
        PresentHandler, Refusal, Resubmission,
    },
    sanitise, validate,
};

use crate::{
    environment::{Sequence, TaskMessage, TaskNumber},
    interned::{DedupeId, Memo, Record, known},
};

/// The first attempt and a second one.
pub const ATTEMPT_BUDGET: u32 = 2;
const NOW: i64 = 1_000;
const LEASE_SECONDS: i64 = 30;

/// How an attempt ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    Success,
    Transient,
    Permanent,
    /// The run before crashed with the last attempt of the budget.
    Crashed,
}

/// What a claim decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Decision {
    Granted(Record),
    Cancelled(Record),
    Finished,
    Busy,
    FinishDeadLettering(Record),
    Exhausted(Record),
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    Completed(Record),
    RetryLater(Record),
    DeadLetter(Record),
    Discarded(Record),
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

pub fn now() -> Timestamp {
    at(NOW)
}

pub fn sequence(number: Sequence) -> SequenceNumber {
    SequenceNumber::new(u128::from(number))
}

/// The number of a position.
pub fn number(position: SequenceNumber) -> Sequence {
    Sequence::try_from(position.get()).unwrap_or(Sequence::MAX)
}

pub fn task_id(task: TaskNumber) -> TaskId {
    TaskId::fresh(at(i64::from(task)), &[task; 10])
}

pub fn entry(action: AuditAction) -> AuditEntry {
    AuditEntry::new(action, now(), "ann", "because")
}

#[allow(clippy::expect_used, reason = "a constant that is valid")]
fn task() -> Task {
    let json = br#"{"title":"t","description":"d","priority":"low"}"#;
    validate(json).ok().and_then(|request| sanitise(request).ok()).expect("a valid task")
}

pub fn message(carried: TaskMessage) -> Message {
    let (generation, enqueued_at) = (u32::from(carried.generation), at(i64::from(carried.enqueued)));
    Message::new(task_id(carried.task), generation, enqueued_at, at(0), Caller::local(), None, task())
}

/// What no decision depends on is left out.
fn stored(mut record: TaskRecord) -> Record {
    record.audit.clear();
    record.failures.clear();
    record.lease_until = record.lease_until.map(|_| at(NOW + LEASE_SECONDS));
    record.enqueued_at = record.enqueued_at.min(at(i64::from(u8::MAX)));
    for time in [&mut record.attempt_started_at, &mut record.started_at, &mut record.finished_at] {
        *time = time.map(|_| now());
    }
    record.expires_at = record.expires_at.map(|_| at(NOW));
    Record::of(record)
}

thread_local! {
    static CLAIMS: Memo<(Option<Record>, TaskMessage, bool), Decision> = RefCell::default();
    static ENDS: Memo<(Record, Outcome), End> = RefCell::default();
    static CHANGES: Memo<(Record, Change), Option<Record>> = RefCell::default();
    static ACCEPTED: Memo<TaskMessage, Record> = RefCell::default();
    static ENQUEUED_AGAIN: Memo<Record, bool> = RefCell::default();
    static CONTINUED: Memo<(Record, Option<Record>), Option<Record>> = RefCell::default();
    static DEDUPE_IDS: Memo<TaskMessage, DedupeId> = RefCell::default();
    static DEAD_LETTER_DEDUPE_IDS: Memo<Record, DedupeId> = RefCell::default();
    static FACTS: Memo<Record, Facts> = RefCell::default();
}

/// What the model asks of a record.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    pub status: Status,
    pub revision: u64,
    pub generation: u8,
    pub attempt: u32,
    pub first: Option<Sequence>,
}

pub fn facts(record: Record) -> Facts {
    known(&FACTS, record, |record| {
        let record = record.get();
        Facts {
            status: record.status,
            revision: record.revision,
            generation: u8::try_from(record.generation).unwrap_or(u8::MAX),
            attempt: record.attempt,
            first: record.first_sequence_number.map(number),
        }
    })
}

/// The deduplication id of a task's message.
pub fn dedupe_id(carried: TaskMessage) -> DedupeId {
    known(&DEDUPE_IDS, carried, |carried| DedupeId::of(message(*carried).dedupe_id()))
}

/// The deduplication id of a dead letter's message.
pub fn dead_letter_dedupe_id(record: Record) -> DedupeId {
    let of = |record: &Record| DedupeId::of(lifecycle::dead_letter_dedupe_id(&record.get()));
    known(&DEAD_LETTER_DEDUPE_IDS, record, of)
}

/// Decides on a delivery. `is_lapsed`: the lease of the claim that the record has is over.
pub fn claim(existing: Option<Record>, carried: TaskMessage, is_lapsed: bool) -> Decision {
    known(&CLAIMS, (existing, carried, is_lapsed), |_| decide(existing, carried, is_lapsed))
}

fn decide(existing: Option<Record>, carried: TaskMessage, is_lapsed: bool) -> Decision {
    let delivery = Delivery {
        message_id: "m".to_owned(),
        receipt: Receipt::new("r"),
        sequence_number: sequence(carried.sequence),
        receive_count: 1,
        sent_at: at(0),
        body: message(carried).encode().unwrap_or_default(),
    };
    let terms = ClaimTerms {
        now: at(if is_lapsed { NOW + LEASE_SECONDS } else { NOW }),
        lease: TimeDelta::seconds(LEASE_SECONDS),
        attempt_budget: ATTEMPT_BUDGET,
        request_id: "q".to_owned(),
        code_version: "1".to_owned(),
    };
    let present = existing.map(Record::get);
    match lifecycle::claim(present.as_deref(), &Arrival::read(&delivery), &terms) {
        Claim::Granted(record) => Decision::Granted(stored(*record)),
        Claim::Cancelled(record) => Decision::Cancelled(stored(*record)),
        Claim::Finished(_) | Claim::Completed(_) | Claim::Held(_) => Decision::Finished,
        Claim::Busy { .. } => Decision::Busy,
        Claim::FinishDeadLettering(record) => Decision::FinishDeadLettering(stored(*record)),
        Claim::Exhausted(record) => Decision::Exhausted(stored(*record)),
    }
}

/// The end of a run.
pub fn end(run: Record, outcome: Outcome) -> End {
    known(&ENDS, (run, outcome), |_| {
        let record = run.get();
        if outcome == Outcome::Success {
            return End::Completed(stored(lifecycle::complete(&record, now())));
        }
        let terms = FailureTerms {
            now: now(),
            policy: FailurePolicy::DeadLetter,
            unavailable_max: TimeDelta::zero(),
        };
        match lifecycle::fail(&record, failure(&record, outcome), &terms) {
            AfterFailure::RetryLater(record) | AfterFailure::Hold(record) => End::RetryLater(stored(*record)),
            AfterFailure::DeadLetter(record) => End::DeadLetter(stored(*record)),
            AfterFailure::Discard(record) => End::Discarded(stored(*record)),
        }
    })
}

fn failure(run: &TaskRecord, outcome: Outcome) -> Failure {
    let terms = ClaimTerms {
        now: now(),
        lease: TimeDelta::seconds(LEASE_SECONDS),
        attempt_budget: ATTEMPT_BUDGET,
        request_id: "q".to_owned(),
        code_version: "1".to_owned(),
    };
    let class = match outcome {
        Outcome::Permanent => FailureClass::Permanent,
        Outcome::Crashed => FailureClass::Crashed,
        Outcome::Transient | Outcome::Success => FailureClass::Transient,
    };
    Failure { class, ..lifecycle::crash_of(run, &terms) }
}

/// A change of a record that isn't a claim and ends no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    FinishDeadLettering,
    BeginRedrive,
    /// Its message has this sequence number.
    FinishRedrive(Sequence),
    Discard,
    Cancel,
    GiveBack,
    /// An operator enqueues a task again whose message is missing.
    EnqueueMissing,
}

/// The changed record; `None` if the change is refused.
pub fn change(record: Record, change: Change) -> Option<Record> {
    known(&CHANGES, (record, change), |_| changed(&record.get(), change).ok().map(stored))
}

fn changed(present: &TaskRecord, change: Change) -> Result<TaskRecord, Refusal> {
    match change {
        Change::FinishDeadLettering => Ok(lifecycle::finish_dead_lettering(present, now())),
        Change::BeginRedrive => {
            let handler = PresentHandler::default();
            lifecycle::begin_redrive(present, Force::Yes, &handler, entry(AuditAction::Redrive), now())
        }
        Change::FinishRedrive(at) => {
            lifecycle::finish_redrive(present, present.generation, sequence(at), now())
        }
        Change::Discard => lifecycle::discard(present, entry(AuditAction::Discard), now()),
        Change::Cancel => lifecycle::cancel(present, now()),
        Change::EnqueueMissing => lifecycle::enqueue_missing(present, entry(AuditAction::Enqueue), now()),
        Change::GiveBack => Ok(lifecycle::line::give_back(present, ATTEMPT_BUDGET, now())),
    }
}

/// The record that accepting this message writes.
pub fn accept(carried: TaskMessage) -> Record {
    known(&ACCEPTED, carried, |carried| stored(lifecycle::accept(&message(*carried))))
}

/// Whether a repeated request enqueues its task again.
pub fn is_enqueued_again(record: Record) -> bool {
    known(&ENQUEUED_AGAIN, record, |record| {
        let carried = TaskMessage { task: 0, generation: 0, enqueued: 0, sequence: 0 };
        lifecycle::resubmit(&record.get(), &message(carried), false) == Resubmission::EnqueueAgain
    })
}

/// The revision from which a run whose write met a conflict continues, if its claim is still its own.
pub fn after_conflict(run: Record, present: Option<Record>) -> Option<Record> {
    known(&CONTINUED, (run, present), |_| {
        let present = present.map(|present| Box::new((*present.get()).clone()));
        match lifecycle::after_conflict(&run.get(), present) {
            AfterConflict::Continue(record) => Some(stored(*record)),
            AfterConflict::ClaimLost => None,
        }
    })
}
