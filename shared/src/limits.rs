//! All limits, with their units and sources. The relations between them are checked at compile time.

/// A title, in Unicode code points, before and after sanitising.
pub const TITLE_CHARACTERS_MAX: usize = 200;
/// A description, in Unicode code points, before and after sanitising.
pub const DESCRIPTION_CHARACTERS_MAX: usize = 10_000;
/// The type of a task; all its characters are ASCII.
pub const TASK_TYPE_CHARACTERS_MAX: usize = 64;
/// The payload of a task, as it was sent.
pub const PAYLOAD_BYTES_MAX: usize = 128 * 1024;
/// How many arrays and objects of a payload may contain each other.
pub const PAYLOAD_DEPTH_MAX: usize = 64;
/// The body of a request.
pub const BODY_BYTES_MAX: usize = 192 * 1024;
/// An `Idempotency-Key`.
pub const IDEMPOTENCY_KEY_CHARACTERS_MAX: usize = 255;
/// A caller's identity, such as a token's subject. Longer ones are refused, not cut.
pub const CALLER_CHARACTERS_MAX: usize = 255;
/// A scope or a role: the limit of API Gateway for an element of a route's `authorizationScopes` ("a string with a length
/// between [1-64]": API Gateway V2 API reference, CreateRoute).
pub const PERMISSION_NAME_CHARACTERS_MAX: usize = 64;
/// A `tracestate`: the minimum that must be passed on (<https://www.w3.org/TR/trace-context/#tracestate-limits>). A longer
/// one is dropped.
pub const TRACESTATE_CHARACTERS_MAX: usize = 512;
/// How much of an undecodable body the record stores; the dead-letter queue stores all of it.
pub const RAW_BODY_BYTES_KEPT: usize = 32 * 1024;
/// The result of a completed task.
pub const RESULT_BYTES_MAX: usize = 32 * 1024;
/// How deep a result may be nested: far below what common JSON parsers refuse.
pub const RESULT_DEPTH_MAX: usize = 64;
/// What a record stores of a task and, if an operator amended it, of the original too. A larger amendment is refused.
pub const CONTENTS_BYTES_MAX: usize = 204 * 1024;
/// How many failures a record stores, newest last.
pub const FAILURES_KEPT: usize = 10;
/// How many audit entries a record stores, newest last.
pub const AUDIT_ENTRIES_KEPT: usize = 30;
/// A failure's message; longer ones are cut.
pub const FAILURE_MESSAGE_CHARACTERS_MAX: usize = 1_000;
/// The answer of the handler's service to a failed attempt; longer ones are cut.
pub const FAILURE_ANSWER_BYTES_MAX: usize = 1024;
/// A failure's code, the ids of its invocation and trace, and the version that its handler reported; longer ones are
/// cut.
pub const FAILURE_NAME_CHARACTERS_MAX: usize = 100;
/// The author of a change; longer names are cut.
pub const OPERATOR_CHARACTERS_MAX: usize = 100;
/// An operator's reason for a change; longer ones are refused.
pub const REASON_CHARACTERS_MAX: usize = 500;

/// How long SQS remembers a deduplication id; fixed (SQS developer guide, "exactly-once processing").
pub const DEDUPE_SECONDS: u32 = 300;
/// How long SQS's counts of messages can lag behind: they "may not achieve consistency until at least 1
/// minute after the producers stop sending messages" (SQS API reference, GetQueueAttributes).
pub const QUEUE_COUNTS_LAG_SECONDS: u32 = 60;
/// The longest visibility timeout of SQS, counted from the receive (SQS quotas).
pub const VISIBILITY_SECONDS_MAX: u32 = 43_200;
/// The highest `maxReceiveCount` of a redrive policy (SQS quotas).
pub const RECEIVE_COUNT_MAX: u32 = 1_000;
/// The longest retention of SQS (SQS quotas).
pub const RETENTION_SECONDS_MAX: u32 = 14 * 24 * 3600;
/// The size of a DynamoDB item (DynamoDB quotas).
pub const ITEM_BYTES_MAX: usize = 400 * 1024;
/// The size of an SQS message with its attributes (SQS quotas, August 2025).
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// The largest message that the line's queue accepts. The assertions below prove that no task's message is larger, so a
/// larger one came from another sender. SQS bills each 64 KiB as one request.
pub const LINE_MESSAGE_BYTES_MAX: usize = 192 * 1024;

