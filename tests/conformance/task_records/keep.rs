//! A record is read exactly as it was written.

use chrono::TimeDelta;
use serde_json::json;
use shared::{
    Amendment, AuditAction, AuditEntry, Caller, Content, Failure, FailureClass, HandlerVersion, Json,
    Message, Receipt, SequenceNumber, Status, Submission, TaskId, TaskRecord, TraceContext,
    lifecycle::accept,
    limits::{
        AUDIT_ENTRIES_KEPT, CALLER_CHARACTERS_MAX, CONTENTS_BYTES_MAX, DESCRIPTION_CHARACTERS_MAX,
        FAILURE_ANSWER_BYTES_MAX, FAILURE_MESSAGE_CHARACTERS_MAX, FAILURE_NAME_CHARACTERS_MAX, FAILURES_KEPT,
        ITEM_BYTES_MAX, OPERATOR_CHARACTERS_MAX, PAYLOAD_BYTES_MAX, RAW_BODY_BYTES_KEPT,
        REASON_CHARACTERS_MAX, RESULT_BYTES_MAX, TASK_TYPE_CHARACTERS_MAX, TITLE_CHARACTERS_MAX,
        TRACESTATE_CHARACTERS_MAX,
    },
    ports::{Expected, TaskRecords, Written},
};

use crate::{
    fixture::{
        TRACEPARENT, accepted, at, changed, dead_lettered, edited, failure, held, message, processing, task,
        with_status,
    },
    under_test::RecordsUnderTest,
};

/// Beside a task of full length, the rest of what a record may contain; a quotation mark takes two bytes.
const RAW_BODY_BYTES_OF_AN_AMENDMENT: usize =
    (CONTENTS_BYTES_MAX - (TITLE_CHARACTERS_MAX + DESCRIPTION_CHARACTERS_MAX) * 4 - PAYLOAD_BYTES_MAX - 300)
        / 2;

pub async fn an_unknown_task_has_no_record(store: &impl RecordsUnderTest) {
    is_kept(store, &accepted()).await;
    assert_eq!(store.records().find(message().task_id).await.unwrap(), None);
}

pub async fn a_write_is_visible_to_the_next_read(store: &impl RecordsUnderTest) {
    let mut record = accepted();
    is_kept(store, &record).await;
    for _ in 0..20 {
        let next = changed(&record, "request");
        let expected = Expected::Revision(record.revision);
        assert_eq!(store.records().write(&next, expected).await.unwrap(), Written::Made);
        assert_eq!(store.records().find(next.task_id).await.unwrap().as_ref(), Some(&next));
        record = next;
    }
}

pub async fn a_record_in_every_status_is_stored_unchanged(store: &impl RecordsUnderTest) {
    for status in Status::ALL {
        is_kept(store, &with_status(status, 10)).await;
    }
}

