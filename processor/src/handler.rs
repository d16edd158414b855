//! What handles a task: the interface for a handler in Rust.

use std::time::Duration;

use futures_util::future::BoxFuture;
use shared::{Caller, Json, SequenceNumber, Task, TaskId, Timestamp, TraceContext};
use tokio_util::sync::CancellationToken;

use crate::report::Report;

/// One attempt at a task, as its handler sees it.
#[derive(Debug, Clone)]
pub struct Run {
    /// The id of the task.
    pub task_id: TaskId,
    /// The task, with any amendment that an operator made.
    pub task: Task,
    /// The number of the attempt. It only rises for a task, so a store of effects can refuse a lower one (a fencing
    /// token).
    pub attempt: u32,
    /// 0, then +1 by each redrive.
    pub generation: u32,
    /// The place of the task's message in the line.
    pub sequence_number: SequenceNumber,
    /// Who submitted the task.
    pub submitted_by: Caller,
    /// The trace that the submitter of the task named, for the handler's own spans and calls. It is the same for each
    /// attempt.
    pub trace: Option<TraceContext>,
    /// When the processor gives this attempt up.
    pub deadline: Timestamp,
    /// Cancelled at the deadline, when the run has lost its claim, and when the submitter cancels the task during a run that is
    /// longer than its lease. A handler that starts other work passes it on.
    pub cancellation: CancellationToken,
    /// Where the handler reports what is stored with the record in addition to the outcome.
    pub report: Report,
}

/// A task was handled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completed {
    /// What is stored with the record for the submitter, at most [`RESULT_BYTES_MAX`](shared::limits::RESULT_BYTES_MAX).
    pub result: Option<Json>,
}

/// How an attempt ended.
pub type Outcome = Result<Completed, HandlerFailure>;

/// Why a handler failed. Codes and messages are stored in the record and shown to the submitter, so they must hold no
/// secret and no payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandlerFailure {
    /// Another attempt may succeed.
    Transient {
        /// Short and stable.
        code: String,
        /// For a person.
        message: String,
        /// The shortest wait before the next attempt, if the handler knows one.
        retry_after: Option<Duration>,
    },
    /// The program that handles the task did not end in time, and may still run. Another attempt may succeed.
    Overran {
        /// Short and stable.
        code: String,
        /// For a person.
        message: String,
    },
    /// The service that handles tasks can't be reached, or can't handle any task now. The line waits for it: no attempt is
    /// spent.
    Unavailable {
        /// Short and stable.
        code: String,
        /// For a person.
        message: String,
        /// The shortest wait before the next try, if the handler knows one.
        retry_after: Option<Duration>,
    },
    /// The program that handled the task ended without an outcome, for example by a signal. Another attempt may succeed.
    Crashed {
        /// Short and stable.
        code: String,
        /// For a person.
        message: String,
    },
    /// No attempt will succeed.
    Permanent {
        /// Short and stable.
        code: String,
        /// For a person.
        message: String,
    },
}

/// Handles tasks: at least once each, never again after completion, one at a time and in order.
pub trait Handler: Send + Sync {
    /// Handles one task. It must not block the thread: the deadline can only end a future that yields.
    fn handle(&self, run: Run) -> BoxFuture<'_, Outcome>;

    /// Whether this code alone decides the outcome, so that it changes only with the code's version. A handler that
    /// passes tasks on to another program returns false and reports that program's version if it knows it
    /// ([`Report::version`]).
    fn is_of_code(&self) -> bool {
        true
    }
}

/// What a deployment does with its tasks. Any [`Handler`] converts into it.
pub enum Handling {
    /// Each task is recorded as completed, and other programs read it from the record. Because the record is the whole
    /// effect, claim and completion are one write. The default.
    Record,
    /// The handler runs on each task, between a recorded claim and a completion that is fenced by the claim.
    Handler(Box<dyn Handler>),
}

impl<H: Handler + 'static> From<H> for Handling {
    fn from(handler: H) -> Self {
        Self::Handler(Box::new(handler))
    }
}
