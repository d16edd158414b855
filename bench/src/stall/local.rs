//! Lines in the data file of one machine.

use std::{sync::Arc, time::Duration};

use local::{
    DataDirectory, Pipeline, PipelineOptions, QueueTerms, SqliteTaskQueue, SqliteTaskRecords, SteadyClock,
    Store,
};
use processor::ProcessorSettings;
use shared::{limits::RECEIVE_COUNT_MAX, ports::TaskQueue};

use super::{
    flaky_handler::{FlakyHandler, Waits},
    rate::{self, RateFigures},
    tasks::messages,
};

const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Measures the rate of a line without the pipeline's worker, which overlaps two of the three calls.
pub async fn rate(settings: &ProcessorSettings, tasks: u32) -> anyhow::Result<RateFigures> {
    let folder = tempfile::tempdir()?;
    let data = DataDirectory::new(folder.path());
    let store = data.open_or_create(&data.lock()?)?;
    let dead_letters =
        SqliteTaskQueue::dead_letters(store.clone(), Arc::new(SteadyClock::default()), terms(settings));
    rate::measure(
        SqliteTaskRecords::new(store.clone()),
        line(&store, settings),
        dead_letters,
        settings,
        tasks,
    )
    .await
}

/// Runs a pipeline until its line is empty.
pub async fn measure(failures: u32, settings: &ProcessorSettings) -> anyhow::Result<Waits> {
    let folder = tempfile::tempdir()?;
    let handler = FlakyHandler::new(failures);
    let data = DataDirectory::new(folder.path());
    let options = PipelineOptions::new(data, settings.clone(), handler.clone());
    let pipeline = Pipeline::start(options).await?;
    let line = line(&pipeline.store(), settings);
    for message in messages() {
        line.enqueue(&message.encode()?, &message.dedupe_id()).await?;
    }
    while !handler.is_done() {
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    pipeline.stop().await;
    handler.waits()
}

fn line(store: &Store, settings: &ProcessorSettings) -> SqliteTaskQueue {
    SqliteTaskQueue::line(store.clone(), Arc::new(SteadyClock::default()), terms(settings))
}

fn terms(settings: &ProcessorSettings) -> QueueTerms {
    QueueTerms { visibility_seconds: settings.visibility_seconds(), max_receive_count: RECEIVE_COUNT_MAX }
}