/// How long a finished record is stored after its last change. Other records never expire.
pub const RECORD_SECONDS_KEPT: u32 = 30 * 24 * 3600;
/// How long a held message is hidden at a time. Far below SQS's 12 hours, so that a resume whose change of visibility gets
/// lost takes effect within an hour; long enough that a hold of two weeks stays below [`RECEIVE_COUNT_MAX`].
pub const HOLD_VISIBILITY_SECONDS: u32 = 3_600;

/// The largest attempt budget.
pub const ATTEMPT_BUDGET_MAX: u32 = 100;
/// The longest wait before another attempt that a setting or a handler can ask for.
pub const RETRY_SECONDS_MAX: u32 = 3_600;
/// The longest `UNAVAILABLE_SECONDS_MAX`: how long an outage of a handler's service may last without spending attempts. Half
/// of the retention, so that the message still exists when the alarm on the retention fires.
pub const OUTAGE_SECONDS_MAX: u32 = RETENTION_SECONDS_MAX / 2;
/// `UNAVAILABLE_SECONDS_MAX` if it is not set.
pub const OUTAGE_SECONDS_DEFAULT: u32 = 24 * 3600;
/// How often a message may be received before its waits are spaced out. Every wait spends a receive, and SQS moves a message
/// to the dead-letter queue after [`RECEIVE_COUNT_MAX`], which breaks the order of the line.
pub const PROMPT_RECEIVES_MAX: u32 = 140;
/// How often after that it may be received with a wait of [`SPACED_WAIT_SECONDS`]; then it waits [`RETRY_SECONDS_MAX`] each
/// time, until its retention ends.
pub const SPACED_RECEIVES_MAX: u32 = 500;
/// See [`SPACED_RECEIVES_MAX`].
pub const SPACED_WAIT_SECONDS: u32 = 180;
/// Within this time after a failure the next attempt has begun or failed too, even if a run crashes: the longest wait and the
/// longest visibility timeout.
pub const TRIED_AGAIN_SECONDS_MAX: u32 = 3 * 3600;

/// The time limit of a function's call to SQS or DynamoDB with all its retries; both usually answer within milliseconds.
pub const CALL_SECONDS_MAX: u32 = 3;
/// How long before Lambda's deadline a function stops working, to report that its work is not done.
pub const REPORT_SECONDS: u32 = 1;
/// The most sequential calls that the API makes for a request, without a concurrent request for the same task: writing a
/// record, enqueueing and noting it, or reading an expired record, replacing it and enqueueing. `tests/pipeline/calls.rs`
/// counts them.
pub const REQUEST_CALLS_MAX: u32 = 3;
/// The most sequential calls that the processor makes before it runs a handler: a claim, a second one if the record holds
/// more than the message, and a change of visibility if the handler can run for longer than a lease. They count towards
/// the handler's time.
pub const CLAIM_CALLS_MAX: u32 = 3;
/// The most sequential calls that the processor makes after a handler: two writes of the record with a dead letter between
/// them, and a change of visibility if the last write failed.
pub const SETTLE_CALLS_MAX: u32 = 4;
/// The longest `wait` of a `GET`: how long it waits for its task.
pub const WAIT_SECONDS_MAX: u32 = 20;
/// The time limit of the API function for a request.
pub const REQUEST_SECONDS_MAX: u32 = 25;
/// How long an HTTP API waits for its function
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>).
pub const INTEGRATION_SECONDS_MAX: u32 = 30;
/// How much longer than the handler's time limit a claim lasts, and on AWS the function's timeout: for the calls after a
/// handler. A lease that is renewed ends as much later than its handler may run without another renewal.
pub const LEASE_MARGIN_SECONDS: u32 = 13;
/// How many times as long as a run can last the visibility timeout of the line's queue is, as AWS recommends, so that a
/// message is not redelivered during its run.
pub const VISIBILITY_RUNS: u32 = 6;
/// The longest lease. A run that may last longer renews its lease, so a crash stops its line for this time at most.
pub const LEASE_SECONDS_MAX: u32 = 60;
/// How often a lease is renewed, as a part of its length: a renewal can fail once and be repeated in time.
pub const RENEWALS_PER_LEASE: u32 = 3;
/// How long after a failed renewal the next one is tried.
pub const RENEWAL_RETRY_SECONDS: u32 = 5;
/// The longest time limit of a handler: an attempt ends before the time for which SQS can hide its message, counted from
/// the receive.
pub const HANDLER_SECONDS_MAX: u32 = VISIBILITY_SECONDS_MAX - LEASE_SECONDS_MAX;
/// The longest time limit of a handler in a Lambda function.
pub const FUNCTION_HANDLER_SECONDS_MAX: u32 = 840;
/// The longest timeout of a Lambda function
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
pub const FUNCTION_SECONDS_MAX: u32 = 900;

