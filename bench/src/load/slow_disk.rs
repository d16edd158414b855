//! Accepts a burst on a disk with slower syncs: requests that arrive during a sync share the next one.

use std::{sync::Arc, time::Duration};

use harness::{Synced, receiver::Receiver};
use tokio::time::Instant;

use super::{backlog::drain, fixture::Fixture, latency::Latency, options::LoadOptions, submit::Shape};

/// How much longer each sync takes.
const DELAYS: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(5), Duration::from_millis(10)];
/// They are also handled on that disk, at two syncs each.
const TASKS_MAX: u32 = 1_000;

/// A burst on such a disk.
pub struct SlowDisk {
    pub delay: Duration,
    pub accepted_per_second: f64,
    pub syncs_per_second: f64,
    pub accept: Latency,
}

pub async fn measure(options: &LoadOptions) -> anyhow::Result<Vec<SlowDisk>> {
    let mut results = Vec::new();
    for delay in DELAYS {
        results.push(on(options, delay).await?);
    }
    Ok(results)
}

async fn on(options: &LoadOptions, delay: Duration) -> anyhow::Result<SlowDisk> {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("SYNC_DELAY_US", delay.as_micros().to_string());
    let (taskline, synced) = Synced::watch(taskline);
    let pipeline = Fixture { receiver, taskline: Arc::new(taskline) }.run()?;
    pipeline.command(&["line", "pause", "--reason", "a measurement"]).await?;
    let tasks = options.tasks.iter().copied().min().unwrap_or(0).min(TASKS_MAX);
    let (started, before) = (Instant::now(), synced.lengths().len());
    let submit = Shape::Burst.submit(&pipeline.client, "slow disk", tasks, options.clients);
    let accepted = options.bounded("accepting", submit).await?;
    let seconds = started.elapsed().as_secs_f64();
    let syncs = synced.lengths().len() - before;
    options.bounded("handling", drain(&pipeline)).await?;
    let accept = Latency::of(accepted.iter().map(|accepted| accepted.took))?;
    pipeline.end(&accepted).await?;
    Ok(SlowDisk {
        delay,
        accepted_per_second: accepted.len() as f64 / seconds,
        syncs_per_second: syncs as f64 / seconds,
        accept,
    })
}
