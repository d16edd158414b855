//! The processor: its parts, and what it decides about a message.

use std::sync::Arc;

use shared::ports::{Clock, TaskQueue, TaskRecords};

use crate::{handlers_by_type::Handlers, settings::ProcessorSettings};

/// Processes the messages of a pipeline.
pub struct Processor<R, Q> {
    pub(crate) records: R,
    pub(crate) queue: Q,
    pub(crate) dead_letter_queue: Q,
    pub(crate) handlers: Handlers,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: ProcessorSettings,
}

/// The invocation that delivered a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Its id on the platform.
    pub request_id: String,
    /// Its X-Ray trace, if X-Ray is on. This is not the trace of the task.
    pub xray_trace_id: Option<String>,
}

/// What happens to a message after it was processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The queue may delete it.
    Acknowledge,
    /// It is delivered again, still first in its line.
    RetryAfter {
        /// How long it stays hidden, in seconds.
        after_seconds: u32,
    },
    /// It stays hidden until the visibility timeout that was set on it ends.
    KeepHidden,
}

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    /// A processor of the messages of `queue`.
    pub fn new(
        records: R,
        queue: Q,
        dead_letter_queue: Q,
        handlers: impl Into<Handlers>,
        clock: Arc<dyn Clock>,
        settings: ProcessorSettings,
    ) -> Self {
        Self { records, queue, dead_letter_queue, handlers: handlers.into(), clock, settings }
    }
}
