//! `capacity`: what a line bears on AWS, and what many would, played by a seed.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use bench::{
    Document,
    capacity::{self, Plan},
    exit,
};
use clap::Parser;

fn main() -> ExitCode {
    exit(show(&Plan::parse()))
}

fn show(plan: &Plan) -> anyhow::Result<()> {
    let report = capacity::report(plan.seed)?;
    write!(io::stdout(), "{report}")?;
    match &plan.docs {
        Some(path) => Document::open(path, Plan::COMMAND)?.write(&report),
        None => Ok(()),
    }
}
