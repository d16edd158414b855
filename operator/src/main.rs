//! Plugs the program together.

use std::process::ExitCode;

use operator::{Arguments, run};

#[tokio::main]
async fn main() -> ExitCode {
    run(Arguments::read()).await.into()
}
