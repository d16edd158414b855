//! The names in the DynamoDB table. `infrastructure/lib/task-records.ts` creates the table with the same ones.

/// The partition key of the table: a string.
pub const TASK_ID: &str = "task_id";
/// The revision of the record: a number. It is the condition of each write.
pub const REVISION: &str = "revision";
/// The status of the record: a string, for people who read the table.
pub const STATUS: &str = "status";
/// The record as JSON: a string.
pub const RECORD: &str = "record";
/// The sequence number of the record: a number. With it, people find the task of a message.
pub const SEQUENCE_NUMBER: &str = "sequence_number";
/// When DynamoDB may delete the item, in epoch seconds: a number.
pub const EXPIRES_AT: &str = "expires_at";
/// The partition key of the index: a string, `YES` or `RETRYING`. Only items in the index have it.
pub const NEEDS_ATTENTION: &str = "needs_attention";
/// The sort key of the index: a number, the first sequence number of the record.
pub const NEEDS_ATTENTION_AT: &str = "needs_attention_at";
/// The index of the records that need attention or are retried. It contains all attributes.
pub const NEEDS_ATTENTION_INDEX: &str = "needs-attention";

/// The value of [`NEEDS_ATTENTION`] for a record whose status needs attention. These share a partition, so they are
/// sorted together.
pub(crate) const YES: &str = "yes";
/// The value of [`NEEDS_ATTENTION`] for a record whose task is retried after a failure. In a line, only the head can
/// be. SQS does not report the head of a line; this index does, and costs nothing while nothing fails.
pub(crate) const RETRYING: &str = "tried_again";
