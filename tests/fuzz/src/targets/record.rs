//! A stored record: refused if it is invalid, otherwise read as it was written, and every further change of it
//! succeeds.

use chrono::TimeDelta;
use shared::{
    AuditAction, AuditEntry, Caller, Delivery, Failure, FailureClass, HandlerVersion, Message, Receipt,
    SequenceNumber, Task, TaskRecord, Timestamp,
    lifecycle::{
        self, AfterFailure, Arrival, Claim, ClaimTerms, FailurePolicy, FailureTerms, Force, PresentHandler,
    },
    sanitise, validate,
};

use crate::Target;

pub const RECORD: Target = Target {
    name: "record",
    words: &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "null",
        "true",
        "0",
        "1",
        "2",
        "-1",
        "1.5",
        "4294967294",
        "4294967296",
        "18446744073709551614",
        "\"accepted\"",
        "\"processing\"",
        "\"retrying\"",
        "\"completed\"",
        "\"held\"",
        "\"dead_lettering\"",
        "\"dead_lettered\"",
        "\"redriving\"",
        "\"discarded\"",
        "\"lost\"",
        "\"task_id\"",
        "\"revision\"",
        "\"status\"",
        "\"generation\"",
        "\"attempt\"",
        "\"attempts_left\"",
        "\"lease_until\"",
        "\"sequence_number\"",
        "\"first_sequence_number\"",
        "\"payload\"",
        "\"raw\"",
        "\"task\"",
        "\"amendment\"",
        "\"fingerprint\"",
        "\"failures\"",
        "\"held_receipt\"",
        "\"trace\":{\"traceparent\":\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"},",
        "\"trace\":{\"traceparent\":\"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe-x\",\"tracestate\":\"a=1\"},",
        "\"trace\":\"00-\",",
        "\"expires_at\"",
        "\"audit\"",
        "\"permanent\"",
        "\"transient\"",
        "\"18849496460467696128\"",
        "\"2024-10-04T00:00:00Z\"",
        "\"+262142-12-31T23:59:59Z\"",
        "\"-262143-01-01T00:00:00Z\"",
        "\"2026-12-31T23:59:60Z\"",
        "\\u0000",
        "é",
        ",\"new\":{}",
    ],
    outcomes: &["refused", "read", "changed"],
    cases: 5_000,
    check,
};

fn check(input: &[u8]) -> &'static str {
    let Ok(record) = serde_json::from_slice::<TaskRecord>(input) else { return "refused" };
    assert_is_kept(&record);
    // Attempts never count this high: such a record was made by hand. A completing claim adds two.
    if record.revision >= u64::MAX - 1 || record.attempt == u32::MAX || record.generation == u32::MAX {
        return "read";
    }
    let mut changed = claims(&record);
    changed.extend(endings(&record));
    changed.extend(changes_by_people(&record));
    for next in &changed {
        assert_eq!(next.task_id, record.task_id, "another task's record");
        assert_eq!(next.accepted_at, record.accepted_at);
        assert!(
            next.attempt >= record.attempt && next.generation >= record.generation,
            "{next:?} counts backwards"
        );
        assert!(next == &record || next.revision == record.revision + 1, "{next:?} is not the next revision");
        assert!(next.failures.len() <= record.failures.len().max(10));
        assert!(next.audit.len() <= record.audit.len().max(30));
        // A change without effect keeps the existing record, even one that was made by hand.
        if next != &record {
            assert_eq!(next.expires_at.is_some(), next.status.is_final());
        }
        assert_is_kept(next);
    }
    "changed"
}

fn assert_is_kept(record: &TaskRecord) {
    let written = serde_json::to_string(record).unwrap();
    assert_eq!(
        &serde_json::from_str::<TaskRecord>(&written).unwrap(),
        record,
        "it is read differently than written"
    );
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::days(20_000)
}

