//! The port to the line as a whole: its status, and pausing and resuming deliveries.

use crate::{AuditEntry, TaskId, TaskRecord, Timestamp, ports::PortError};

/// The status of the line. Counts are approximate, as on SQS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineStatus {
    /// Whether a process handles the line's tasks; absent if that can't be known.
    pub running: Option<bool>,
    /// Whether an operator paused deliveries.
    pub paused: bool,
    /// The number of waiting messages, without the one in flight.
    pub waiting: u64,
    /// The number of messages that are delivered and not settled.
    pub in_flight: u64,
    /// When the message at the head was enqueued; absent if the line is empty or the implementation does not know.
    pub head_enqueued_at: Option<Timestamp>,
    /// The task at the head, which is running or next; absent if the line is empty or the implementation does not know.
    pub head: Option<Head>,
    /// How many tasks were completed within the last 60 seconds, including the current second; absent if the implementation
    /// does not know.
    pub completed_last_minute: Option<u64>,
}

/// The task at the head of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The task's id.
    pub task_id: TaskId,
    /// The task's record; absent if it is not written yet.
    pub record: Option<Box<TaskRecord>>,
    /// When the message is delivered next, unless its run settles it before; absent if the implementation does not know.
    pub next_delivery_at: Option<Timestamp>,
}

/// The result of a pause or a resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switched {
    /// The line was switched.
    Now,
    /// The line was switched already, or was being switched: nothing changed, and the reason is not stored.
    Already,
}

/// Reports the line's status, and pauses and resumes its deliveries.
pub trait DeliverySwitch: Send + Sync {
    /// The status of the line.
    ///
    /// # Errors
    /// [`PortError`].
    fn status(&self) -> impl Future<Output = Result<LineStatus, PortError>> + Send;

    /// Stops deliveries. MUST return only after the last delivery has begun; a running attempt finishes. No message, attempt
    /// or receive is spent. Pausing a paused line changes nothing and returns [`Switched::Already`]. `why` is stored with the
    /// line on one machine; on AWS it is not stored.
    ///
    /// # Errors
    /// [`PortError`]: the line may be switched anyway.
    fn pause(&self, why: &AuditEntry) -> impl Future<Output = Result<Switched, PortError>> + Send;

    /// Starts deliveries again. Resuming a line that is not paused changes nothing and returns [`Switched::Already`]. `why` is
    /// stored like that of a pause.
    ///
    /// # Errors
    /// [`PortError`]: the line may be switched anyway.
    fn resume(&self, why: &AuditEntry) -> impl Future<Output = Result<Switched, PortError>> + Send;
}
