//! The handler that is one server for all tasks. It is started again for the next attempt when it has ended.

use std::{io, process::ExitStatus, sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, FutureExt};
use processor::{Handler, HandlerFailure, Outcome, Run};
use tokio::{process::Command, sync::Mutex};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    CommandOptions,
    answer::{self, BadAnswer},
    attempt::{cancelled, grace, is_over, line, not_started, to_its_end},
    exit,
    server::{Reply, Server},
};

/// Passes each task to a server, one at a time.
#[derive(Clone)]
pub struct ServerHandler(Arc<State>);

struct State {
    options: CommandOptions,
    /// Locked during an attempt, and until the server of a cancelled attempt has ended.
    server: Arc<Mutex<Option<Server>>>,
    stop: CancellationToken,
}

impl ServerHandler {
    /// A handler that has started nothing yet.
    pub fn new(options: CommandOptions) -> Self {
        Self(Arc::new(State { options, server: Arc::default(), stop: CancellationToken::new() }))
    }

    /// Starts the server before the first task comes. A failure is reported again by the attempt.
    pub async fn start(&self) {
        let mut server = self.0.server.lock().await;
        if server.is_none() && !self.0.stop.is_cancelled() {
            match self.0.started().await {
                Ok(started) => *server = Some(started),
                Err(failure) => warn!(?failure, "failed to start the handler's server"),
            }
        }
    }

    /// Ends the server, and starts no other. During a task it ends as at the deadline.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        if let Some(server) = self.0.server.lock().await.take() {
            server.stop(self.0.grace()).await;
        }
    }
}

impl Handler for ServerHandler {
    fn handle(&self, run: Run) -> BoxFuture<'_, Outcome> {
        async move {
            let turn = self.0.options.turn.take().await;
            let mut server = Arc::clone(&self.0.server).lock_owned().await;
            let state = Arc::clone(&self.0);
            to_its_end(async move {
                let outcome = state.attempt(&run, &mut server).await;
                drop(turn);
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
    async fn attempt(&self, run: &Run, slot: &mut Option<Server>) -> Outcome {
        if self.stop.is_cancelled() {
            return Err(cancelled());
        }
        if let Some(version) = &self.options.version {
            run.report.version(version);
        }
        let line = line(run)?;
        let mut server = self.running(slot.take()).await?;
        let step = tokio::select! {
            biased;
            step = exchange(run, line.as_bytes(), &mut server) => step,
            () = is_over(run, &self.stop) => Step::Unusable(cancelled()),
        };
        match step {
            Step::Answered(outcome) => {
                *slot = Some(server);
                outcome
            }
            Step::Unusable(failure) => {
                server.terminate(self.grace()).await;
                Err(failure)
            }
            Step::Ended(when) => Err(crash(when, server.exit().await)),
        }
    }

    async fn running(&self, server: Option<Server>) -> Result<Server, HandlerFailure> {
        if let Some(mut server) = server {
            if !server.has_ended() {
                return Ok(server);
            }
            let status = server.exit().await;
            warn!(?status, "the handler's server ended between two tasks; it is started again");
        }
        self.started().await
    }

    async fn started(&self) -> Result<Server, HandlerFailure> {
        let lock = self.options.turn.predecessors().gone(self.grace() / 2).await?;
        Server::start(self.command(), lock).await.map_err(|error| not_started(&error))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.options.command.program());
        command.args(self.options.command.arguments()).env_clear().envs(self.options.environment.variables());
        command
    }

    fn grace(&self) -> Duration {
        grace(self.options.handler_timeout)
    }
}

/// How an exchange with the server ended.
enum Step {
    /// The server waits for the next task.
    Answered(Outcome),
    /// What the server writes next would be taken for the answer to another task.
    Unusable(HandlerFailure),
    Ended(When),
}

/// When the server ended.
enum When {
    /// It has read nothing of the task, so its end says nothing about the task.
    BeforeTheTask,
    DuringTheTask,
}

async fn exchange(run: &Run, line: &[u8], server: &mut Server) -> Step {
    match server.ask(line).await {
        Reply::Ended { has_read: true } => Step::Ended(When::DuringTheTask),
        Reply::Ended { has_read: false } => Step::Ended(When::BeforeTheTask),
        Reply::Bad(bad) => Step::Unusable(bad_answer(&bad)),
        Reply::Line(line) => match answer::read(&line, run) {
            Ok(outcome) => Step::Answered(outcome),
            Err(bad) => Step::Unusable(bad_answer(&bad)),
        },
    }
}

fn bad_answer(bad: &BadAnswer) -> HandlerFailure {
    HandlerFailure::Transient {
        code: "bad_answer".to_owned(),
        message: format!("the program's answer can't be used, and the program was stopped: {bad}"),
        retry_after: None,
    }
}

/// An exit of the server. The exit codes for "unavailable" and "transient" keep their meaning; any other end during a task
/// is a crash.
fn crash(when: When, status: io::Result<ExitStatus>) -> HandlerFailure {
    let failure = match status {
        Ok(status) => exit::failure(status),
        Err(error) => return not_started(&error),
    };
    let (code, message) = match failure {
        None => ("exit_0".to_owned(), "the program ended with exit code 0".to_owned()),
        Some(HandlerFailure::Permanent { code, message } | HandlerFailure::Crashed { code, message }) => {
            (code, message)
        }
        Some(failure) => return failure,
    };
    match when {
        When::DuringTheTask => HandlerFailure::Crashed { code, message: format!("{message} during a task") },
        When::BeforeTheTask => HandlerFailure::Unavailable {
            code: "ended_at_start".to_owned(),
            message: format!("{message} before it read a task"),
            retry_after: None,
        },
    }
}

#[cfg(test)]
mod tests;
