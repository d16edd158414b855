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
mod results;
mod wait;
mod listen;
mod backup;
mod stop;
mod foreign_client;
mod replaced_files;
mod settings;
mod submit;
mod closed_stdout;
mod invalid_arguments;
mod without_aws;
mod smoke;
mod line;
mod status;
mod dead_letters;
mod redrive;
mod redrive_guard;
mod unavailable;
mod selection;
mod reasons;
mod inspection;
mod trace;
mod types_file;
mod runbook;
mod documented_commands;
mod help;
mod documented_handlers;
mod handlers;
mod handler_function;
mod command;
mod held;
mod clock;
mod reconcile;
mod in_progress;
mod verify;
mod console;
mod sigkill;
mod crash_points;
mod power_cut;
mod predecessors;
mod private;
mod syncs;
mod full_disk;
mod read_only;
mod on_aws;
mod target;
mod mapping_switch;
mod hostile;
mod slow_clients;
mod many_connections;
mod malformed_responses;
mod jwt;
mod jwt_keys;
mod jwt_providers;
mod schemathesis;
mod openapi_rules;
