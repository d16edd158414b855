//! Plugs the program together.

use std::process::ExitCode;

use clap::Parser;
use operator::{Arguments, run};

#[tokio::main]
async fn main() -> ExitCode {
    run(Arguments::parse()).await.into()
}
