//! Every limit's one home: its unit in its name, its source beside it, the relations between limits checked when
//! the crate is compiled.

/// Title, in Unicode code points, before and after sanitising (design).
pub const TITLE_CHARACTERS_MAX: usize = 200;
/// Description, in Unicode code points, before and after sanitising (design).
pub const DESCRIPTION_CHARACTERS_MAX: usize = 10_000;
/// Body of a request (design).
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// An `Idempotency-Key` (design).
pub const IDEMPOTENCY_KEY_CHARACTERS_MAX: usize = 255;
/// Who submitted: an identity provider's subject. Longer ones are refused rather than cut.
pub const CALLER_CHARACTERS_MAX: usize = 255;
/// A scope or a role: what API Gateway takes as an element of a route's `authorizationScopes` ("a string with a length
/// between [1-64]": API Gateway V2 API reference, CreateRoute).
pub const PERMISSION_NAME_CHARACTERS_MAX: usize = 64;
/// A `tracestate`: the least that must be passed on (<https://www.w3.org/TR/trace-context/#tracestate-limits>). A longer one
/// is left out.
pub const TRACESTATE_CHARACTERS_MAX: usize = 512;
/// A raw body of a message that can't be decoded is kept in the record up to here; the dead-letter queue keeps it whole.
pub const RAW_BODY_BYTES_KEPT: usize = 32 * 1024;
/// How many failures a record keeps, newest last (design).
pub const FAILURES_KEPT: usize = 10;
/// How many audit entries a record keeps, newest last.
pub const AUDIT_ENTRIES_KEPT: usize = 30;
/// A failure's message; longer ones are cut.
pub const FAILURE_MESSAGE_CHARACTERS_MAX: usize = 1_000;
/// What the service that handles tasks answered to a failed run; longer ones are cut.
pub const FAILURE_ANSWER_BYTES_MAX: usize = 1024;
/// A failure's code, the ids of its invocation and trace, and the version that its handler reported; longer ones are
/// cut.
pub const FAILURE_NAME_CHARACTERS_MAX: usize = 100;
/// Who made a change; longer ones are cut.
pub const OPERATOR_CHARACTERS_MAX: usize = 100;
/// An operator's reason for a change; longer ones are cut.
pub const REASON_CHARACTERS_MAX: usize = 500;

/// SQS remembers a dedupe id this long, fixed (SQS developer guide, "exactly-once processing").
pub const DEDUPE_SECONDS: u32 = 300;
/// For how long SQS's counts of messages can lag behind what was sent: they "may not achieve consistency until at least 1
/// minute after the producers stop sending messages" (SQS API reference, GetQueueAttributes).
pub const QUEUE_COUNTS_LAG_SECONDS: u32 = 60;
/// The longest visibility that SQS takes, counted from the receive (SQS quotas).
pub const VISIBILITY_SECONDS_MAX: u32 = 43_200;
/// The most receives that SQS lets a redrive policy wait for (SQS quotas).
pub const RECEIVE_COUNT_MAX: u32 = 1_000;
/// The longest that SQS keeps a message, and so how long a line or dead-letter queue can (SQS quotas).
pub const RETENTION_SECONDS_MAX: u32 = 14 * 24 * 3600;
/// A DynamoDB item (DynamoDB quotas).
pub const ITEM_BYTES_MAX: usize = 400 * 1024;
/// An SQS message, body and attributes (SQS quotas, August 2025).
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// The largest message that a line takes. No task's message is larger, which is proved below; so a larger one was sent by
/// something else, and SQS refuses it. It is also what SQS bills as one request.
pub const LINE_MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// A finished record is kept this long after its last change. One that is not finished never expires.
pub const RECORD_SECONDS_KEPT: u32 = 30 * 24 * 3600;
/// A held message is hidden for this long at a time. Far below SQS's 12 hours, so that a resume whose change of visibility is lost
/// costs an hour, not a day; long enough that a hold of two weeks stays below [`RECEIVE_COUNT_MAX`].
pub const HOLD_VISIBILITY_SECONDS: u32 = 3_600;

