//! The processor's Lambda function, with the handlers that come with Taskline.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    processor::lambda::run_chosen().await
}
