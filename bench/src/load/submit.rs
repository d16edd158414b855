//! Submits tasks: at a fixed rate, or each as soon as a client is free.

use std::{
    fmt,
    num::NonZeroU32,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use tokio::sync::{Mutex, mpsc};

use super::client::{AcceptedTask, Client, IdempotencyKey};

/// The shape of the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// At this rate, whether or not responses have come. Each task is timed from when it was due, so that a stall counts for all
    /// tasks that were due during it, not only for those in flight (no coordinated omission).
    Steady(NonZeroU32),
    /// As fast as the clients get responses.
    Burst,
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steady(rate) => write!(formatter, "steady, {rate}/s"),
            Self::Burst => formatter.write_str("burst"),
        }
    }
}

/// A task to submit.
struct ScheduledTask {
    number: u32,
    /// Absent: as soon as possible.
    due: Option<Instant>,
}

impl Shape {
    /// Submits `count` tasks with this many clients. The titles are `name` and a number.
    pub async fn submit(
        self,
        client: &Client,
        name: &str,
        count: u32,
        clients: u32,
    ) -> anyhow::Result<Vec<AcceptedTask>> {
        let scheduled = Arc::new(Mutex::new(self.scheduled(count)));
        let clients =
            (0..clients).map(|_| submit_scheduled(client.clone(), name, self.key(), Arc::clone(&scheduled)));
        let accepted = try_join_all(clients.map(tokio::spawn)).await?;
        let accepted = accepted.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        Ok(accepted.into_iter().flatten().collect())
    }

    /// Steady clients send idempotency keys, which cost a second commit and random ids. Bursts don't.
    fn key(self) -> IdempotencyKey {
        match self {
            Self::Steady(_) => IdempotencyKey::Title,
            Self::Burst => IdempotencyKey::None,
        }
    }

    fn scheduled(self, count: u32) -> mpsc::UnboundedReceiver<ScheduledTask> {
        let (sender, scheduled) = mpsc::unbounded_channel();
        // A thread, because tokio's timer has a resolution of one millisecond. It ends when the receiver is dropped.
        thread::spawn(move || {
            let started = Instant::now();
            (0..count).all(|number| {
                let due = self.due(started, number);
                due.into_iter().for_each(|due| thread::sleep(due.saturating_duration_since(Instant::now())));
                sender.send(ScheduledTask { number, due }).is_ok()
            })
        });
        scheduled
    }

    fn due(self, started: Instant, number: u32) -> Option<Instant> {
        match self {
            Self::Burst => None,
            Self::Steady(rate) => Some(started + Duration::from_secs(number.into()) / rate.get()),
        }
    }
}

/// Submits tasks until none is left.
fn submit_scheduled(
    client: Client,
    name: &str,
    key: IdempotencyKey,
    scheduled: Arc<Mutex<mpsc::UnboundedReceiver<ScheduledTask>>>,
) -> impl Future<Output = anyhow::Result<Vec<AcceptedTask>>> + use<> {
    let name = name.to_owned();
    async move {
        let mut accepted = Vec::new();
        loop {
            let Some(task) = scheduled.lock().await.recv().await else { return Ok(accepted) };
            let started = task.due.unwrap_or_else(Instant::now);
            let (task_id, sequence_number) = client.submit(&format!("{name} {}", task.number), key).await?;
            let answered = Instant::now();
            accepted.push(AcceptedTask { task_id, sequence_number, took: answered - started, answered });
        }
    }
}
