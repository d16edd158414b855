//! Do reads, or handling, slow down accepting?

use std::{
    future::pending,
    time::{Duration, Instant},
};

use super::{
    client::AcceptedTask, fixture::RunningPipeline, latency::Latency, options::LoadOptions, submit::Shape,
};

const PROBE_SECONDS: u32 = 3;
const BETWEEN_GETS: Duration = Duration::from_millis(5);
/// A command is a process, which uses a core for a while.
const BETWEEN_COMMANDS: Duration = Duration::from_millis(250);

/// What happens during accepting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    Nothing,
    GetTask,
    LineStatus,
    DeadLettersList,
    Handling,
}

/// How it affected accepting.
pub struct Alongside {
    pub activity: Activity,
    pub accept: Latency,
    /// Latency of the reads.
    pub reads: Latency,
}

impl Activity {
    /// Handling is measured before the reads: tasks accepted during these still wait when the whole backlog is handled and timed, however fast the
    /// handling before was.
    const ALL: [Self; 5] =
        [Self::Nothing, Self::Handling, Self::GetTask, Self::LineStatus, Self::DeadLettersList];

    /// Its name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::GetTask => "GET /tasks/{id}, 200/s",
            Self::LineStatus => "line status, 4/s",
            Self::DeadLettersList => "dead-letters list, 4/s",
            Self::Handling => "handling",
        }
    }

    async fn begin(self, pipeline: &RunningPipeline) -> anyhow::Result<()> {
        if self == Self::Handling {
            pipeline.command(&["line", "resume", "--reason", "a measurement"]).await?;
        }
        Ok(())
    }

    async fn end(self, pipeline: &RunningPipeline) -> anyhow::Result<()> {
        if self == Self::Handling {
            pipeline.command(&["line", "pause", "--reason", "a measurement"]).await?;
        }
        Ok(())
    }

    /// Repeats the reads until this is dropped, and records how long each took.
    async fn repeat_reads(
        self,
        pipeline: &RunningPipeline,
        accepted: &[AcceptedTask],
        took: &mut Vec<Duration>,
    ) -> anyhow::Result<()> {
        let every = if self == Self::GetTask { BETWEEN_GETS } else { BETWEEN_COMMANDS };
        let mut ticks = tokio::time::interval(every);
        for accepted in accepted.iter().cycle() {
            ticks.tick().await;
            let started = Instant::now();
            match self {
                Self::Nothing | Self::Handling => pending().await,
                Self::GetTask => pipeline.client.get_task(accepted.task_id).await?,
                Self::LineStatus => drop(pipeline.command(&["line", "status"]).await?),
                Self::DeadLettersList => drop(pipeline.command(&["dead-letters", "list"]).await?),
            }
            took.push(started.elapsed());
        }
        Ok(())
    }
}

/// Submits steadily during one activity after the other. The line is paused before and after. Also returns the accepted tasks.
pub async fn measure(
    options: &LoadOptions,
    pipeline: &RunningPipeline,
    backlog: &[AcceptedTask],
) -> anyhow::Result<(Vec<Alongside>, Vec<AcceptedTask>)> {
    let count = (options.rate.get() * PROBE_SECONDS).min(options.tasks.iter().copied().min().unwrap_or(0));
    let (mut results, mut all) = (Vec::new(), Vec::new());
    for activity in Activity::ALL {
        let mut reads = Vec::new();
        let submit =
            Shape::Steady(options.rate).submit(&pipeline.client, activity.as_str(), count, options.clients);
        let probe = async {
            tokio::select! {
                accepted = submit => accepted,
                ended = activity.repeat_reads(pipeline, backlog, &mut reads) => {
                    ended?;
                    anyhow::bail!("there is no task to read")
                }
            }
        };
        activity.begin(pipeline).await?;
        let accepted = options.bounded(activity.as_str(), probe).await?;
        activity.end(pipeline).await?;
        let accept = Latency::of(accepted.iter().map(|accepted| accepted.took))?;
        results.push(Alongside { activity, accept, reads: Latency::of(reads)? });
        all.extend(accepted);
    }
    Ok((results, all))
}