/// The most bytes of a code point in UTF-8.
const UTF8_BYTES_PER_CHARACTER_MAX: usize = 4;
/// The most bytes of a character in JSON: an escape such as `\u0001`.
const JSON_BYTES_PER_CHARACTER_MAX: usize = 6;
/// An upper bound for what a message contains beside texts: names of members, ids, times, a digest, a type, a `traceparent`.
const MESSAGE_OVERHEAD_BYTES: usize = 1024;
/// An upper bound for what a record contains beside contents and histories. `tests/conformance` measures the largest record.
const RECORD_OVERHEAD_BYTES: usize = 15 * 1024;
/// An upper bound for what the JSON of a task contains beside its texts and its payload.
const TASK_OVERHEAD_BYTES: usize = 256;

const _: () = {
    let text = (TITLE_CHARACTERS_MAX + DESCRIPTION_CHARACTERS_MAX) * UTF8_BYTES_PER_CHARACTER_MAX;
    let task = text + PAYLOAD_BYTES_MAX;
    assert!(task + TASK_OVERHEAD_BYTES <= BODY_BYTES_MAX, "a task of full length fits into a request");
    // A message from another sender can contain a larger task.
    assert!(task + TASK_OVERHEAD_BYTES <= CONTENTS_BYTES_MAX && LINE_MESSAGE_BYTES_MAX <= CONTENTS_BYTES_MAX);
    // An undecodable body can be amended to any task without a payload. It doubles when it is escaped in JSON.
    assert!(RAW_BODY_BYTES_KEPT * 2 + text + 2 * TASK_OVERHEAD_BYTES <= CONTENTS_BYTES_MAX);
    // The names: a code, the ids of the invocation and its trace, the versions of the code and of the handler.
    let failure = FAILURE_MESSAGE_CHARACTERS_MAX + 5 * FAILURE_NAME_CHARACTERS_MAX;
    let entry = REASON_CHARACTERS_MAX + OPERATOR_CHARACTERS_MAX;
    let history = (FAILURES_KEPT * failure + AUDIT_ENTRIES_KEPT * entry) * UTF8_BYTES_PER_CHARACTER_MAX;
    // In JSON a quote takes two bytes.
    let answers = FAILURES_KEPT * FAILURE_ANSWER_BYTES_MAX * 2;
    assert!(
        CONTENTS_BYTES_MAX + history + answers + RESULT_BYTES_MAX + RECORD_OVERHEAD_BYTES < ITEM_BYTES_MAX
    );
    let carried = TITLE_CHARACTERS_MAX + DESCRIPTION_CHARACTERS_MAX + CALLER_CHARACTERS_MAX;
    // A `tracestate` has visible ASCII characters only; a quote takes two bytes.
    let trace = TRACESTATE_CHARACTERS_MAX * 2;
    let message = carried * JSON_BYTES_PER_CHARACTER_MAX + PAYLOAD_BYTES_MAX + trace + MESSAGE_OVERHEAD_BYTES;
    assert!(message <= LINE_MESSAGE_BYTES_MAX && LINE_MESSAGE_BYTES_MAX <= MESSAGE_BYTES_MAX);
    assert!(BODY_BYTES_MAX < ITEM_BYTES_MAX && ITEM_BYTES_MAX < MESSAGE_BYTES_MAX);
    // A dead letter that is redriven at the end of both retentions still finds the record of its completion.
    assert!(RECORD_SECONDS_KEPT > 2 * RETENTION_SECONDS_MAX);
    assert!(HOLD_VISIBILITY_SECONDS <= VISIBILITY_SECONDS_MAX);
    assert!(RETENTION_SECONDS_MAX / HOLD_VISIBILITY_SECONDS < RECEIVE_COUNT_MAX);
    // However a message's receives are spent, its retention ends before SQS gives it up; a usual outage is noticed sooner.
    let last_receives = RECEIVE_COUNT_MAX - PROMPT_RECEIVES_MAX - SPACED_RECEIVES_MAX;
    let spaced = SPACED_RECEIVES_MAX * SPACED_WAIT_SECONDS;
    assert!(spaced + last_receives * RETRY_SECONDS_MAX >= RETENTION_SECONDS_MAX);
    assert!(spaced >= OUTAGE_SECONDS_DEFAULT && OUTAGE_SECONDS_DEFAULT <= OUTAGE_SECONDS_MAX);
    assert!(OUTAGE_SECONDS_MAX <= RETENTION_SECONDS_MAX / 2);
    let visibility = VISIBILITY_RUNS * (FUNCTION_HANDLER_SECONDS_MAX + LEASE_MARGIN_SECONDS);
    assert!(visibility <= VISIBILITY_SECONDS_MAX && RETRY_SECONDS_MAX <= VISIBILITY_SECONDS_MAX);
    assert!(RETRY_SECONDS_MAX + visibility <= TRIED_AGAIN_SECONDS_MAX);
    // If every call is slow, the API still answers before Lambda or API Gateway times out.
    assert!(REQUEST_CALLS_MAX * CALL_SECONDS_MAX + REPORT_SECONDS <= REQUEST_SECONDS_MAX);
    // The last read of a request that waits begins when its time is over.
    assert!(WAIT_SECONDS_MAX + CALL_SECONDS_MAX + REPORT_SECONDS <= REQUEST_SECONDS_MAX);
    assert!(REQUEST_SECONDS_MAX < INTEGRATION_SECONDS_MAX);
    assert!(SETTLE_CALLS_MAX * CALL_SECONDS_MAX + REPORT_SECONDS <= LEASE_MARGIN_SECONDS);
    assert!(FUNCTION_HANDLER_SECONDS_MAX + LEASE_MARGIN_SECONDS <= FUNCTION_SECONDS_MAX);
    assert!(HANDLER_SECONDS_MAX + LEASE_MARGIN_SECONDS <= VISIBILITY_SECONDS_MAX);
    // If every call before a handler is slow, the handler still starts, and its first renewal still has a second try.
    assert!(CLAIM_CALLS_MAX * CALL_SECONDS_MAX < LEASE_SECONDS_MAX / RENEWALS_PER_LEASE);
    let second_try = LEASE_SECONDS_MAX / RENEWALS_PER_LEASE + CALL_SECONDS_MAX + RENEWAL_RETRY_SECONDS;
    assert!(second_try + CALL_SECONDS_MAX <= LEASE_SECONDS_MAX - LEASE_MARGIN_SECONDS);
};
