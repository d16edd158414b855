//! The exit code of a measurement.

use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Prints an error to stderr.
pub fn exit_code(ended: anyhow::Result<()>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
