//! A pipeline of its own, empty: the real program, on files of its own, delivering to a receiver that keeps the order.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::Context;
use futures_util::future::try_join_all;
use harness::{
    receiver::Receiver,
    taskline::{Running, Taskline},
};
use local::{DataDirectory, SqliteTaskRecords};
use serde::Serialize;
use shared::{TaskId, ports::TaskRecords};
use tokio::task::{JoinHandle, block_in_place, spawn_blocking};

use super::{
    client::{Accepted, Client},
    order::{Recorded, violations},
};
use crate::process::{Process, files_mib};

const LOOK_AGAIN: Duration = Duration::from_millis(200);
const RECORDS_PER_READ: usize = 256;
/// How much is told of what went wrong.
const LINES_TOLD: usize = 5;

/// A receiver, and the pipeline's files and settings.
pub struct Stage {
    pub receiver: Receiver,
    pub taskline: Arc<Taskline>,
}

/// A stage on which the program runs.
pub struct Show {
    pub stage: Stage,
    pub client: Client,
    pub process: Process,
    running: Running,
    /// How often the receiver had been called before.
    calls_before: u64,
}

/// How a pipeline stood at a moment.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Sample {
    /// Since it was first looked at.
    pub seconds: f64,
    /// Resident memory.
    pub resident_mib: f64,
    /// Tasks accepted and not yet handled.
    pub waiting: u64,
}

/// Looks at a pipeline again and again until it is dropped.
pub struct Watch {
    samples: Arc<Mutex<Vec<Sample>>>,
    looking: JoinHandle<()>,
}

impl Stage {
    /// Empty.
    pub async fn set() -> Self {
        let receiver = Receiver::start().await;
        let taskline = Arc::new(receiver.taskline());
        Self { receiver, taskline }
    }

    /// Starts the program.
    pub fn begin(self) -> anyhow::Result<Show> {
        let running = block_in_place(|| self.taskline.start());
        let client = Client::of(&running.url)?;
        let calls_before = *self.receiver.counted().borrow();
        Ok(Show { stage: self, client, process: Process(running.child.id()), running, calls_before })
    }

    /// The records of these tasks, as far as there are any.
    async fn records(&self, ids: impl Iterator<Item = TaskId>) -> anyhow::Result<HashMap<TaskId, Recorded>> {
        let records = SqliteTaskRecords::new(DataDirectory::new(self.taskline.data()).open()?);
        let ids: Vec<_> = ids.collect();
        let mut found = HashMap::new();
        for ids in ids.chunks(RECORDS_PER_READ) {
            let read = try_join_all(ids.iter().map(|id| records.find(*id))).await?;
            let recorded = read.into_iter().flatten().map(|record| {
                let (status, place) = (record.status, record.first_sequence_number);
                (record.task_id, Recorded { status, place })
            });
            found.extend(recorded);
        }
        Ok(found)
    }
}

impl Show {
    /// Runs a command of `taskline`, which must succeed.
    pub async fn command(&self, arguments: &'static [&'static str]) -> anyhow::Result<String> {
        let taskline = Arc::clone(&self.stage.taskline);
        let said = spawn_blocking(move || taskline.run(arguments)).await?;
        let told: Vec<_> = said.out.lines().chain(said.err.lines()).take(LINES_TOLD).collect();
        anyhow::ensure!(said.code == 0, "`taskline {}`: {}", arguments.join(" "), told.join("; "));
        Ok(said.out)
    }

    /// Waits until so many tasks were handled.
    pub async fn handled(&self, tasks: u64) -> anyhow::Result<()> {
        let calls = self.calls_before + tasks;
        self.stage.receiver.counted().wait_for(|seen| *seen >= calls).await.context("the receiver ended")?;
        Ok(())
    }

    /// How many tasks were handled until now.
    pub fn handled_by_now(&self) -> u64 {
        *self.stage.receiver.counted().borrow() - self.calls_before
    }

    /// Waits until nothing waits and nothing is in hand.
    pub async fn idle(&self) -> anyhow::Result<()> {
        while !self.command(&["--json", "line", "status"]).await?.contains(r#""state": "idle""#) {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// What its files take.
    pub fn files_mib(&self) -> anyhow::Result<f64> {
        files_mib(&self.stage.taskline.data())
    }

    /// Looks at it from now on.
    pub fn watch(&self) -> Watch {
        let samples = Arc::<Mutex<Vec<Sample>>>::default();
        let (seen, client, process) = (Arc::clone(&samples), self.client.clone(), self.process);
        let (calls, before) = (self.stage.receiver.counted(), self.calls_before);
        let begun = Instant::now();
        let looking = tokio::spawn(async move {
            while let Ok(resident_mib) = process.resident_mib() {
                let waiting = (client.accepted() + before).saturating_sub(*calls.borrow());
                let sample = Sample { seconds: begun.elapsed().as_secs_f64(), resident_mib, waiting };
                seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(sample);
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        });
        Watch { samples, looking }
    }

    /// Ends the program, and proves that all that was accepted was handled in order: from what the receiver was sent
    /// and the records say, and by `taskline verify`. Gives back the stage.
    pub async fn end(self, accepted: &[Accepted]) -> anyhow::Result<Stage> {
        self.command(&["verify"]).await?;
        let Self { stage, running, .. } = self;
        let code = block_in_place(|| running.terminate());
        anyhow::ensure!(code == 0, "taskline ended with {code}: {}", stage.taskline.log());
        let handled: Vec<_> =
            stage.receiver.calls().iter().map(|call| call.task_id.parse()).collect::<Result<_, _>>()?;
        let records =
            stage.records(handled.iter().copied().chain(accepted.iter().map(|it| it.task_id))).await?;
        let found = violations(accepted, &handled, &records);
        let told: Vec<_> = found.iter().take(LINES_TOLD).map(ToString::to_string).collect();
        anyhow::ensure!(found.is_empty(), "{} broken promises, first {}", found.len(), told.join("; "));
        Ok(stage)
    }
}

impl Watch {
    /// What was seen until now.
    pub fn samples(&self) -> Vec<Sample> {
        self.samples.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.looking.abort();
    }
}
