//! Connects to the pipeline that a command works on, on this machine or on AWS. Commands use one type, [`PipelineOperations`],
//! whose ports forward each call to the right implementation. Without the feature `aws`, its ports are those of this machine.

mod choice;
mod operator_name;
mod intake;
mod api_client;
mod local_line;
mod handler_functions;
#[cfg(feature = "aws")]
mod queue;
#[cfg(feature = "aws")]
mod records;
#[cfg(feature = "aws")]
mod delivery;
#[cfg(feature = "aws")]
mod on_aws;
#[cfg(not(feature = "aws"))]
mod without_aws;

use operations::Operations;
use std::{sync::Arc, time::Duration};

use local::{
    DataDirectory, QueueTerms, SqliteDeliverySwitch, SqliteTaskQueue, SqliteTaskRecords, SteadyClock, Store,
};
use shared::{Caller, limits::RECEIVE_COUNT_MAX, ports::Clock};

use types::Rules;

use local_line::LocalLine;

pub use api_client::{AccessToken, ApiClient, Credentials};
pub use choice::{AwsOptions, Choice, InvalidChoice, PipelineArguments, Place};
pub use handler_functions::HandlerFunctions;
pub use intake::intake;
#[cfg(not(feature = "aws"))]
pub use without_aws::{PipelineLine, PipelineQueue, PipelineRecords, handler_functions, on_aws};
#[cfg(feature = "aws")]
pub use {
    delivery::PipelineLine,
    on_aws::{handler_functions, on_aws},
    queue::PipelineQueue,
    records::PipelineRecords,
};

/// The operations on a pipeline, on AWS or on this machine.
pub type PipelineOperations = Operations<PipelineRecords, PipelineQueue, PipelineLine>;

/// How long dead-letter messages are hidden from other consumers while a command reads them. On AWS the queue sets it.
const READ_VISIBILITY_SECONDS: u32 = 30;
/// How often a command or a page that watches a pipeline on this machine polls it.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Connects to the pipeline.
///
/// # Errors
/// If there is none, or it can't be reached.
pub async fn open(choice: Choice) -> anyhow::Result<PipelineOperations> {
    match choice {
        Choice::Local(data) => on_this_machine(data.open()?, data).await,
        Choice::Aws(place, options) => on_aws(place, options).await,
    }
}

/// The pipeline on this machine, with its data already open.
///
/// # Errors
/// If the data can't be read.
#[cfg_attr(
    not(feature = "aws"),
    expect(clippy::useless_conversion, reason = "without AWS, the ports are those of this machine")
)]
pub async fn on_this_machine(store: Store, data: DataDirectory) -> anyhow::Result<PipelineOperations> {
    let clock: Arc<dyn Clock> = Arc::new(match data.is_running() {
        // A pipeline that was killed may have left a time from a wrong clock.
        Ok(false) => SteadyClock::default(),
        Ok(true) | Err(_) => SteadyClock::of(&store).await?,
    });
    let rules = store.task_rules().await?;
    let rules = rules.map_or_else(|| Ok(Rules::default()), |stored| Rules::from_stored(&stored))?;
    let terms =
        QueueTerms { visibility_seconds: READ_VISIBILITY_SECONDS, max_receive_count: RECEIVE_COUNT_MAX };
    let line = SqliteTaskQueue::line(store.clone(), Arc::clone(&clock), terms);
    let dead_letters = SqliteTaskQueue::dead_letters(store.clone(), Arc::clone(&clock), terms);
    Ok(Operations {
        records: SqliteTaskRecords::new(store.clone()).into(),
        line_queue: line.into(),
        dead_letter_queue: dead_letters.into(),
        line: LocalLine::new(SqliteDeliverySwitch::new(store, Arc::clone(&clock)), data).into(),
        clock,
        task_rules: Arc::new(rules),
        operator: operator_name::on_this_machine(),
        submitter: Caller::local(),
        // The running pipeline may be another version than this program.
        code_version: None,
        api_url: None,
        retention_seconds: None,
        counts_lag_seconds: 0,
        poll_interval: POLL_INTERVAL,
    })
}