/// The outcome of a delivery of its task, or of an undecodable body, for this record.
fn claims(record: &TaskRecord) -> Vec<TaskRecord> {
    let terms = ClaimTerms {
        now: now(),
        lease: TimeDelta::seconds(60),
        attempt_budget: 3,
        request_id: "r".to_owned(),
        code_version: "1".to_owned(),
    };
    let message = Message::carrying(record, now()).map(|message| message.encode().unwrap());
    let mut granted = Vec::new();
    for body in message.into_iter().chain(["{".to_owned()]) {
        let delivery = Delivery {
            message_id: "m".to_owned(),
            receipt: Receipt::new("r"),
            sequence_number: SequenceNumber::new(u128::MAX),
            receive_count: u32::MAX,
            sent_at: now(),
            body,
        };
        let claim = lifecycle::claim(Some(record), &Arrival::read(&delivery), &terms);
        let at_once = lifecycle::complete_at_once(claim.clone(), now());
        match claim {
            Claim::Granted(run) => {
                assert!(!record.status.is_final(), "a finished task is handled again");
                assert_eq!(run.attempt, record.attempt + 1);
                let completed = run.task().map(|_| lifecycle::complete(&run, now()).into());
                assert_eq!(at_once, completed.map_or(Claim::Granted(run.clone()), Claim::Completed));
                granted.push(*run);
            }
            Claim::Cancelled(discarded) => {
                assert!(record.cancel_requested_at.is_some());
                granted.push(*discarded);
            }
            Claim::Finished(status) => assert_eq!(status, record.status),
            Claim::Busy { until } => assert_eq!(Some(until), record.lease_until),
            Claim::Completed(_) => panic!("completed by a claim alone"),
            Claim::Held(kept) | Claim::FinishDeadLettering(kept) | Claim::Exhausted(kept) => {
                assert_eq!(kept.task_id, record.task_id);
            }
        }
        granted.extend(lifecycle::lapse(record, now()));
    }
    granted
}

/// The outcomes of a run of it.
fn endings(record: &TaskRecord) -> Vec<TaskRecord> {
    let mut ends = vec![
        lifecycle::complete(record, now()),
        lifecycle::renew(record, now(), now()),
        lifecycle::complete_by(record, Some("\u{1B}[31mv"), Ok(None), now()),
        lifecycle::finish_dead_lettering(record, now()),
        lifecycle::note_enqueued(record, SequenceNumber::new(7), now()),
        lifecycle::abandon(record, now()),
    ];
    for class in FailureClass::ALL {
        for policy in [FailurePolicy::DeadLetter, FailurePolicy::Hold] {
            let after = lifecycle::fail(record, failure(class, record), &terms(policy));
            let failed = after.record();
            assert_eq!(failed.last_failure().map(|failure| failure.class), Some(class));
            assert_eq!(matches!(after, AfterFailure::Discard(_)), record.cancel_requested_at.is_some());
            ends.push(failed.clone());
        }
    }
    ends
}

fn terms(policy: FailurePolicy) -> FailureTerms {
    FailureTerms { now: now(), policy, unavailable_max: TimeDelta::hours(24) }
}

fn failure(class: FailureClass, run: &TaskRecord) -> Failure {
    Failure {
        class,
        code: "c".repeat(200),
        message: "é".repeat(2_000),
        attempt: run.attempt,
        generation: run.generation,
        at: now(),
        replaced: u32::MAX,
        duration_ms: Some(u64::MAX),
        request_id: String::new(),
        xray_trace_id: None,
        code_version: "1".to_owned(),
        handler_version: Some(HandlerVersion::Reported("v".repeat(200))),
        answer: Some("\"é\n".repeat(2_000)),
    }
}

/// An amendment that changes nothing is refused.
fn another_task() -> Task {
    let request = validate(br#"{"title":"amended","description":"d","priority":"low"}"#);
    sanitise(request.expect("a valid request")).expect("a part of it is not removed")
}

fn changes_by_people(record: &TaskRecord) -> Vec<TaskRecord> {
    let entry = |action| AuditEntry::new(action, now(), "ann", "because");
    let handler = PresentHandler { code_version: Some("2".to_owned()), reported: None };
    let redriven = [Force::No, Force::Yes]
        .map(|force| lifecycle::begin_redrive(record, force, &handler, entry(AuditAction::Redrive), now()));
    let finished = lifecycle::finish_redrive(record, record.generation, SequenceNumber::new(7), now());
    let amended = lifecycle::amend(record, another_task(), entry(AuditAction::Amend), now());
    let changes = [
        lifecycle::cancel(record, now()),
        lifecycle::discard(record, entry(AuditAction::Discard), now()),
        lifecycle::resume(record, entry(AuditAction::Resume), now()),
        lifecycle::skip(record, entry(AuditAction::Skip), now()),
        lifecycle::enqueue_missing(record, entry(AuditAction::Redrive), now()),
        lifecycle::publish_receipt(record, Receipt::new("r"), now()),
        lifecycle::record_native_dead_letter(record, Caller::local().as_str(), now()),
        finished,
    ];
    changes.into_iter().chain(redriven).chain([amended]).filter_map(Result::ok).collect()
}
