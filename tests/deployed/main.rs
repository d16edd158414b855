//! The deployed pipeline: our CDK app unmodified, and the real functions, on a third-party emulator of AWS. ministack
//! runs the functions as processes behind its HTTP API, its event source mapping, SQS and DynamoDB; callers use
//! tokens of its Cognito, operators `taskline --stack`.
//!
//! Differences between ministack 1.5.33 and AWS, which are not tested here or compensated for in `account.rs`:
//! - it ignores the excluded characters of a generated secret, so `account.rs` stores a suitable one;
//! - a batch response that names no message counts as success there and as failure on AWS: `functions/processor.rs` tests that each is named;
//! - the mapping is on or off at once, and invokes one function at a time for the whole queue;
//! - roles and policies allow everything, so `permissions.rs` checks the functions' calls;
//! - Logs Insights knows no fields of JSON lines, so the tests search all lines for what a query would find;
//! - sequence numbers begin at 1, nothing is throttled, no access log is written, no alarm fires and no metric is made of a
//!   log line;
//! - it can't start SQS's own redrive: `tests/conformance/native_redrive.rs` tests that;
//! - a stack adopts queues that an earlier stack left; AWS refuses the second stack.

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
mod cdk;
mod deployment;
mod gatekeepers;
mod line;
mod types_file;
mod pipeline;
mod text;

mod callers;
mod order;
mod failures;
mod task_types;
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
