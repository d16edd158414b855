//! The tests' harness: a clock that they move, a pipeline that they start or drive step by step, a scripted handler,
//! planned faults, and emulators of AWS.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a harness fails by panicking"
)]

pub mod document;
mod clock;
mod task_ids;
mod within;
mod side_by_side;
mod gate;
mod handler;
mod faults;
mod request;
mod settle;
mod pipeline_fixture;
mod pipeline;
mod runtime_api;
mod stand_in;
pub mod taskline;
pub mod receiver;
mod synced;
mod fake_time;
pub mod gateway_event;
pub mod queue_event;
mod explained;
pub mod issuer;
mod port;
mod emulator;
mod policy;
mod forward;
mod gatekeeper;
mod lambda_function;

pub use clock::{PassingClock, TestClock};
pub use emulator::{Emulator, Ministack, Running, endpoint, start_on};
pub use explained::every_attempt_is_explained;
pub use fake_time::FakeTime;
pub use faults::{Fault, Faults, FaultyQueue, FaultyRecords, Outage, Step};
pub use forward::forward;
pub use gate::Gate;
pub use gatekeeper::Gatekeeper;
pub use handler::{Call, Outcome, ScriptedHandler};
pub use lambda_function::{FunctionCode, create_function, create_function_from, zip};
pub use pipeline::TestPipeline;
pub use pipeline_fixture::{PipelineFixture, Turn};
pub use policy::{Policy, Right};
pub use port::Port;
pub use request::{Answer, accept_request, delete, get, post, task, task_json};
pub use runtime_api::{Invoked, RunningFunction, Times, program};
pub use side_by_side::side_by_side;
pub use stand_in::{StandIn, hangs, succeeds, throttles};
pub use synced::Synced;
pub use task_ids::CountedTaskIds;
pub use within::{eventually, within};
