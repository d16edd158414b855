//! A handler that fails in every class, by the title of its task and by chance.

use futures_util::{FutureExt, future::BoxFuture};
use processor::{Completed, Handler, HandlerFailure, Outcome, Run};
use shared::{Json, TaskId, limits::RESULT_BYTES_MAX};

use crate::{executor::rest, world::SharedWorld};

/// What a task's title asks for. An amended title asks for success.
pub const KINDS: [&str; 6] = ["well", "well", "flaky", "refused", "panics", "hangs"];

/// The message of a handler that panics because its task asks for it.
pub const PLANNED_PANIC: &str = "as its task asks";

/// A part of a handler's work; a long run has several.
const WORK_MILLIS: u64 = 8_000;

/// The handler of one process.
pub struct SimulatedHandler(pub SharedWorld);

impl Handler for SimulatedHandler {
    #[expect(clippy::panic, reason = "a panic is one of the simulated failures")]
    fn handle(&self, run: Run) -> BoxFuture<'_, Outcome> {
        async move {
            let _running = Running::begin(&self.0, &run);
            if self.work(&run).await == Work::Stopped {
                return Err(transient("stopped"));
            }
            let is_well = self.0.lock().chance.once_in(2);
            let outcome = match run.task.title() {
                _ if self.0.lock().is_in_outage() => Err(HandlerFailure::Unavailable {
                    code: "outage".to_owned(),
                    message: "nobody answers".to_owned(),
                    retry_after: None,
                }),
                "flaky" if !is_well => Err(transient("flaky")),
                "refused" => {
                    Err(HandlerFailure::Permanent { code: "refused".to_owned(), message: "never".to_owned() })
                }
                "panics" if !is_well => panic!("{PLANNED_PANIC}"),
                "hangs" if !is_well => std::future::pending().await,
                _ => Ok(Completed { result: result_of(&run) }),
            };
            let mut world = self.0.lock();
            let now = world.now;
            world.seen.handled(&run, &outcome, now);
            drop(world);
            outcome
        }
        .boxed()
    }
}

#[derive(PartialEq, Eq)]
enum Work {
    Done,
    /// The run was cancelled and stopped; half of the handlers go on instead.
    Stopped,
}

impl SimulatedHandler {
    async fn work(&self, run: &Run) -> Work {
        let parts = {
            let mut world = self.0.lock();
            let parts_max = if world.plan.has_long_runs { 20 } else { 1 };
            world.chance.between(1, parts_max)
        };
        for _ in 0..parts {
            rest(&self.0, 0, WORK_MILLIS).await;
            if run.cancellation.is_cancelled() && self.0.lock().chance.once_in(2) {
                return Work::Stopped;
            }
        }
        Work::Done
    }
}

/// Another one for each attempt; none for some, so that none is not replaced by an earlier one.
fn result_of(run: &Run) -> Option<Json> {
    let text = format!("[\"{}\",{}]", run.task_id, run.attempt);
    Json::parse(&text, RESULT_BYTES_MAX).ok().filter(|_| !run.attempt.is_multiple_of(3))
}

fn transient(code: &str) -> HandlerFailure {
    HandlerFailure::Transient {
        code: code.to_owned(),
        message: "not this time".to_owned(),
        retry_after: None,
    }
}

/// A run of the handler that has not ended; dropped, it has.
struct Running {
    world: SharedWorld,
    run: (TaskId, u32),
}

impl Running {
    fn begin(world: &SharedWorld, run: &Run) -> Self {
        world.lock().begins(run);
        let run = (run.task_id, run.attempt);
        world.lock().running.insert(run);
        Self { world: world.clone(), run }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.world.lock().running.remove(&self.run);
    }
}
