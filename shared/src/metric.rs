//! Metrics: what is counted and timed on a task's way. The names are those that alarms and dashboards know.
//!
//! The one dimension is the pipeline; a task's id is none, since every value of a dimension is paid for as a metric of
//! its own.

/// The namespace of all of them.
pub const NAMESPACE: &str = "Taskline";
/// Their one dimension: the environment's name.
pub const PIPELINE: &str = "Pipeline";

/// A request was answered 202 with a new task.
pub const ACCEPTED: &str = "Accepted";
/// A request was answered 202 with the task of an earlier one under its key.
pub const REPLAYED: &str = "Replayed";
/// A request was answered 4xx.
pub const REFUSED: &str = "Refused";
/// A request was answered 503: it could not be made durable for now.
pub const UNAVAILABLE: &str = "Unavailable";
/// A submitter took a task back before it began.
pub const CANCELLED: &str = "Cancelled";
/// A task was handled and its record says so.
pub const COMPLETED: &str = "Completed";
/// An attempt failed and another will follow.
pub const RETRIED: &str = "Retried";
/// A task was given up and stands in the dead-letter queue.
pub const DEAD_LETTERED: &str = "DeadLettered";
/// A task holds the line; counted again whenever the hold is renewed.
pub const HELD: &str = "Held";
/// A run found that its claim had been taken over.
pub const FENCED: &str = "Fenced";
/// A delivery met a run that is still alive.
pub const BUSY: &str = "Busy";
/// How long a handler took, in milliseconds.
pub const HANDLE_DURATION: &str = "HandleDuration";
/// How long a task stood in line before it was first received, in milliseconds.
pub const QUEUE_WAIT: &str = "QueueWait";

/// Everything that is counted.
pub const COUNTS: [&str; 11] = [
    ACCEPTED,
    REPLAYED,
    REFUSED,
    UNAVAILABLE,
    CANCELLED,
    COMPLETED,
    RETRIED,
    DEAD_LETTERED,
    HELD,
    FENCED,
    BUSY,
];
/// Everything that is timed.
pub const DURATIONS: [&str; 2] = [HANDLE_DURATION, QUEUE_WAIT];
