//! Tests of the real program: its own process, its own files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "tests fail by panicking"
)]

use harness::{receiver, taskline};

mod data;
mod request;
mod stack;
mod wire;

mod start;
mod backup;
mod stop;
mod foreign_client;
mod replaced_files;
mod settings;
mod submit;
mod pipes;
mod misuse;
mod smoke;
mod line;
mod status;
mod dead_letters;
mod redrive;
mod guard;
mod selection;
mod reasons;
mod inspection;
mod trace;
mod runbook;
mod documented;
mod help;
mod own_handler;
mod held;
mod clock;
mod reconcile;
mod under_way;
mod verify;
mod console;
mod sigkill;
mod crash_points;
mod power_cut;
mod pace;
mod no_space;
mod read_only;
mod on_aws;
mod named;
mod switch;
mod hostile;
mod slow_clients;
mod crowd;
mod odd_answers;
mod jwt;
mod jwt_keys;
mod jwt_providers;
mod schemathesis;
mod openapi_rules;
