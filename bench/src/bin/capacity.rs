//! `capacity`: simulates one line and many lines on AWS.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use bench::{
    Document,
    capacity::{self, CapacityOptions},
    exit_code,
};
use clap::Parser;

fn main() -> ExitCode {
    exit_code(show(&CapacityOptions::parse()))
}

fn show(options: &CapacityOptions) -> anyhow::Result<()> {
    let report = capacity::report(options.seed)?;
    write!(io::stdout(), "{report}")?;
    match &options.docs {
        Some(path) => Document::open(path, CapacityOptions::COMMAND)?.write(&report),
        None => Ok(()),
    }
}
