//! Whether who looks, or the line as it drains, holds up who submits.

use std::{
    future::pending,
    time::{Duration, Instant},
};

use super::{Plan, client::Accepted, latency::Latency, pace::Shape, stage::Show};

const PROBE_SECONDS: u32 = 3;
const BETWEEN_GETS: Duration = Duration::from_millis(5);
/// A command is a process of its own, which takes a core for a while.
const BETWEEN_COMMANDS: Duration = Duration::from_millis(250);

/// What goes on beside accepting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    Nothing,
    GetTask,
    LineStatus,
    DeadLettersList,
    Handling,
}

/// What it did to accepting.
pub struct Alongside {
    pub activity: Activity,
    pub accept: Latency,
    /// How long the looks themselves took.
    pub looks: Latency,
}

impl Activity {
    /// Handling comes before the looks: what is accepted beside those still waits when the line is to be handled to its
    /// end, however fast it was.
    const ALL: [Self; 5] =
        [Self::Nothing, Self::Handling, Self::GetTask, Self::LineStatus, Self::DeadLettersList];

    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::GetTask => "GET /tasks/{id}, 200/s",
            Self::LineStatus => "line status, 4/s",
            Self::DeadLettersList => "dead-letters list, 4/s",
            Self::Handling => "handling",
        }
    }

    async fn begin(self, show: &Show) -> anyhow::Result<()> {
        if self == Self::Handling {
            show.command(&["line", "resume", "--reason", "a measurement"]).await?;
        }
        Ok(())
    }

    async fn end(self, show: &Show) -> anyhow::Result<()> {
        if self == Self::Handling {
            show.command(&["line", "pause", "--reason", "a measurement"]).await?;
        }
        Ok(())
    }

    /// Goes on until it is dropped, and notes how long each look took.
    async fn go_on(self, show: &Show, accepted: &[Accepted], took: &mut Vec<Duration>) -> anyhow::Result<()> {
        let every = if self == Self::GetTask { BETWEEN_GETS } else { BETWEEN_COMMANDS };
        let mut ticks = tokio::time::interval(every);
        for accepted in accepted.iter().cycle() {
            ticks.tick().await;
            let begun = Instant::now();
            match self {
                Self::Nothing | Self::Handling => pending().await,
                Self::GetTask => show.client.look_up(accepted.task_id).await?,
                Self::LineStatus => drop(show.command(&["line", "status"]).await?),
                Self::DeadLettersList => drop(show.command(&["dead-letters", "list"]).await?),
            }
            took.push(begun.elapsed());
        }
        Ok(())
    }
}

/// Submits steadily beside one activity after the other, to a line that is paused before and after. Returns what was
/// accepted, too.
pub async fn measure(
    plan: &Plan,
    show: &Show,
    backlog: &[Accepted],
) -> anyhow::Result<(Vec<Alongside>, Vec<Accepted>)> {
    let count = (plan.rate.get() * PROBE_SECONDS).min(plan.tasks.iter().copied().min().unwrap_or(0));
    let (mut seen, mut all) = (Vec::new(), Vec::new());
    for activity in Activity::ALL {
        let mut looks = Vec::new();
        let submit = Shape::Steady(plan.rate).submit(&show.client, activity.as_str(), count, plan.clients);
        let probe = async {
            tokio::select! {
                accepted = submit => accepted,
                ended = activity.go_on(show, backlog, &mut looks) => {
                    ended?;
                    anyhow::bail!("there is nothing to look at")
                }
            }
        };
        activity.begin(show).await?;
        let accepted = plan.bounded(activity.as_str(), probe).await?;
        activity.end(show).await?;
        let accept = Latency::of(accepted.iter().map(|accepted| accepted.took))?;
        seen.push(Alongside { activity, accept, looks: Latency::of(looks)? });
        all.extend(accepted);
    }
    Ok((seen, all))
}
