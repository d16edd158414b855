//! The line as a whole: whether it moves, and what waits in it.

use crate::{AuditEntry, TaskId, TaskRecord, Timestamp, ports::PortError};

/// The line at one moment. Counts are approximate, as they are on SQS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineStatus {
    /// Whether a process handles what is in it; absent where nobody can know.
    pub running: Option<bool>,
    /// Whether an operator stopped deliveries.
    pub paused: bool,
    /// Messages that wait, without the one in flight.
    pub waiting: u64,
    /// Messages delivered and not settled.
    pub in_flight: u64,
    /// When the message at the head was enqueued; absent when the line is empty, or does not tell.
    pub head_enqueued_at: Option<Timestamp>,
    /// The task at the head: the one in hand, or the next; absent when the line is empty, or does not tell.
    pub head: Option<Head>,
    /// Tasks completed within the last 60 seconds, the running one included; absent when the line does not tell.
    pub completed_last_minute: Option<u64>,
}

/// The task at the head of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which.
    pub task_id: TaskId,
    /// Its record; absent while its accept has not written one.
    pub record: Option<Box<TaskRecord>>,
    /// When its message is delivered next, unless its run settles it before; absent where the line does not tell.
    pub next_delivery_at: Option<Timestamp>,
}

/// What a pause or a resume came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switched {
    /// The line stood otherwise until now.
    Now,
    /// It was so already, or on its way there: nothing was changed, and the reason is not kept.
    Already,
}

/// Looks at the line and switches it.
pub trait DeliverySwitch: Send + Sync {
    /// How it stands.
    ///
    /// # Errors
    /// [`PortError`] when it can't be asked.
    fn status(&self) -> impl Future<Output = Result<LineStatus, PortError>> + Send;

    /// Stops deliveries. MUST return only once no new delivery begins; a run under way goes on. Nothing is lost, no
    /// attempt and no receive is spent. Pausing a paused line changes nothing, and says so. `why` is kept with the line where there
    /// is a place for it: on one machine in the file, on AWS there is none.
    ///
    /// # Errors
    /// [`PortError`] when it can't be switched.
    fn pause(&self, why: &AuditEntry) -> impl Future<Output = Result<Switched, PortError>> + Send;

    /// Lets deliveries go on. Resuming a line that runs changes nothing, and says so. `why` is kept as a pause's is.
    ///
    /// # Errors
    /// [`PortError`] when it can't be switched.
    fn resume(&self, why: &AuditEntry) -> impl Future<Output = Result<Switched, PortError>> + Send;
}
