//! A handler that fails in every class, by the title of its task and by chance.

use futures_util::{FutureExt, future::BoxFuture};
use processor::{Completed, Handler, HandlerFailure, Outcome, Run};

use crate::{executor::rest, world::SharedWorld};

/// What a task's title asks for. An amended title asks for success.
pub const KINDS: [&str; 6] = ["well", "well", "flaky", "refused", "panics", "hangs"];

/// The handler of one process.
pub struct SimulatedHandler(pub SharedWorld);

impl Handler for SimulatedHandler {
    #[expect(clippy::panic, reason = "a panic is one of the simulated failures")]
    fn handle(&self, run: Run) -> BoxFuture<'_, Outcome> {
        async move {
            self.0.lock().begins(&run);
            rest(&self.0, 0, 8_000).await;
            let is_well = self.0.lock().chance.once_in(2);
            let outcome = match run.task.title() {
                _ if self.0.lock().is_in_outage() => Err(HandlerFailure::Unavailable {
                    code: "outage".to_owned(),
                    message: "nobody answers".to_owned(),
                    retry_after: None,
                }),
                "flaky" if !is_well => Err(HandlerFailure::Transient {
                    code: "flaky".to_owned(),
                    message: "not this time".to_owned(),
                    retry_after: None,
                }),
                "refused" => {
                    Err(HandlerFailure::Permanent { code: "refused".to_owned(), message: "never".to_owned() })
                }
                "panics" if !is_well => panic!("as its task asks"),
                "hangs" if !is_well => std::future::pending().await,
                _ => Ok(Completed::default()),
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