/// Every field is filled, and every text with a limit has its maximum length, in characters of four bytes.
pub async fn the_largest_record_is_stored_unchanged(store: &impl RecordsUnderTest) {
    let crabs = |count: usize| "🦀".repeat(count);
    let record = edited(dead_lettered(u128::MAX), |record| {
        record.revision = u64::from(u32::MAX);
        record.generation = u32::MAX;
        record.attempt = u32::MAX;
        record.attempts_left = Some(u32::MAX);
        record.unavailable_since = Some(at(1));
        record.claimed_by = Some("8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned());
        record.lease_until = Some(at(30));
        record.attempt_started_at = Some(at(1));
        record.content = Content::Task(task(&json!({
            "title": crabs(TITLE_CHARACTERS_MAX),
            "description": crabs(DESCRIPTION_CHARACTERS_MAX),
            "priority": "high",
            "due_date": "2026-01-01T12:00:00.123456+05:45",
            "type": "x".repeat(TASK_TYPE_CHARACTERS_MAX),
            "payload": "\"".repeat(PAYLOAD_BYTES_MAX / 2 - 1),
        })));
        record.amendment = Some(Amendment {
            original: Content::Raw("\"".repeat(RAW_BODY_BYTES_OF_AN_AMENDMENT)),
            at: at(9),
            after_attempt: 7,
        });
        record.trace = TraceContext::read([TRACEPARENT], ["\"".repeat(TRACESTATE_CHARACTERS_MAX).as_bytes()]);
        record.submitted_by = Caller::parse(crabs(CALLER_CHARACTERS_MAX)).unwrap();
        record.failures =
            (0..FAILURES_KEPT).map(|_| long_failure(&crabs(FAILURE_MESSAGE_CHARACTERS_MAX))).collect();
        record.audit = (0..AUDIT_ENTRIES_KEPT)
            .map(|_| {
                AuditEntry::new(
                    AuditAction::Amend,
                    at(9),
                    &crabs(OPERATOR_CHARACTERS_MAX),
                    &crabs(REASON_CHARACTERS_MAX),
                )
            })
            .collect();
        record.held_receipt = Some(Receipt::new("AQEB/+=".repeat(64)));
        record.handler_version = Some(crabs(FAILURE_NAME_CHARACTERS_MAX));
        record.result = Some(Json::parse(&"9".repeat(RESULT_BYTES_MAX), RESULT_BYTES_MAX).unwrap());
        record.started_at = Some(at(1));
        record.finished_at = Some(at(3));
        record.expires_at = Some(at(4));
    });
    // The other attributes of an item take less than 1 KiB.
    let bytes = serde_json::to_string(&record).unwrap().len();
    assert!((ITEM_BYTES_MAX - 16 * 1024..ITEM_BYTES_MAX - 1024).contains(&bytes), "{bytes}");
    is_kept(store, &record).await;
}

pub async fn a_payload_is_stored_as_it_was_sent(store: &impl RecordsUnderTest) {
    let odd = "{ \"b\" :\t[1.10, 1e400,\r\n-0.0] , \"a\":\"\\u0000\\u00e9 é\\/\u{7f}\u{2028}\", \"\":{} }";
    let long = format!("[{}]", "1.0,".repeat((PAYLOAD_BYTES_MAX - 5) / 4) + "1.0");
    for payload in [odd, "\"\"", "false", "[]", &"7".repeat(10_000), &long] {
        let request = format!(r#"{{"title":"t","description":"d","priority":"low","payload":{payload}}}"#);
        let task = Submission::parse(request.as_bytes()).unwrap().task().clone();
        assert_eq!(task.payload().unwrap().as_str(), payload);
        let record = edited(accepted(), |record| record.content = Content::Task(task));
        is_kept(store, &record).await;
    }
}

pub async fn an_undecodable_body_is_stored_unchanged(store: &impl RecordsUnderTest) {
    for body in ["{", "\"quoted\"\n\t\\u0000 🦀", &"é".repeat(RAW_BODY_BYTES_KEPT / 2)] {
        let record = edited(dead_lettered(10), |record| {
            record.task_id = TaskId::of_undecodable_body(body);
            record.content = Content::Raw(body.to_owned());
            record.fingerprint = None;
            record.submitted_by = Caller::unknown();
        });
        is_kept(store, &record).await;
    }
}

pub async fn sequence_numbers_of_any_length_are_stored_exactly(store: &impl RecordsUnderTest) {
    // 2^53 + 1 exceeds the precision of a double; SQS's numbers have 20 digits; 128 bits have 39.
    for sequence_number in
        [0, 1, (1 << 53) + 1, 18_849_496_460_467_696_128 + 1, u64::MAX.into(), u128::MAX - 1, u128::MAX]
    {
        let record = edited(held(sequence_number.saturating_sub(1)), |record| {
            record.sequence_number = Some(SequenceNumber::new(sequence_number))
        });
        is_kept(store, &record).await;
    }
}

pub async fn timestamps_are_stored_to_the_microsecond(store: &impl RecordsUnderTest) {
    for micros in [0, 1, 10, 999, 1_000, 100_000, 999_999] {
        let moment = at(0) + TimeDelta::microseconds(micros);
        let record = edited(processing(10), |record| {
            record.accepted_at = moment;
            record.lease_until = Some(moment + TimeDelta::days(100 * 365));
            record.expires_at = Some(moment - TimeDelta::days(100 * 365));
        });
        is_kept(store, &record).await;
    }
}

pub async fn a_due_date_keeps_its_offset(store: &impl RecordsUnderTest) {
    for due_date in [
        "2026-02-28T23:59:59.999+14:00",
        "2026-01-01T00:00:00-11:30",
        "2026-01-01T00:00:00Z",
        "2024-02-29T12:00:00+00:00",
    ] {
        let task = task(&json!({"title": "t", "description": "d", "priority": "low", "due_date": due_date}));
        let record = edited(accepted(), |record| record.content = Content::Task(task));
        is_kept(store, &record).await;
    }
}

/// DynamoDB distinguishes an empty text from none, and so must every implementation.
pub async fn empty_and_unusual_texts_are_stored_unchanged(store: &impl RecordsUnderTest) {
    for text in ["", " ", "null", "0", "{}", "it's \"so\"", "a\nb\r\n\t", "#status = :x"] {
        let record = edited(held(10), |record| {
            record.claimed_by = Some(text.to_owned());
            record.held_receipt = Some(Receipt::new(text));
            record.failures = vec![long_failure(text)];
            record.content = Content::Raw(text.to_owned());
        });
        is_kept(store, &record).await;
    }
}

pub async fn a_removed_attribute_of_a_record_is_gone(store: &impl RecordsUnderTest) {
    let full = edited(held(10), |record| {
        record.expires_at = Some(at(9));
        record.finished_at = Some(at(8));
    });
    is_kept(store, &full).await;
    let message = Message::new(
        full.task_id,
        0,
        at(0),
        at(0),
        full.submitted_by.clone(),
        full.fingerprint.clone(),
        full.task().unwrap().clone(),
    );
    let bare = edited(accept(&message), |record| record.revision += 1);
    let written = store.records().write(&bare, Expected::Revision(full.revision)).await.unwrap();
    assert_eq!(written, Written::Made);
    reads_as(store, &bare).await;
}

fn long_failure(message: &str) -> Failure {
    let name = || "🦀".repeat(FAILURE_NAME_CHARACTERS_MAX);
    Failure {
        message: message.to_owned(),
        duration_ms: Some(u64::from(u32::MAX)),
        code: name(),
        request_id: name(),
        xray_trace_id: Some(name()),
        code_version: name(),
        handler_version: Some(HandlerVersion::Reported(name())),
        answer: Some("\"".repeat(FAILURE_ANSWER_BYTES_MAX)),
        ..failure(FailureClass::Overran, 7)
    }
}

async fn is_kept(store: &impl RecordsUnderTest, record: &TaskRecord) {
    let written = store.records().write(record, Expected::Absent).await.unwrap();
    assert_eq!(written, Written::Made);
    reads_as(store, record).await;
}

/// Compared as JSON too: two dates are equal if they name the same moment with different offsets.
async fn reads_as(store: &impl RecordsUnderTest, record: &TaskRecord) {
    let found = store.records().find(record.task_id).await.unwrap().unwrap();
    assert_eq!(found, *record);
    assert_eq!(serde_json::to_string(&found).unwrap(), serde_json::to_string(record).unwrap());
}
