//! For how long a failing task stops its line: from the end of a run that failed in passing to the beginning of the next.
//!
//! The processor's own retries, on SQS and DynamoDB as an emulator has them and on one machine's file, beside what becomes
//! of a failure that is only reported: there the message comes back when its visibility times out. And, on the same lines,
//! the pace that their calls' times foretell beside the pace they have.

mod plan;
mod flaky;
mod deliver;
mod pace;
mod emulated;
mod local;

pub use plan::Plan;

use futures_util::future::try_join_all;
use harness::Ministack;
use processor::ProcessorSettings;
use shared::{Caller, Message, ports::TaskIds};
use system::RandomTaskIds;

use crate::{load::Report, machine::Machine, table::Table};
use emulated::{ComesBack, Emulated};
use flaky::Flaky;
use pace::Pace;

/// The task in the middle is the one that fails.
const TASKS: [&str; 5] = ["first", "second", Flaky::TITLE, "fourth", "fifth"];

/// Seconds between the runs of a task: one for each of its failures.
type Waits = Vec<f64>;

/// Measures every way as often as `plan` says, and gives the medians.
///
/// # Errors
/// When a line can't be made or worked, or did not run its tasks as it must.
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let machine = Machine::look(&std::env::temp_dir())?;
    let settings = ProcessorSettings::read(&|_| None)?;
    let budget = settings.attempt_budget;
    anyhow::ensure!(plan.failures < budget, "a task has {budget} attempts");
    let emulated = Emulated::at(harness::endpoint::<Ministack>().await, &settings).await?;
    let mut paces = Vec::new();
    for _ in 0..plan.repeat {
        plan.tell("the pace of a line");
        paces.push(pace_table([
            emulated.pace(pace::TASKS).await?,
            local::pace(&settings, pace::TASKS).await?,
        ]));
    }
    let stalls = stalls(plan, &emulated, &settings).await?;
    let tables = [stalls, paces].into_iter().filter_map(Table::median).collect();
    Ok(Report { machine, repetitions: plan.repeat as usize, tables, curves: None })
}

fn pace_table([emulated, local]: [Pace; 2]) -> Table {
    let columns = [
        ("receive ms", 2),
        ("write ms", 2),
        ("delete ms", 2),
        ("tasks/s, formula", 0),
        ("tasks/s, measured", 0),
    ];
    let mut table = Table::new("Latency of each call alone, and the rate of the line", "On", &columns);
    table.add("SQS and DynamoDB, emulated".to_owned(), emulated.map(Some));
    table.add("one machine, SQLite file".to_owned(), local.map(Some));
    table
}

/// Each on lines of their own.
async fn stalls(
    plan: &Plan,
    emulated: &Emulated,
    settings: &ProcessorSettings,
) -> anyhow::Result<Vec<Table>> {
    plan.tell("with backoff, on SQS and DynamoDB");
    let ours = repeated(plan, || emulated.measure(plan.failures, ComesBack::ByBackoff)).await?;
    plan.tell("with backoff, on one machine");
    let local = repeated(plan, || local::measure(plan.failures, settings)).await?;
    plan.tell(&format!("by visibility timeout, {} s for each failure", settings.visibility_seconds()));
    let theirs = repeated(plan, || emulated.measure(plan.failures, ComesBack::ByVisibility)).await?;
    let ways = ours.iter().zip(&local).zip(&theirs);
    Ok(ways.map(|((ours, local), theirs)| stall_table([ours, local, theirs])).collect())
}

fn stall_table(ways: [&Waits; 3]) -> Table {
    let columns = [("with backoff", 2), ("with backoff, one machine", 2), ("by visibility timeout", 2)];
    let mut table = Table::new("Seconds between a failed run and the next run", "Failure", &columns);
    for at in 0..ways[0].len() {
        table.add((at + 1).to_string(), ways.map(|waits| waits.get(at).copied()));
    }
    table.add("total".to_owned(), ways.map(|waits| Some(waits.iter().sum())));
    table
}

/// At the same time: what is measured is waiting.
async fn repeated<F>(plan: &Plan, measure: impl Fn() -> F) -> anyhow::Result<Vec<Waits>>
where
    F: Future<Output = anyhow::Result<Waits>>,
{
    try_join_all((0..plan.repeat).map(|_| measure())).await
}

/// The messages of all tasks, in order.
fn messages() -> Vec<Message> {
    TASKS.map(message).into()
}

/// The message of a new task.
fn message(title: &str) -> Message {
    let now = chrono::Utc::now();
    Message::new(RandomTaskIds.fresh(now), 0, now, now, Caller::local(), None, harness::task(title))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ProcessorSettings {
        ProcessorSettings::read(&|_| None).unwrap()
    }

    /// The first backoff is a second.
    #[tokio::test]
    async fn a_failure_on_the_emulator_is_waited_out_and_the_line_goes_on_in_order() {
        let emulated = Emulated::at(harness::endpoint::<Ministack>().await, &settings()).await.unwrap();
        let waits = emulated.measure(1, ComesBack::ByBackoff).await.unwrap();
        assert!(waits.len() == 1 && waits[0] >= 0.9, "{waits:?}");
        assert!(emulated.pace(9).await.unwrap().iter().all(|figure| *figure > 0.0));
    }

    #[tokio::test]
    async fn a_failure_on_one_machine_is_waited_out_and_the_line_goes_on_in_order() {
        let waits = local::measure(1, &settings()).await.unwrap();
        assert!(waits.len() == 1 && waits[0] >= 0.9, "{waits:?}");
        assert!(local::pace(&settings(), 9).await.unwrap().iter().all(|figure| *figure > 0.0));
    }
}
