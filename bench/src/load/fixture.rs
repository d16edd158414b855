//! The real program on new files, with a receiver that records the order of its calls.

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
    client::{AcceptedTask, Client},
    order::{RecordState, violations},
};
use crate::process::{Process, files_mib};

const POLL_INTERVAL: Duration = Duration::from_millis(200);
const RECORDS_PER_READ: usize = 256;
/// How many lines of an error are shown.
const LINES_SHOWN: usize = 5;

/// A receiver, and the pipeline's files and settings.
pub struct Fixture {
    pub receiver: Receiver,
    pub taskline: Arc<Taskline>,
}

/// A fixture whose program runs.
pub struct RunningPipeline {
    pub fixture: Fixture,
    pub client: Client,
    pub process: Process,
    running: Running,
    /// How often the receiver was called before the start.
    calls_before: u64,
}

/// The pipeline at one moment.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct MemorySample {
    /// Since the first sample.
    pub seconds: f64,
    pub resident_mib: f64,
    /// Tasks accepted and not yet handled.
    pub waiting: u64,
}

/// Samples a pipeline until this is dropped.
pub struct Watch {
    samples: Arc<Mutex<Vec<MemorySample>>>,
    task: JoinHandle<()>,
}

impl Fixture {
    /// Starts the receiver, with an empty folder for the pipeline.
    pub async fn start() -> Self {
        let receiver = Receiver::start().await;
        let taskline = Arc::new(receiver.taskline());
        Self { receiver, taskline }
    }

    /// Starts the program.
    pub fn run(self) -> anyhow::Result<RunningPipeline> {
        let running = block_in_place(|| self.taskline.start());
        let client = Client::of(&running.url)?;
        let calls_before = *self.receiver.counted().borrow();
        Ok(RunningPipeline {
            fixture: self,
            client,
            process: Process(running.child.id()),
            running,
            calls_before,
        })
    }

    /// The existing records of these tasks.
    async fn records(
        &self,
        ids: impl Iterator<Item = TaskId>,
    ) -> anyhow::Result<HashMap<TaskId, RecordState>> {
        let records = SqliteTaskRecords::new(DataDirectory::new(self.taskline.data()).open()?);
        let ids: Vec<_> = ids.collect();
        let mut found = HashMap::new();
        for ids in ids.chunks(RECORDS_PER_READ) {
            let read = try_join_all(ids.iter().map(|id| records.find(*id))).await?;
            let recorded = read.into_iter().flatten().map(|record| {
                let (status, sequence_number) = (record.status, record.first_sequence_number);
                (record.task_id, RecordState { status, sequence_number })
            });
            found.extend(recorded);
        }
        Ok(found)
    }
}

impl RunningPipeline {
    /// Runs a command of `taskline`, which must succeed.
    pub async fn command(&self, arguments: &'static [&'static str]) -> anyhow::Result<String> {
        let taskline = Arc::clone(&self.fixture.taskline);
        let output = spawn_blocking(move || taskline.run(arguments)).await?;
        let shown: Vec<_> = output.out.lines().chain(output.err.lines()).take(LINES_SHOWN).collect();
        anyhow::ensure!(output.code == 0, "`taskline {}`: {}", arguments.join(" "), shown.join("; "));
        Ok(output.out)
    }

    /// Waits until this many tasks are handled.
    pub async fn wait_until_handled(&self, tasks: u64) -> anyhow::Result<()> {
        let calls = self.calls_before + tasks;
        self.fixture
            .receiver
            .counted()
            .wait_for(|handled| *handled >= calls)
            .await
            .context("the receiver ended")?;
        Ok(())
    }

    /// How many tasks have been handled.
    pub fn handled(&self) -> u64 {
        *self.fixture.receiver.counted().borrow() - self.calls_before
    }

    /// Waits until the line is idle.
    pub async fn wait_until_idle(&self) -> anyhow::Result<()> {
        while !self.command(&["--json", "line", "status"]).await?.contains(r#""state": "idle""#) {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    /// The size of the data folder.
    pub fn files_mib(&self) -> anyhow::Result<f64> {
        files_mib(&self.fixture.taskline.data())
    }

    /// Samples the pipeline from now on.
    pub fn watch(&self) -> Watch {
        let samples = Arc::<Mutex<Vec<MemorySample>>>::default();
        let (sink, client, process) = (Arc::clone(&samples), self.client.clone(), self.process);
        let (calls, before) = (self.fixture.receiver.counted(), self.calls_before);
        let started = Instant::now();
        let task = tokio::spawn(async move {
            while let Ok(resident_mib) = process.resident_mib() {
                let waiting = (client.accepted() + before).saturating_sub(*calls.borrow());
                let sample = MemorySample { seconds: started.elapsed().as_secs_f64(), resident_mib, waiting };
                sink.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(sample);
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        });
        Watch { samples, task }
    }

    /// Stops the program, and proves that all accepted tasks were handled in order: by the calls of the receiver, by the records, and
    /// by `taskline verify`. Returns the fixture.
    pub async fn end(self, accepted: &[AcceptedTask]) -> anyhow::Result<Fixture> {
        self.command(&["verify"]).await?;
        let Self { fixture, running, .. } = self;
        let code = block_in_place(|| running.terminate());
        anyhow::ensure!(code == 0, "taskline ended with {code}: {}", fixture.taskline.log());
        let handled: Vec<_> =
            fixture.receiver.calls().iter().map(|call| call.task_id.parse()).collect::<Result<_, _>>()?;
        let records =
            fixture.records(handled.iter().copied().chain(accepted.iter().map(|it| it.task_id))).await?;
        let found = violations(accepted, &handled, &records);
        let shown: Vec<_> = found.iter().take(LINES_SHOWN).map(ToString::to_string).collect();
        anyhow::ensure!(found.is_empty(), "{} broken promises, first {}", found.len(), shown.join("; "));
        Ok(fixture)
    }
}

impl Watch {
    /// The samples so far.
    pub fn samples(&self) -> Vec<MemorySample> {
        self.samples.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
