//! A processor with a handler of its own: it goes wrong in the way that a task's title asks for, to rehearse what then
//! becomes of the task and of the line behind it.
//!
//! Deployed in the place of the processor that comes with Taskline: `-c binaries=DIR`, with this as
//! `DIR/processor/bootstrap`.

#![allow(clippy::panic, clippy::exit, reason = "that is what it is for")]

use std::{
    process::{ExitCode, exit},
    thread,
};

use futures_util::future::{BoxFuture, FutureExt, pending};
use processor::{Handler, HandlerFailure, Run};

struct FaultyHandler;

impl Handler for FaultyHandler {
    fn handle(&self, run: Run) -> BoxFuture<'_, Result<(), HandlerFailure>> {
        async move {
            match run.task.title() {
                "exit once" if run.attempt > 1 => Ok(()),
                "exit" | "exit once" => exit(3),
                "panic" => panic!("as its title asks"),
                "never end" => pending().await,
                // No deadline ends this, only Lambda does.
                "block the thread" => loop {
                    thread::park();
                },
                _ => Ok(()),
            }
        }
        .boxed()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    processor::lambda::run(|_, _, _| Ok(FaultyHandler.into())).await
}
