//! Metrics: what the functions count, time and measure. The names are those that alarms and the dashboard know.
//!
//! Every metric that is emitted is paid for, so each of these is used by an alarm or by the dashboard; a test compares
//! this list with the synthesised stacks (`tests/alarms`). Task ids are never a dimension: each value of a dimension is
//! a metric of its own.

/// The namespace of all of them.
pub const NAMESPACE: &str = "Taskline";
/// The dimension that all of them have: the pipeline's name.
pub const PIPELINE: &str = "Pipeline";
/// A second dimension of [`NEEDS_ATTENTION`]: the class of the last failure.
pub const CLASS: &str = "Class";

/// A task was handled and its record says so.
pub const COMPLETED: &str = "Completed";
/// An attempt failed and another will follow.
pub const RETRIED: &str = "Retried";
/// A task was given up and stands in the dead-letter queue.
pub const DEAD_LETTERED: &str = "DeadLettered";
/// How long a handler took, in milliseconds.
pub const HANDLE_DURATION: &str = "HandleDuration";
/// How long a task stood in line before it was first received, in milliseconds.
pub const QUEUE_WAIT: &str = "QueueWait";

/// How many tasks were dead-lettered within the last minutes, as their records say. Unlike [`DEAD_LETTERED`] it is written
/// by every run of the watch, also as 0: CloudWatch would keep an alarm on a sparse metric red for several periods.
pub const NEW_DEAD_LETTERS: &str = "NewDeadLetters";
/// How many tasks need attention, over all and by class. At least so many: the watch reads a bounded part of the index.
pub const NEEDS_ATTENTION: &str = "NeedsAttention";
/// For how long the first of them has needed attention, in seconds; 0 when there is none.
pub const NEEDS_ATTENTION_AGE: &str = "NeedsAttentionAge";
/// How many lines are held: 0 or 1.
pub const HELD_LINES: &str = "HeldLines";
/// How many attempts of the task at the head of the line have failed; 0 when the head has not failed.
pub const HEAD_FAILED_ATTEMPTS: &str = "HeadFailedAttempts";
/// How many messages the dead-letter queue holds beyond the dead letters on record.
pub const UNRECORDED_DEAD_LETTERS: &str = "UnrecordedDeadLetters";
/// Whether the previous canary task is not completed: 0 or 1.
pub const CANARY_MISSED: &str = "CanaryMissed";

/// What a metric's values are.
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
pub const METRICS: [(&str, Unit); 12] = [
    (COMPLETED, Unit::Count),
    (RETRIED, Unit::Count),
    (DEAD_LETTERED, Unit::Count),
    (HANDLE_DURATION, Unit::Milliseconds),
    (QUEUE_WAIT, Unit::Milliseconds),
    (NEW_DEAD_LETTERS, Unit::Count),
    (NEEDS_ATTENTION, Unit::Count),
    (NEEDS_ATTENTION_AGE, Unit::Seconds),
    (HELD_LINES, Unit::Count),
    (HEAD_FAILED_ATTEMPTS, Unit::Count),
    (UNRECORDED_DEAD_LETTERS, Unit::Count),
    (CANARY_MISSED, Unit::Count),
];
