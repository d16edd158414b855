//! A backlog: built while the line is paused, looked at while it stands, and then handled to its end.

use std::time::Instant;

use super::{
    Plan,
    alongside::{self, Alongside},
    client::{Accepted, Key},
    pace::Shape,
    stage::{Sample, Show, Stage},
};
use crate::table::grouped;

/// How many dead letters there are to list, but no more than tasks. The receiver refuses them for good.
const DEAD_LETTERS_MAX: u32 = 100;
const REFUSED: &str = "refused";

/// How many tasks are submitted in one way before it is the other's turn.
pub const ROUND: u32 = 500;

/// So many tasks that wait.
pub struct Backlog<'a> {
    pub plan: &'a Plan,
    pub tasks: u32,
}

/// Some tasks submitted in one way.
pub struct Round {
    pub shape: Shape,
    /// How many waited before.
    pub waiting: u32,
    pub accepted: Vec<Accepted>,
    /// What it took of the program's processor time.
    pub processor_seconds: f64,
}

/// What was seen of one.
pub struct Seen {
    /// How it was built.
    pub rounds: Vec<Round>,
    /// What others did to accepting, while it stood.
    pub alongside: Vec<Alongside>,
    pub handled: Handled,
    /// Resident memory before anything waited, with all waiting, and the most it ever was.
    pub resident_mib: [f64; 3],
    pub files_mib: f64,
    /// From the first accept to the last task's end.
    pub samples: Vec<Sample>,
}

impl Backlog<'_> {
    /// What it is called.
    pub fn name(&self) -> String {
        format!("{} waiting", grouped(self.tasks.into(), 0))
    }

    /// Builds it, looks, drains it; and proves the order.
    pub async fn measure(&self) -> anyhow::Result<Seen> {
        let plan = self.plan;
        let show = Stage::set().await.begin()?;
        plan.bounded("making dead letters", bury(&show, self.tasks.min(DEAD_LETTERS_MAX))).await?;
        show.command(&["line", "pause", "--reason", "a measurement"]).await?;
        let idle_mib = show.process.resident_mib()?;
        let watch = show.watch();
        let rounds = plan.bounded("accepting", self.build(&show)).await?;
        let full_mib = show.process.resident_mib()?;
        let mut accepted: Vec<_> = rounds.iter().flat_map(|round| &round.accepted).copied().collect();
        let (alongside, others) = alongside::measure(plan, &show, &accepted).await?;
        accepted.extend(others);
        let handled = plan.bounded("handling", drain(&show)).await?;
        let (samples, peak_mib) = (watch.samples(), show.process.resident_peak_mib()?);
        let files_mib = show.files_mib()?;
        show.end(&accepted).await?;
        let resident_mib = [idle_mib, full_mib, peak_mib];
        Ok(Seen { rounds, alongside, handled, resident_mib, files_mib, samples })
    }

    /// Steadily and in bursts by turns, so that either is seen with few and with many waiting.
    async fn build(&self, show: &Show) -> anyhow::Result<Vec<Round>> {
        let size = ROUND.min(self.tasks.div_ceil(2));
        let mut rounds = Vec::new();
        for (waiting, shape) in (0..self.tasks)
            .step_by(size as usize)
            .zip([Shape::Steady(self.plan.rate), Shape::Burst].into_iter().cycle())
        {
            let count = size.min(self.tasks - waiting);
            let name = format!("task {waiting}");
            let before = show.process.processor_seconds()?;
            let accepted = shape.submit(&show.client, &name, count, self.plan.clients).await?;
            let processor_seconds = show.process.processor_seconds()? - before;
            rounds.push(Round { shape, waiting, accepted, processor_seconds });
        }
        Ok(rounds)
    }
}

async fn bury(show: &Show, dead_letters: u32) -> anyhow::Result<()> {
    show.stage.receiver.answer(REFUSED, 422_u16.try_into()?);
    for _ in 0..dead_letters {
        show.client.submit(REFUSED, Key::None).await?;
    }
    show.handled(dead_letters.into()).await?;
    show.idle().await
}

/// How a line was handled.
#[derive(Debug, Clone, Copy)]
pub struct Handled {
    pub per_second: f64,
    /// What a task took of the program's processor time.
    pub processor_us: f64,
}

/// Lets the line go on and waits until everything was handled.
pub(super) async fn drain(show: &Show) -> anyhow::Result<Handled> {
    let (begun, spent) = (Instant::now(), show.process.processor_seconds()?);
    let (before, all) = (show.handled_by_now(), show.client.accepted());
    show.command(&["line", "resume", "--reason", "a measurement"]).await?;
    show.handled(all).await?;
    let (seconds, spent) = (begun.elapsed().as_secs_f64(), show.process.processor_seconds()? - spent);
    show.idle().await?;
    let tasks = (all - before) as f64;
    Ok(Handled { per_second: tasks / seconds, processor_us: spent * 1e6 / tasks })
}
