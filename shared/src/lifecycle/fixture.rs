//! Records in every status, for the tests of the lifecycle.

use chrono::TimeDelta;

use crate::{
    AuditAction, AuditEntry, Caller, Content, Delivery, Failure, FailureClass, Fingerprint, HandlerVersion,
    Message, Receipt, SequenceNumber, Status, Task, TaskId, TaskRecord, Timestamp, ValidRequest, sanitise,
    validate,
};

use super::{
    AfterFailure, Arrival, Claim, ClaimTerms, FailurePolicy, FailureTerms, accept, claim, fail,
    finish_dead_lettering,
};

pub const VERSION: &str = "1.0.0";
pub const LEASE_SECONDS: i64 = 30;

/// `seconds` after the start of the tests' time.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

pub fn sequence(number: u128) -> SequenceNumber {
    SequenceNumber::new(number)
}

fn request(title: &str) -> ValidRequest {
    let json = serde_json::json!({"title": title, "description": "d", "priority": "low"});
    validate(json.to_string().as_bytes()).unwrap()
}

pub fn task(title: &str) -> Task {
    sanitise(request(title)).unwrap()
}

/// The message of another request with the same key.
pub fn other_message() -> Message {
    Message { fingerprint: Some(Fingerprint::of(&request("other"))), task: task("other"), ..message() }
}

pub fn message() -> Message {
    let fingerprint = Some(Fingerprint::of(&request("t")));
    Message::new(TaskId::fresh(at(0), &[1; 10]), 0, at(0), at(0), Caller::local(), fingerprint, task("t"))
}

/// A delivery of `message` with this sequence number.
pub fn delivery(message: &Message, number: u128) -> Delivery {
    raw_delivery(&message.encode().unwrap(), number)
}

pub fn raw_delivery(body: &str, number: u128) -> Delivery {
    Delivery {
        message_id: "m".into(),
        receipt: Receipt::new("r"),
        sequence_number: sequence(number),
        receive_count: 1,
        sent_at: at(0),
        body: body.into(),
    }
}

/// The terms of a claim at `seconds` with a budget of three.
pub fn terms(seconds: i64) -> ClaimTerms {
    ClaimTerms {
        now: at(seconds),
        lease: TimeDelta::seconds(LEASE_SECONDS),
        attempt_budget: 3,
        request_id: format!("request at {seconds}"),
        code_version: VERSION.into(),
    }
}

pub const UNAVAILABLE_SECONDS_MAX: i64 = 600;

/// The terms of a decision on a failure at `seconds`.
pub fn failure_terms(policy: FailurePolicy, seconds: i64) -> FailureTerms {
    FailureTerms { now: at(seconds), policy, unavailable_max: TimeDelta::seconds(UNAVAILABLE_SECONDS_MAX) }
}

pub fn granted(claim: Claim) -> TaskRecord {
    match claim {
        Claim::Granted(record) => *record,
        other => unreachable!("expected a grant, got {other:?}"),
    }
}

pub fn failure(class: FailureClass) -> Failure {
    Failure {
        class,
        code: format!("{class}_code"),
        message: "m".into(),
        attempt: 1,
        generation: 0,
        at: at(2),
        replaced: 0,
        duration_ms: Some(5),
        request_id: "q".into(),
        xray_trace_id: None,
        code_version: VERSION.into(),
        handler_version: Some(HandlerVersion::OfCode),
        answer: None,
    }
}

pub fn entry(action: AuditAction) -> AuditEntry {
    AuditEntry::new(action, at(5), "ann", "because")
}

pub fn accepted() -> TaskRecord {
    accept(&message())
}

/// Claimed at sequence number 10 and second 1.
pub fn processing() -> TaskRecord {
    let delivery = delivery(&message(), 10);
    granted(claim(Some(&accepted()), &Arrival::read(&delivery), &terms(1)))
}

pub fn dead_lettered_by(class: FailureClass) -> TaskRecord {
    // An outage that has lasted long enough to spend attempts.
    let unavailable_since = Some(at(2 - UNAVAILABLE_SECONDS_MAX));
    let run = TaskRecord { attempts_left: Some(0), unavailable_since, ..processing() };
    match fail(&run, failure(class), &failure_terms(FailurePolicy::DeadLetter, 2)) {
        AfterFailure::DeadLetter(record) => finish_dead_lettering(&record, at(3)),
        other => unreachable!("expected a dead letter, got {other:?}"),
    }
}

pub fn dead_lettered() -> TaskRecord {
    dead_lettered_by(FailureClass::Permanent)
}

pub fn held() -> TaskRecord {
    match fail(&processing(), failure(FailureClass::Permanent), &failure_terms(FailurePolicy::Hold, 2)) {
        AfterFailure::Hold(record) => TaskRecord { held_receipt: Some(Receipt::new("r")), ..*record },
        other => unreachable!("expected a hold, got {other:?}"),
    }
}

/// A dead letter with an undecodable body.
pub fn undecodable() -> TaskRecord {
    TaskRecord { content: Content::Raw("{".into()), status: Status::DeadLettered, ..dead_lettered() }
}
