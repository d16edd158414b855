//! Handles the task on its standard input.

use std::{io, process::ExitCode};

use payments::{Failure, Payment, handle};

fn main() -> ExitCode {
    let (message, code) = match read_and_handle() {
        Ok(payment) => {
            println!("{}", serde_json::json!(payment));
            return ExitCode::SUCCESS;
        }
        Err(Failure::Refused(message)) => (message, 1),
        Err(Failure::Unavailable(message)) => (message, 69),
        Err(Failure::Failed(message)) => (message, 75),
    };
    eprintln!("{message}");
    ExitCode::from(code)
}

fn read_and_handle() -> Result<Payment, Failure> {
    let task = serde_json::from_reader(io::stdin()).map_err(io::Error::from)?;
    handle(&task)
}
