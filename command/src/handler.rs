//! The command handler: it starts a program for each task. The exit code decides.

use std::{path::PathBuf, sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, FutureExt};
use processor::{Completed, Handler, Outcome, Run};
use shared::{Json, ports::Clock};
use tokio::{process::Command, sync::Mutex};
use tokio_util::sync::CancellationToken;

use crate::{
    CommandLine,
    attempt::{cancelled, grace, is_over, line, not_started, to_its_end},
    environment::{self, Environment},
    exit,
    predecessors::Predecessors,
    process::{self, Ended},
};

/// How to run programs.
pub struct CommandOptions {
    /// What to start.
    pub command: CommandLine,
    /// The variables of each program, in addition to those of its task.
    pub environment: Environment,
    /// `TASKLINE_HANDLER_VERSION`: stored with failures, for redrives.
    pub version: Option<String>,
    /// The time limit of an attempt.
    pub handler_timeout: Duration,
    /// The pipeline's clock.
    pub clock: Arc<dyn Clock>,
    /// A file of the pipeline's data folder, locked while programs run.
    pub programs_lock: PathBuf,
}

/// Starts a program for each task, one at a time.
#[derive(Clone)]
pub struct CommandHandler(Arc<State>);

struct State {
    options: CommandOptions,
    predecessors: Predecessors,
    /// Held while a program runs: the next one does not start beside one that still has to end.
    running: Arc<Mutex<()>>,
    stop: CancellationToken,
}

impl CommandHandler {
    /// A handler that has started nothing yet.
    pub fn new(options: CommandOptions) -> Self {
        let predecessors = Predecessors::new(options.programs_lock.clone());
        let stop = CancellationToken::new();
        Self(Arc::new(State { options, predecessors, running: Arc::default(), stop }))
    }

    /// Ends the running program as at its deadline, and starts no other.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        drop(self.0.running.lock().await);
    }
}

impl Handler for CommandHandler {
    fn handle(&self, run: Run) -> BoxFuture<'_, Outcome> {
        async move {
            let running = Arc::clone(&self.0.running).lock_owned().await;
            let state = Arc::clone(&self.0);
            to_its_end(async move {
                let outcome = state.attempt(&run).await;
                drop(running);
                outcome
            })
            .await
        }
        .boxed()
    }

    fn is_of_code(&self) -> bool {
        false
    }
}

impl State {
    async fn attempt(&self, run: &Run) -> Outcome {
        if self.stop.is_cancelled() {
            return Err(cancelled());
        }
        if let Some(version) = &self.options.version {
            run.report.version(version);
        }
        let input = line(run)?;
        let command = self.command(run);
        let grace = grace(self.options.handler_timeout);
        let lock = self.predecessors.gone(grace / 2).await?;
        let is_over = is_over(run, &self.stop);
        match process::run(command, lock, input.as_bytes(), is_over, grace).await {
            Ok(ended) => outcome(&ended, run),
            Err(error) => Err(not_started(&error)),
        }
    }

    fn command(&self, run: &Run) -> Command {
        // The machine's clock, which the program reads too, can differ from the pipeline's.
        let clock = &self.options.clock;
        let deadline = clock.wall() + (run.deadline - clock.now());
        let mut command = Command::new(self.options.command.program());
        command
            .args(self.options.command.arguments())
            .env_clear()
            .envs(self.options.environment.variables())
            .envs(environment::of_task(run, deadline));
        command
    }
}

fn outcome(ended: &Ended, run: &Run) -> Outcome {
    match exit::failure(ended.status) {
        None => Ok(Completed { result: result_in(ended, run) }),
        Some(failure) => {
            let words = ended.stderr.last_words(|text| run.redact(text));
            if !words.is_empty() {
                run.report.answer(words);
            }
            Err(if ended.was_cancelled { cancelled() } else { failure })
        }
    }
}

/// The task is completed whatever its result is: the program has done the work.
fn result_in(ended: &Ended, run: &Run) -> Option<Json> {
    ended.stdout.result().unwrap_or_else(|reason| {
        run.report.dropped_result(reason);
        None
    })
}

#[cfg(test)]
mod tests;
