//! The metrics that the functions emit. Alarms and the dashboard refer to them by these names.
//!
//! Each metric costs money, so each is used by an alarm or by the dashboard; a test compares this list with the synthesised
//! stacks (`tests/alarms`). A task id is never a dimension, because each value of a dimension is a separate metric.

/// The namespace of all metrics.
pub const NAMESPACE: &str = "Taskline";
/// The dimension of all metrics: the pipeline's name.
pub const PIPELINE: &str = "Pipeline";
/// A second dimension of [`NEEDS_ATTENTION`]: the class of the last failure.
pub const CLASS: &str = "Class";

/// A task was completed.
pub const COMPLETED: &str = "Completed";
/// An attempt failed, other than by an unavailable handler, and another will follow.
pub const RETRIED: &str = "Retried";
/// An attempt found the handler unavailable, and another will follow.
pub const UNAVAILABLE: &str = "Unavailable";
/// A task was given up, and its message is in the dead-letter queue.
pub const DEAD_LETTERED: &str = "DeadLettered";
/// How long the handler took, in milliseconds.
pub const HANDLE_DURATION: &str = "HandleDuration";
/// How long a task waited in the line before it was first received, in milliseconds.
pub const QUEUE_WAIT: &str = "QueueWait";

/// How many tasks were dead-lettered within the last minutes, counted from the records. Unlike [`DEAD_LETTERED`] it is
/// emitted by every run of the watch, also as 0: an alarm on a sparse metric would stay in ALARM for several periods.
pub const NEW_DEAD_LETTERS: &str = "NewDeadLetters";
/// How many tasks need attention, in total and by class. A lower bound: the watch reads a bounded part of the index.
pub const NEEDS_ATTENTION: &str = "NeedsAttention";
/// How long the oldest of them has needed attention, in seconds; 0 if there is none.
pub const NEEDS_ATTENTION_AGE: &str = "NeedsAttentionAge";
/// How many lines are held: 0 or 1.
pub const HELD_LINES: &str = "HeldLines";
/// How many attempts of the task at the head of the line have failed; 0 if none has, and while the handler is unavailable.
pub const HEAD_FAILED_ATTEMPTS: &str = "HeadFailedAttempts";
/// How long the handler has been unavailable to the task at the head of the line, in seconds; 0 if it is not.
pub const HANDLER_UNAVAILABLE: &str = "HandlerUnavailable";
/// How many messages the dead-letter queue has beyond the recorded dead letters.
pub const UNRECORDED_DEAD_LETTERS: &str = "UnrecordedDeadLetters";
/// 1 if the previous canary task is not completed, else 0.
pub const CANARY_MISSED: &str = "CanaryMissed";

/// The unit of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// A time in seconds.
    Seconds,
    /// A time in milliseconds.
    Milliseconds,
}

/// All metrics with their units.
pub const METRICS: [(&str, Unit); 14] = [
    (COMPLETED, Unit::Count),
    (RETRIED, Unit::Count),
    (UNAVAILABLE, Unit::Count),
    (DEAD_LETTERED, Unit::Count),
    (HANDLE_DURATION, Unit::Milliseconds),
    (QUEUE_WAIT, Unit::Milliseconds),
    (NEW_DEAD_LETTERS, Unit::Count),
    (NEEDS_ATTENTION, Unit::Count),
    (NEEDS_ATTENTION_AGE, Unit::Seconds),
    (HELD_LINES, Unit::Count),
    (HEAD_FAILED_ATTEMPTS, Unit::Count),
    (HANDLER_UNAVAILABLE, Unit::Seconds),
    (UNRECORDED_DEAD_LETTERS, Unit::Count),
    (CANARY_MISSED, Unit::Count),
];
