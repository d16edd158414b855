//! The domain of Taskline: tasks, the lifecycle of their records, and the ports to queues, stores and clocks.
//!
//! Nothing here does IO or reads a clock or the environment: times and ids are arguments, and the traits in [`ports`]
//! stand for everything else. The modules are in the order in which a task passes through them.

#![warn(missing_docs)]

// A client's request, validated and sanitised.
mod priority;
mod due_date;
mod task_type;
mod task_types;
mod violation;
mod noncharacter;
mod pointer;
mod json;
mod request;
mod payload;
mod validate;
mod text;
mod markup;
mod visible;
mod sanitise;
mod task;
mod task_rules;
mod fingerprint;
mod submission;

// Identities.
mod caller;
mod idempotency_key;
mod task_id;
mod sequence_number;
mod timestamp;
mod function_name;

// A task's message and its record.
mod trace_context;
mod encoding_error;
mod dropped_result;
mod message;
mod delivery;
mod harmless;
mod failure;
mod status;
mod audit;
mod record;

// Configuration.
pub mod setting;

pub mod lifecycle;
pub mod limits;
pub mod metric;
pub mod ports;

pub use audit::{AuditAction, AuditEntry, InvalidReason, Reason, one_line, sets_direction};
pub use caller::{Caller, InvalidCaller};
pub use delivery::{Delivery, Receipt};
pub use dropped_result::DroppedResult;
pub use encoding_error::EncodingError;
pub use failure::{Failure, FailureClass, HandlerVersion};
pub use fingerprint::Fingerprint;
pub use function_name::{FunctionName, InvalidFunctionName};
pub use harmless::{cut_to_bytes, harmless};
pub use idempotency_key::{IdempotencyKey, InvalidIdempotencyKey};
pub use json::{InvalidJson, Json};
pub use message::{Message, UndecodableMessage, task_id_of};
pub use pointer::payload_pointer;
pub use priority::Priority;
pub use record::{Amendment, Content, TaskRecord};
pub use request::TaskRequest;
pub use sanitise::sanitise;
pub use sequence_number::{InvalidSequenceNumber, SequenceNumber};
pub use status::Status;
pub use submission::Submission;
pub use task::Task;
pub use task_id::{InvalidTaskId, TaskId};
pub use task_rules::TaskRules;
pub use task_type::{InvalidTaskType, TaskType};
pub use task_types::{TaskTypes, TypeTerms};
pub use timestamp::Timestamp;
pub use trace_context::TraceContext;
pub use validate::{Rejection, ValidRequest, validate};
pub use violation::{VIOLATIONS_REPORTED_MAX, Violation, in_a_line};
