//! The guarantees of every port, tested on every implementation of the port.
//!
//! A case is a generic function over the implementation, written against the port's trait alone; so the local line and
//! the one on SQS pass the same cases. Each suite lists its cases in one macro, and an implementation runs the whole
//! suite: no case can be left out for one of them. A case that no list names is dead code, which does not compile.

#![deny(dead_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a case fails by panicking")]

#[macro_use]
mod under_test;
mod exemptions;
mod unique;
mod steps;
mod fixture;

#[macro_use]
mod task_queue;
#[macro_use]
mod task_records;
#[macro_use]
mod delivery_switch;

mod local;

mod host;
mod resources;
mod remote;
mod remote_delivery_switch;
#[cfg(feature = "account")]
mod account;
#[cfg(feature = "fakecloud")]
mod fakecloud;
#[cfg(any(feature = "account", feature = "fakecloud"))]
mod native_redrive;
mod permitted;
mod ministack;
mod moto;
