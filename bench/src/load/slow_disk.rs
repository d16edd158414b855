//! Accepts on a disk whose syncs take longer than this one's: who comes during a sync shares the next.

use std::{sync::Arc, time::Duration};

use harness::{Synced, receiver::Receiver};
use tokio::time::Instant;

use super::{backlog::drain, latency::Latency, pace::Shape, plan::Plan, stage::Stage};

/// What each sync takes beside its own time.
const DELAYS: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(5), Duration::from_millis(10)];
/// They are handled on that disk as well, at two syncs each.
const TASKS_MAX: u32 = 1_000;

/// A burst on such a disk.
pub struct SlowDisk {
    pub delay: Duration,
    pub accepted_per_second: f64,
    pub syncs_per_second: f64,
    pub accept: Latency,
}

pub async fn measure(plan: &Plan) -> anyhow::Result<Vec<SlowDisk>> {
    let mut seen = Vec::new();
    for delay in DELAYS {
        seen.push(on(plan, delay).await?);
    }
    Ok(seen)
}

async fn on(plan: &Plan, delay: Duration) -> anyhow::Result<SlowDisk> {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("SYNC_DELAY_US", delay.as_micros().to_string());
    let (taskline, synced) = Synced::watch(taskline);
    let show = Stage { receiver, taskline: Arc::new(taskline) }.begin()?;
    show.command(&["line", "pause", "--reason", "a measurement"]).await?;
    let tasks = plan.tasks.iter().copied().min().unwrap_or(0).min(TASKS_MAX);
    let (begun, before) = (Instant::now(), synced.lengths().len());
    let submit = Shape::Burst.submit(&show.client, "slow disk", tasks, plan.clients);
    let accepted = plan.bounded("accepting", submit).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let syncs = synced.lengths().len() - before;
    plan.bounded("handling", drain(&show)).await?;
    let accept = Latency::of(accepted.iter().map(|accepted| accepted.took))?;
    show.end(&accepted).await?;
    Ok(SlowDisk {
        delay,
        accepted_per_second: accepted.len() as f64 / seconds,
        syncs_per_second: syncs as f64 / seconds,
        accept,
    })
}
