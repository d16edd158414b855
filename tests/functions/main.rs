//! The real binaries of the Lambda functions, on the harness's Runtime API.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod function;

mod start;
mod api;
mod callers;
mod repeated_headers;
mod processor;
mod handler_function;
mod types_file;
mod watch;
mod logs;
mod deadline;
mod wait;
