//! How a measurement ends as a program.

use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Success; or failure, and on stderr what failed.
pub fn exit(ended: anyhow::Result<()>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