/// How long a function's call to SQS or DynamoDB takes at most, with all its attempts; both answer within milliseconds.
pub const CALL_SECONDS_MAX: u32 = 3;
/// The time that a function keeps to report that its work is not done: it stops working so long before Lambda ends it.
pub const REPORT_SECONDS: u32 = 1;
/// The most calls, one after another, that the API makes for a request which no other request interferes with: a record,
/// its enqueue and a note on it, or an expired record, its replacement and its enqueue. `tests/pipeline/calls.rs` counts
/// them.
pub const REQUEST_CALLS_MAX: u32 = 3;
/// The most calls, one after another, that the processor makes before it runs a handler: a claim, and another one after a
/// record that says more than the message. Counted in the handler's own time.
pub const CLAIM_CALLS_MAX: u32 = 2;
/// The most calls, one after another, that the processor makes after a handler: two records with a dead letter between
/// them, and a change of visibility where the last of them failed.
pub const SETTLE_CALLS_MAX: u32 = 4;
/// How long the API's function may run for a request.
pub const REQUEST_SECONDS_MAX: u32 = 15;
/// The longest that an HTTP API waits for its function
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>).
pub const INTEGRATION_SECONDS_MAX: u32 = 30;
/// How much longer than its handler may run a claim holds, and on AWS the function runs: for the calls after a handler.
pub const LEASE_MARGIN_SECONDS: u32 = 13;
/// The longest that a handler may be allowed to run.
pub const HANDLER_SECONDS_MAX: u32 = 840;
/// The longest that Lambda lets a function run
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
pub const FUNCTION_SECONDS_MAX: u32 = 900;

/// How many code points of UTF-8 text can take how many bytes.
const UTF8_BYTES_PER_CHARACTER_MAX: usize = 4;
/// A character of a text in JSON: one that is written as an escape (`\u0001`).
const JSON_BYTES_PER_CHARACTER_MAX: usize = 6;
/// What a message holds beside texts, generously: names of its members, ids, times, a digest, a `traceparent`.
const MESSAGE_OVERHEAD_BYTES: usize = 1024;
/// What a record holds beside texts and failures, generously.
const RECORD_OVERHEAD_BYTES: usize = 64 * 1024;

const _: () = {
    let text = (TITLE_CHARACTERS_MAX + DESCRIPTION_CHARACTERS_MAX) * UTF8_BYTES_PER_CHARACTER_MAX;
    assert!(text <= BODY_BYTES_MAX, "a task of full length fits into a request");
    // A record can hold the task twice, or a raw body and its amendment; escaped in JSON, a raw body doubles.
    let raw = RAW_BODY_BYTES_KEPT * 2;
    let payloads = text + if raw > text { raw } else { text };
    let failure = FAILURE_MESSAGE_CHARACTERS_MAX + 4 * FAILURE_NAME_CHARACTERS_MAX;
    let entry = REASON_CHARACTERS_MAX + OPERATOR_CHARACTERS_MAX;
    let history = (FAILURES_KEPT * failure + AUDIT_ENTRIES_KEPT * entry) * UTF8_BYTES_PER_CHARACTER_MAX;
    // In JSON a quote takes two bytes.
    let answers = FAILURES_KEPT * FAILURE_ANSWER_BYTES_MAX * 2;
    assert!(payloads + history + answers + RECORD_OVERHEAD_BYTES < ITEM_BYTES_MAX);
    let carried = TITLE_CHARACTERS_MAX + DESCRIPTION_CHARACTERS_MAX + CALLER_CHARACTERS_MAX;
    // A `tracestate` has visible characters only, of which a quote takes two bytes.
    let trace = TRACESTATE_CHARACTERS_MAX * 2;
    let message = carried * JSON_BYTES_PER_CHARACTER_MAX + trace + MESSAGE_OVERHEAD_BYTES;
    assert!(message <= LINE_MESSAGE_BYTES_MAX && LINE_MESSAGE_BYTES_MAX <= MESSAGE_BYTES_MAX);
    assert!(BODY_BYTES_MAX < ITEM_BYTES_MAX && ITEM_BYTES_MAX < MESSAGE_BYTES_MAX);
    // A dead letter redriven at the end of both retentions still meets the record of its completion.
    assert!(RECORD_SECONDS_KEPT > 2 * RETENTION_SECONDS_MAX);
    assert!(HOLD_VISIBILITY_SECONDS <= VISIBILITY_SECONDS_MAX);
    assert!(RETENTION_SECONDS_MAX / HOLD_VISIBILITY_SECONDS < RECEIVE_COUNT_MAX);
    // A service that is slow for every call ends as an answer of ours, and no time-out of Lambda or API Gateway.
    assert!(REQUEST_CALLS_MAX * CALL_SECONDS_MAX + REPORT_SECONDS <= REQUEST_SECONDS_MAX);
    assert!(REQUEST_SECONDS_MAX < INTEGRATION_SECONDS_MAX);
    assert!(SETTLE_CALLS_MAX * CALL_SECONDS_MAX + REPORT_SECONDS <= LEASE_MARGIN_SECONDS);
    assert!(HANDLER_SECONDS_MAX + LEASE_MARGIN_SECONDS <= FUNCTION_SECONDS_MAX);
};
