//! Records in every state, made as the pipeline makes them.

use chrono::TimeDelta;
use shared::{
    AuditAction, AuditEntry, Caller, Delivery, Failure, FailureClass, HandlerVersion, IdempotencyKey, Json,
    Message, Receipt, SequenceNumber, Status, Submission, Task, TaskId, TaskRecord, Timestamp, TraceContext,
    lifecycle::{
        Arrival, Claim, ClaimTerms, FailurePolicy, FailureTerms, Force, PresentHandler, accept,
        begin_redrive, claim, complete_by, discard, fail, finish_dead_lettering, publish_receipt,
        record_native_dead_letter,
    },
};

use crate::unique::unique;

const VERSION: &str = "1.0.0";

/// `seconds` after some moment, with microseconds that any rounding would change.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH
        + TimeDelta::days(20_000)
        + TimeDelta::seconds(seconds)
        + TimeDelta::microseconds(123_457)
}

pub fn task(json: &serde_json::Value) -> Task {
    Submission::parse(json.to_string().as_bytes()).unwrap().task().clone()
}

pub const TRACEPARENT: &[u8] = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The message of a task that no other case uses.
pub fn message() -> Message {
    let submission = Submission::parse(br#"{"title":"t","description":"d","priority":"low"}"#).unwrap();
    let (fingerprint, task) = submission.into_parts();
    let key = IdempotencyKey::parse(unique("task").as_bytes()).unwrap();
    let task_id = TaskId::derived(&Caller::local(), &key);
    Message::new(task_id, 0, at(0), at(0), Caller::local(), Some(fingerprint), task)
        .traced(TraceContext::read([TRACEPARENT], [&b"vendor=value"[..]]))
}

pub fn accepted() -> TaskRecord {
    accept(&message())
}

/// Claimed from `sequence_number`.
pub fn processing(sequence_number: u128) -> TaskRecord {
    let message = message();
    claimed(&message, Some(&accept(&message)), sequence_number, "request")
}

/// `message` claimed from `sequence_number` for the invocation `request_id`, starting from its existing record.
pub fn claimed(
    message: &Message,
    existing: Option<&TaskRecord>,
    sequence_number: u128,
    request_id: &str,
) -> TaskRecord {
    let delivery = Delivery {
        message_id: unique("message"),
        receipt: Receipt::new("receipt"),
        sequence_number: SequenceNumber::new(sequence_number),
        receive_count: 1,
        sent_at: at(0),
        body: message.encode().unwrap(),
    };
    match claim(existing, &Arrival::read(&delivery), &terms(request_id)) {
        Claim::Granted(record) => *record,
        other => unreachable!("expected a grant, got {other:?}"),
    }
}

fn terms(request_id: &str) -> ClaimTerms {
    ClaimTerms {
        now: at(1),
        lease: TimeDelta::seconds(30),
        attempt_budget: 3,
        request_id: request_id.to_owned(),
        code_version: VERSION.to_owned(),
    }
}

/// A task in `status`, accepted with the sequence number `sequence_number` if it ever was in the line.
pub fn with_status(status: Status, sequence_number: u128) -> TaskRecord {
    match status {
        Status::Accepted => accepted(),
        Status::Processing => processing(sequence_number),
        Status::Retrying => failed(sequence_number, FailureClass::Transient, FailurePolicy::DeadLetter),
        Status::Completed => complete_by(
            &processing(sequence_number),
            Some("1.4"),
            Ok(Json::parse("{\"paid\": 1.0}", 64).ok()),
            at(2),
        ),
        Status::Held => held(sequence_number),
        Status::DeadLettering => failed(sequence_number, FailureClass::Permanent, FailurePolicy::DeadLetter),
        Status::DeadLettered => dead_lettered(sequence_number),
        Status::Redriving => redriving(&dead_lettered(sequence_number)),
        Status::Discarded => discard(&held(sequence_number), entry(AuditAction::Discard), at(4)).unwrap(),
    }
}

pub fn held(sequence_number: u128) -> TaskRecord {
    let held = failed(sequence_number, FailureClass::Permanent, FailurePolicy::Hold);
    publish_receipt(&held, Receipt::new(unique("receipt")), at(3)).unwrap()
}

pub fn dead_lettered(sequence_number: u128) -> TaskRecord {
    let failed = failed(sequence_number, FailureClass::Permanent, FailurePolicy::DeadLetter);
    finish_dead_lettering(&failed, at(3))
}

/// A dead letter that was never claimed, so that its sequence number was never recorded.
pub fn dead_lettered_without_a_sequence_number() -> TaskRecord {
    record_native_dead_letter(&accepted(), "ann", at(3)).unwrap()
}

pub fn redriving(dead_letter: &TaskRecord) -> TaskRecord {
    begin_redrive(dead_letter, Force::Yes, &PresentHandler::default(), entry(AuditAction::Redrive), at(4))
        .unwrap()
}

fn failed(sequence_number: u128, class: FailureClass, policy: FailurePolicy) -> TaskRecord {
    let terms = FailureTerms { now: at(2), policy, unavailable_max: TimeDelta::hours(24) };
    fail(&processing(sequence_number), failure(class, 1), &terms).record().clone()
}

pub fn failure(class: FailureClass, attempt: u32) -> Failure {
    Failure {
        class,
        code: "http_503".to_owned(),
        message: "the service answered 503".to_owned(),
        attempt,
        generation: 0,
        at: at(2),
        replaced: 7,
        duration_ms: Some(5),
        request_id: "request".to_owned(),
        xray_trace_id: Some("1-67891233-abcdef012345678912345678".to_owned()),
        code_version: VERSION.to_owned(),
        handler_version: Some(HandlerVersion::Reported("1.4".to_owned())),
        answer: Some("no such \"account\"".to_owned()),
    }
}

pub fn entry(action: AuditAction) -> AuditEntry {
    AuditEntry::new(action, at(3), "ann", "because")
}

/// The same record after one more change.
pub fn changed(record: &TaskRecord, by: &str) -> TaskRecord {
    edited(record.clone(), |record| {
        record.revision += 1;
        record.attempt += 1;
        record.claimed_by = Some(by.to_owned());
    })
}

/// `record` with some fields set as a test needs them.
pub fn edited(mut record: TaskRecord, edit: impl FnOnce(&mut TaskRecord)) -> TaskRecord {
    edit(&mut record);
    record
}
