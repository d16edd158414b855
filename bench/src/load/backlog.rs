//! A backlog: accepted while the line is paused, read by others while it waits, and then handled.

use std::time::Instant;

use super::{
    alongside::{self, Alongside},
    client::{AcceptedTask, IdempotencyKey},
    fixture::{Fixture, MemorySample, RunningPipeline},
    options::LoadOptions,
    submit::Shape,
};
use crate::table::grouped;

/// How many dead letters exist for listing, but no more than tasks. The receiver rejects them permanently.
const DEAD_LETTERS_MAX: u32 = 100;
const REFUSED: &str = "refused";

/// How many tasks are submitted with one load shape before the shapes alternate.
pub const ROUND: u32 = 500;

/// A backlog of this many tasks.
pub struct Backlog<'a> {
    pub options: &'a LoadOptions,
    pub tasks: u32,
}

/// Tasks submitted with one load shape.
pub struct Round {
    pub shape: Shape,
    /// How many tasks waited before this round.
    pub waiting: u32,
    pub accepted: Vec<AcceptedTask>,
    /// Processor time of the program during this round.
    pub processor_seconds: f64,
}

/// The result for one backlog.
pub struct BacklogResult {
    /// How it was accepted.
    pub rounds: Vec<Round>,
    /// How other work affected accepting.
    pub alongside: Vec<Alongside>,
    pub handled: HandlingRate,
    /// Resident memory before the first task, with all tasks waiting, and at its peak.
    pub resident_mib: [f64; 3],
    pub files_mib: f64,
    /// From the first accept to the last task's end.
    pub samples: Vec<MemorySample>,
}

impl Backlog<'_> {
    /// Its name in the progress report.
    pub fn name(&self) -> String {
        format!("{} waiting", grouped(self.tasks.into(), 0))
    }

    /// Builds the backlog, measures reads, handles it, and proves the order.
    pub async fn measure(&self) -> anyhow::Result<BacklogResult> {
        let options = self.options;
        let pipeline = Fixture::start().await.run()?;
        options
            .bounded("making dead letters", make_dead_letters(&pipeline, self.tasks.min(DEAD_LETTERS_MAX)))
            .await?;
        pipeline.command(&["line", "pause", "--reason", "a measurement"]).await?;
        let idle_mib = pipeline.process.resident_mib()?;
        let watch = pipeline.watch();
        let rounds = options.bounded("accepting", self.build(&pipeline)).await?;
        let full_mib = pipeline.process.resident_mib()?;
        let mut accepted: Vec<_> = rounds.iter().flat_map(|round| &round.accepted).copied().collect();
        let (alongside, others) = alongside::measure(options, &pipeline, &accepted).await?;
        accepted.extend(others);
        let handled = options.bounded("handling", drain(&pipeline)).await?;
        let (samples, peak_mib) = (watch.samples(), pipeline.process.resident_peak_mib()?);
        let files_mib = pipeline.files_mib()?;
        pipeline.end(&accepted).await?;
        let resident_mib = [idle_mib, full_mib, peak_mib];
        Ok(BacklogResult { rounds, alongside, handled, resident_mib, files_mib, samples })
    }

    /// Alternates between steady load and bursts, so that each is measured with few and with many waiting tasks.
    async fn build(&self, pipeline: &RunningPipeline) -> anyhow::Result<Vec<Round>> {
        let size = ROUND.min(self.tasks.div_ceil(2));
        let mut rounds = Vec::new();
        for (waiting, shape) in (0..self.tasks)
            .step_by(size as usize)
            .zip([Shape::Steady(self.options.rate), Shape::Burst].into_iter().cycle())
        {
            let count = size.min(self.tasks - waiting);
            let name = format!("task {waiting}");
            let before = pipeline.process.processor_seconds()?;
            let accepted = shape.submit(&pipeline.client, &name, count, self.options.clients).await?;
            let processor_seconds = pipeline.process.processor_seconds()? - before;
            rounds.push(Round { shape, waiting, accepted, processor_seconds });
        }
        Ok(rounds)
    }
}

async fn make_dead_letters(pipeline: &RunningPipeline, dead_letters: u32) -> anyhow::Result<()> {
    pipeline.fixture.receiver.answer(REFUSED, 422_u16.try_into()?);
    for _ in 0..dead_letters {
        pipeline.client.submit(REFUSED, IdempotencyKey::None).await?;
    }
    pipeline.wait_until_handled(dead_letters.into()).await?;
    pipeline.wait_until_idle().await
}

/// How fast a line was handled.
#[derive(Debug, Clone, Copy)]
pub struct HandlingRate {
    pub per_second: f64,
    /// Processor time of the program per task.
    pub processor_us: f64,
}

/// Resumes the line and waits until all tasks are handled.
pub(super) async fn drain(pipeline: &RunningPipeline) -> anyhow::Result<HandlingRate> {
    let (started, spent) = (Instant::now(), pipeline.process.processor_seconds()?);
    let (before, all) = (pipeline.handled(), pipeline.client.accepted());
    pipeline.command(&["line", "resume", "--reason", "a measurement"]).await?;
    pipeline.wait_until_handled(all).await?;
    let (seconds, spent) = (started.elapsed().as_secs_f64(), pipeline.process.processor_seconds()? - spent);
    pipeline.wait_until_idle().await?;
    let tasks = (all - before) as f64;
    Ok(HandlingRate { per_second: tasks / seconds, processor_us: spent * 1e6 / tasks })
}
