//! The Lambda handler: it invokes a function of the user's for each task and waits for its end.

mod error_types;
mod failed;
mod refused;
mod returned;

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use shared::ports::{Clock, HandlerFunction, InvokeError, Invoked};
use tracing::warn;

use crate::{
    handler::{Completed, Handler, HandlerFailure, Outcome, Run},
    task_data::TaskData,
};

pub use error_types::{ErrorTypes, InvalidErrorTypes};
use failed::failed;
use refused::{broken, not_sent, refused};
use returned::returned;

/// The version that is not published: its code changes without notice, so it identifies nothing.
const UNPUBLISHED: &str = "$LATEST";

/// Completes a task when the function returns.
pub struct FunctionHandler {
    function: Box<dyn HandlerFunction>,
    permanent: ErrorTypes,
    clock: Arc<dyn Clock>,
}

impl FunctionHandler {
    /// A handler that gives a task up if the function fails with an error of one of the `permanent` types.
    pub fn new(function: Box<dyn HandlerFunction>, permanent: ErrorTypes, clock: Arc<dyn Clock>) -> Self {
        Self { function, permanent, clock }
    }

    /// Invokes the function. Without an answer by the deadline, it stops waiting: the function may run on.
    async fn invoke(&self, run: &Run) -> Result<Result<Invoked, InvokeError>, HandlerFailure> {
        let input = serde_json::to_vec(&TaskData::of(run)).map_err(|_| HandlerFailure::Permanent {
            code: "unserialisable".to_owned(),
            message: "the task can't be written as JSON".to_owned(),
        })?;
        tokio::select! {
            biased;
            answer = self.function.invoke(input) => Ok(answer),
            () = run.cancellation.cancelled() => Err(HandlerFailure::Transient {
                code: "cancelled".to_owned(),
                message: "the pipeline stopped waiting for the function, which may still run".to_owned(),
                retry_after: None,
            }),
            () = self.clock.sleep_until(run.deadline) => Err(HandlerFailure::Overran {
                code: "deadline_exceeded".to_owned(),
                message: "the function did not end before the deadline, and may still run".to_owned(),
            }),
        }
    }

    fn outcome(&self, answer: Result<Invoked, InvokeError>, run: &Run) -> Outcome {
        match answer {
            Ok(Invoked { has_failed: false, output, version }) => {
                report_version(run, version);
                // The task is completed whatever its result is: the function has done the work.
                let result = returned(&output).unwrap_or_else(|reason| {
                    run.report.dropped_result(reason);
                    None
                });
                Ok(Completed { result })
            }
            Ok(Invoked { has_failed: true, output, version }) => {
                report_version(run, version);
                let (failure, explanation) = failed(&output, &self.permanent);
                report_explanation(run, explanation);
                Err(failure)
            }
            Err(InvokeError::Refused { status, code, message, retry_after }) => {
                report_explanation(run, Some(message));
                Err(refused(status, &code, retry_after))
            }
            Err(InvokeError::NotSent(source)) => {
                warn!(error = &*source as &dyn std::error::Error, "failed to invoke the function");
                Err(not_sent())
            }
            Err(InvokeError::Broken(source)) => {
                warn!(error = &*source as &dyn std::error::Error, "failed to read the function's answer");
                Err(broken())
            }
        }
    }
}

impl Handler for FunctionHandler {
    fn handle(&self, run: Run) -> BoxFuture<'_, Outcome> {
        async move {
            let answer = self.invoke(&run).await?;
            self.outcome(answer, &run)
        }
        .boxed()
    }

    fn is_of_code(&self) -> bool {
        false
    }
}

fn report_version(run: &Run, version: Option<String>) {
    if let Some(version) = version.filter(|version| version != UNPUBLISHED) {
        run.report.version(version);
    }
}

/// What the function, or Lambda, says about the failure, for operators.
fn report_explanation(run: &Run, explanation: Option<String>) {
    if let Some(explanation) = explanation {
        run.report.answer(run.redact(&explanation));
    }
}

#[cfg(test)]
mod tests;
