//! The pipeline as it is deployed: our own CDK app, unmodified, and the real functions, on an emulator of AWS that
//! others wrote. ministack runs the functions as processes behind its HTTP API, its event source mapping, SQS and
//! DynamoDB; callers come with tokens of its Cognito, operators with `taskline --stack`.
//!
//! What ministack 1.5.33 does otherwise than AWS, so that it is not tried here, or is made up for in `account.rs`:
//! - it ignores what a generated secret must leave out, so that `account.rs` puts one that fits;
//! - a batch response that names no message counts as success there and as failure on AWS: `processor` names each;
//! - the mapping is on or off at once, and invokes one function at a time for the whole queue;
//! - roles and policies allow everything, so that `permissions.rs` judges the functions' calls;
//! - Logs Insights knows no fields of JSON lines, so that what a query would find is looked for among all lines;
//! - sequence numbers begin at 1, nobody is throttled, no access log is written, no alarm rings and no metric is made of a
//!   log line;
//! - it can't start SQS's own redrive: `tests/conformance/native_redrive.rs` has that;
//! - queues that an earlier stack left behind are taken over; AWS refuses the second stack.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "tests fail by panicking"
)]

use harness::{receiver, taskline};

mod account;
mod deployment;
mod line;
mod pipeline;

mod callers;
mod order;
mod failures;
mod duplicates;
mod redrive;
mod hold;
mod pause;
mod permissions;
mod another_release;
mod crash_points;
mod outage;
mod server_errors;
mod restored;
