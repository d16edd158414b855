//! Connects to the pipeline that a command works on, on this machine or on AWS. Commands use one type, [`PipelineOperations`],
//! whose ports forward each call to the right implementation.

mod choice;
mod operator_name;
mod intake;
mod api_client;
mod queue;
mod records;
mod delivery;

use operations::Operations;
use std::{sync::Arc, time::Duration};

use anyhow::Context;
use aws::{Deployment, Session, SessionOptions};
use local::{
    DataDirectory, QueueTerms, SqliteDeliverySwitch, SqliteTaskQueue, SqliteTaskRecords, SteadyClock, Store,
    SystemClock,
};
use shared::{
    Caller,
    limits::{QUEUE_COUNTS_LAG_SECONDS, RECEIVE_COUNT_MAX, RETENTION_SECONDS_MAX},
    ports::{Clock, PortError},
};

use crate::invalid_arguments::InvalidArguments;

pub use api_client::{AccessToken, ApiClient, Credentials};
pub use choice::{Choice, InvalidChoice, PipelineArguments, Place};
pub use delivery::PipelineLine;
pub use intake::intake;
pub use queue::PipelineQueue;
pub use records::PipelineRecords;

/// The operations on a pipeline, on AWS or on this machine.
pub type PipelineOperations = Operations<PipelineRecords, PipelineQueue, PipelineLine>;

/// How long dead-letter messages are hidden from other consumers while a command reads them. On AWS the queue sets it.
const READ_VISIBILITY_SECONDS: u32 = 30;
/// How often a command or a page that watches a pipeline polls it. On AWS each poll costs some requests.
const POLL_INTERVAL_LOCAL: Duration = Duration::from_millis(200);
const POLL_INTERVAL_AWS: Duration = Duration::from_secs(2);

/// Connects to the pipeline.
///
/// # Errors
/// If there is none, or it can't be reached.
pub async fn open(choice: Choice) -> anyhow::Result<PipelineOperations> {
    match choice {
        Choice::Local(data) => Ok(on_this_machine(data.open()?, data).await?),
        Choice::Aws(place, options) => on_aws(place, options).await,
    }
}

/// The pipeline on this machine, with its data already open.
///
/// # Errors
/// [`PortError`] if the data can't be read.
pub async fn on_this_machine(store: Store, data: DataDirectory) -> Result<PipelineOperations, PortError> {
    let clock: Arc<dyn Clock> = Arc::new(match data.is_running() {
        // A pipeline that was killed may have left a time from a wrong clock.
        Ok(false) => SteadyClock::default(),
        Ok(true) | Err(_) => SteadyClock::of(&store).await?,
    });
    let terms =
        QueueTerms { visibility_seconds: READ_VISIBILITY_SECONDS, max_receive_count: RECEIVE_COUNT_MAX };
    let line = SqliteTaskQueue::line(store.clone(), Arc::clone(&clock), terms);
    let dead_letters = SqliteTaskQueue::dead_letters(store.clone(), Arc::clone(&clock), terms);
    Ok(Operations {
        records: PipelineRecords::Local(SqliteTaskRecords::new(store.clone())),
        line_queue: PipelineQueue::Local(line),
        dead_letter_queue: PipelineQueue::Local(dead_letters),
        line: PipelineLine::Local(SqliteDeliverySwitch::new(store, Arc::clone(&clock)), data),
        clock,
        operator: operator_name::on_this_machine(),
        submitter: Caller::local(),
        // The running pipeline may be another version than this program.
        code_version: None,
        api_url: None,
        retention_seconds: None,
        counts_lag_seconds: 0,
        poll_interval: POLL_INTERVAL_LOCAL,
    })
}

/// The operator is the caller identity that AWS reports: local user names mean nothing to AWS.
async fn on_aws(place: Place, options: SessionOptions) -> anyhow::Result<PipelineOperations> {
    let (session, deployment) = match place {
        Place::Stack(stack) => {
            let session = Session::start(options).await?;
            let deployment = session.deployment(&stack).await?;
            (session, deployment)
        }
        Place::Outputs { file, stack } => {
            let read = Deployment::in_file(&file, stack.as_deref()).context("--outputs");
            let deployment = read.map_err(|error| InvalidArguments::because(format!("{error:#}")))?;
            (Session::start(options).await?, deployment)
        }
    };
    let clients = session.clients();
    let queue = |url| PipelineQueue::Aws(clients.task_queue(url, &deployment.message_group));
    let records = clients.task_records(&deployment.table_name);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    Ok(Operations {
        records: PipelineRecords::Aws(records.clone()),
        line_queue: queue(&deployment.queue_url),
        dead_letter_queue: queue(&deployment.dead_letter_queue_url),
        line: PipelineLine::Aws(session.event_source_mapping(&deployment), records, Arc::clone(&clock)),
        clock,
        operator: session.operator().to_owned(),
        submitter: Caller::operator(),
        code_version: Some(deployment.code_version),
        api_url: deployment.api_url,
        retention_seconds: Some(RETENTION_SECONDS_MAX),
        counts_lag_seconds: QUEUE_COUNTS_LAG_SECONDS,
        poll_interval: POLL_INTERVAL_AWS,
    })
}
