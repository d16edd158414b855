//! The watch as a Lambda function that a schedule invokes. The event is ignored.

use std::sync::Arc;

use ::lambda::{Function, OutOfTime, StartError, in_time};
use lambda_runtime::{Context, Error, LambdaEvent, service_fn};
use serde_json::Value;
use shared::{
    ports::{Clock, PortError},
    setting::required,
};
use system::SystemClock;
use tracing::{error, warn};

use crate::{Canary, CanaryError, observe, pipeline::Pipeline};

/// Why a run of the watch failed.
#[derive(Debug, thiserror::Error)]
enum WatchError {
    /// The pipeline could not be read, and no metric was emitted.
    #[error("failed to observe the pipeline")]
    NotObserved(#[from] PortError),
    /// The deadline was near.
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
    /// The canary task was not submitted. The metrics were emitted.
    #[error(transparent)]
    Canary(#[from] CanaryError),
}

/// Serves events until Lambda ends the process.
///
/// # Errors
/// [`StartError`] when a setting can't be used, or Lambda's Runtime API.
pub async fn serve(function: Function) -> Result<(), StartError> {
    let Function { variables, settings, connections, clients, invocations } = function;
    let lookup = |name: &str| variables.get(name);
    let pipeline = Pipeline {
        records: clients.task_records(settings.table_name),
        line: clients.task_queue(settings.queue_url, &settings.message_group),
        dead_letter_queue: clients
            .task_queue(required(&lookup, "DEAD_LETTER_QUEUE_URL")?, &settings.message_group),
        canary: Canary::read(&lookup)?,
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    connections.open_to_dynamodb().await;
    let watch = async |event: LambdaEvent<Value>| {
        // Boxed, because the compiler's recursion limit is too low for the nested futures.
        let run = Box::pin(run(&pipeline, &clock, &event.context));
        invocations.observe(&event.context, run).await.map_err(Error::from)
    };
    lambda_runtime::run(service_fn(watch)).await.map_err(StartError::Runtime)
}

/// A run that fails emits no metric of what it did not read. The alarm on missing data then fires.
async fn run(pipeline: &Pipeline, clock: &Arc<dyn Clock>, context: &Context) -> Result<(), WatchError> {
    let in_time = in_time(context, observe_and_submit(pipeline, clock)).await;
    let outcome = in_time.unwrap_or_else(|out_of_time| Err(out_of_time.into()));
    if let Err(error) = &outcome {
        error!(error = error as &dyn std::error::Error, "the watch failed");
    }
    outcome
}

async fn observe_and_submit(pipeline: &Pipeline, clock: &Arc<dyn Clock>) -> Result<(), WatchError> {
    let now = clock.now();
    let seen = pipeline.read(now).await?;
    if !seen.attention.is_complete {
        let read = seen.attention.records.len();
        warn!(read, "more tasks need attention than are read; the metrics are lower bounds");
    }
    observe(&seen, now).record();
    Ok(pipeline.submit_canary(Arc::clone(clock)).await?)
}
