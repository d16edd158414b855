//! handle: the one step that is not ours. A handler's error, panic and overrun all end as an explained failure.

use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use shared::{FailureClass, Task, TaskId, TaskRecord, Timestamp, TraceContext, ports::Clock};
use tokio_util::sync::CancellationToken;

use crate::Report;

/// One attempt at a task, as its handler sees it.
#[derive(Debug, Clone)]
pub struct Run {
    /// Which task.
    pub task_id: TaskId,
    /// What it says, with any amendment an operator made.
    pub task: Task,
    /// The attempt's number: it only ever rises for a task, so whoever stores an effect can refuse a lower one
    /// (a fencing token).
    pub attempt: u32,
    /// The trace that the task's submitter named, for a span or a call of the handler's own: the same for each attempt.
    pub trace: Option<TraceContext>,
    /// When this attempt is given up.
    pub deadline: Timestamp,
    /// Cancelled at the deadline. A handler that hands work to others passes it on.
    pub cancellation: CancellationToken,
    /// Where the handler reports what is kept of the run beside its outcome.
    pub report: Report,
}

/// Why a handler did not succeed. Codes and messages are kept in the record and shown to the submitter: they hold no
/// secret and no payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandlerFailure {
    /// Another try may succeed.
    Transient {
        /// Short and stable.
        code: String,
        /// In words.
        message: String,
        /// How long to wait at least, where the handler was told.
        retry_after: Option<Duration>,
    },
    /// No try will.
    Permanent {
        /// Short and stable.
        code: String,
        /// In words.
        message: String,
    },
}

/// What is done with a task. At least once per task, never after it completed, one at a time and in order.
pub trait Handler: Send + Sync {
    /// Handles one task. Must not block the thread: a deadline can only end what yields.
    fn handle(&self, run: Run) -> BoxFuture<'_, Result<(), HandlerFailure>>;

    /// Whether what decides about a task is part of this code, and changes with it. A handler that passes tasks on to
    /// another program says that it is not, and reports that program's version where it knows it ([`Report::version`]).
    fn is_of_code(&self) -> bool {
        true
    }
}

/// What is done with a deployment's tasks. Any handler is one: `handler.into()`.
pub enum Handling {
    /// Each is recorded as completed, and others read it there: the record is its whole effect, so claim and completion
    /// are one write. The default.
    Record,
    /// This handler is run on each, between a claim that is on record and a completion that is fenced by it.
    Handler(Box<dyn Handler>),
}

impl<H: Handler + 'static> From<H> for Handling {
    fn from(handler: H) -> Self {
        Self::Handler(Box::new(handler))
    }
}

/// What a failed attempt looks like before it is bound to its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub class: FailureClass,
    pub code: String,
    pub message: String,
    pub retry_after: Option<Duration>,
}

impl Fault {
    pub fn new(class: FailureClass, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { class, code: code.into(), message: message.into(), retry_after: None }
    }
}

impl From<HandlerFailure> for Fault {
    fn from(failure: HandlerFailure) -> Self {
        match failure {
            HandlerFailure::Transient { code, message, retry_after } => {
                Self { retry_after, ..Self::new(FailureClass::Transient, code, message) }
            }
            HandlerFailure::Permanent { code, message } => Self::new(FailureClass::Permanent, code, message),
        }
    }
}

/// Runs the handler on `task` until it ends or `deadline` passes. A run that only gets here later is not begun: by then
/// another may have taken the task over, and finished it.
pub(crate) async fn handle(
    handler: &dyn Handler,
    clock: &dyn Clock,
    record: &TaskRecord,
    task: &Task,
    deadline: Timestamp,
    report: &Report,
) -> Result<(), Fault> {
    if clock.now() >= deadline {
        let message = "the run stood still until its deadline, and was not begun";
        return Err(Fault::new(FailureClass::Overran, "deadline_exceeded", message));
    }
    let cancellation = CancellationToken::new();
    // Cancels also when this future is dropped half-way.
    let _cancel_at_the_end = cancellation.clone().drop_guard();
    let run = Run {
        task_id: record.task_id,
        task: task.clone(),
        attempt: record.attempt,
        trace: record.trace.clone(),
        deadline,
        cancellation,
        report: report.clone(),
    };
    // A handler's own state is its own concern after a panic; ours is not touched by it.
    let handling = AssertUnwindSafe(async { handler.handle(run).await }).catch_unwind();
    tokio::select! {
        biased;
        outcome = handling => match outcome {
            Ok(outcome) => outcome.map_err(Fault::from),
            Err(panic) => Err(Fault::new(FailureClass::Panicked, "panic", panic_message(&*panic))),
        },
        () = clock.sleep_until(deadline) => Err(Fault::new(
            FailureClass::Overran,
            "deadline_exceeded",
            "the handler did not end before its deadline",
        )),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the handler panicked: {}", text.unwrap_or("without a message"))
}
