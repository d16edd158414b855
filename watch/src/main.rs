//! The watch's Lambda function.

use std::process::ExitCode;

use shared::setting::Program;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(Program::Watch, watch::lambda::serve).await
}
