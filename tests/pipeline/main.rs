//! The behaviour of the pipeline: one module per behaviour, in the order in which a task meets them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod http;
mod openapi;
mod no_store;
mod accept;
mod resubmit;
mod result;
mod cancel;
mod task_types;
mod order;
mod line;
mod batch;
mod duplicates;
mod record_only;
mod retry;
mod deadline;
mod renewal;
mod dead_letter;
mod hold;
mod redrive;
mod trace;
mod type_terms;
mod expiry;
mod crash;
mod outage;
mod unavailable;
mod unwritable;
mod wait;
mod calls;
