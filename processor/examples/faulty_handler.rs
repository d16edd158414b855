//! A processor with its own handler, which fails in the way that the title of a task names. It shows what happens to
//! the task and to the line behind it.
//!
//! Deploy it instead of the processor that comes with Taskline: `-c binaries=DIR`, with this program as
//! `DIR/processor/bootstrap`.

#![allow(clippy::panic, clippy::exit, reason = "the purpose of this program is to fail")]

use std::{
    process::{ExitCode, exit},
    thread,
};

use futures_util::future::{BoxFuture, FutureExt, pending};
use processor::{Completed, Handler, Outcome, Run};

struct FaultyHandler;

impl Handler for FaultyHandler {
    fn handle(&self, run: Run) -> BoxFuture<'_, Outcome> {
        async move {
            match run.task.title() {
                "exit once" if run.attempt > 1 => Ok(Completed::default()),
                "exit" | "exit once" => exit(3),
                "panic" => panic!("the title of the task asks for a panic"),
                "never end" => pending().await,
                // The deadline can't end this, only Lambda can.
                "block the thread" => loop {
                    thread::park();
                },
                _ => Ok(Completed::default()),
            }
        }
        .boxed()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    processor::lambda::run(|_, _, _| Ok(FaultyHandler.into())).await
}
