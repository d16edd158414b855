//! How long a failing task stops its line: from the end of a failed run to the start of the next.
//!
//! Measured with the processor's retries, on emulated SQS and DynamoDB and on the data file of one machine, and without them,
//! when the message is redelivered after its visibility timeout. Also measures the rate of these lines, beside the rate that
//! follows from the latency of each call.

mod options;
mod tasks;
mod flaky_handler;
mod deliver;
mod rate;
mod emulated;
mod local;

pub use options::StallOptions;

use futures_util::future::try_join_all;
use harness::Ministack;
use processor::ProcessorSettings;

use crate::{machine::Machine, report::Report, table::Table};
use emulated::{Emulated, RetryBy};
use flaky_handler::Waits;
use rate::RateFigures;

/// Measures each case as often as `options` says, and returns the medians.
pub async fn run(options: &StallOptions) -> anyhow::Result<Report> {
    let machine = Machine::detect(&std::env::temp_dir())?;
    let settings = ProcessorSettings::read(&|_| None)?;
    let budget = settings.attempt_budget;
    anyhow::ensure!(
        options.failures < budget,
        "--failures must be less than {budget}, the attempts of a task"
    );
    let emulated = Emulated::at(harness::endpoint::<Ministack>().await, &settings).await?;
    let mut rates = Vec::new();
    for _ in 0..options.repeat {
        options.report_progress("the rate of a line");
        rates.push(rate_table([
            emulated.rate(rate::TASKS).await?,
            local::rate(&settings, rate::TASKS).await?,
        ]));
    }
    let stalls = stalls(options, &emulated, &settings).await?;
    let tables = [stalls, rates].into_iter().filter_map(Table::median).collect();
    Ok(Report { machine, repetitions: options.repeat as usize, tables })
}

fn rate_table([emulated, local]: [RateFigures; 2]) -> Table {
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

async fn stalls(
    options: &StallOptions,
    emulated: &Emulated,
    settings: &ProcessorSettings,
) -> anyhow::Result<Vec<Table>> {
    options.report_progress("with backoff, on SQS and DynamoDB");
    let with_backoff = repeated(options, || emulated.measure(options.failures, RetryBy::Backoff)).await?;
    options.report_progress("with backoff, on one machine");
    let local = repeated(options, || local::measure(options.failures, settings)).await?;
    options.report_progress(&format!(
        "by visibility timeout, {} s for each failure",
        settings.visibility_seconds()
    ));
    let by_timeout =
        repeated(options, || emulated.measure(options.failures, RetryBy::VisibilityTimeout)).await?;
    let cases = with_backoff.iter().zip(&local).zip(&by_timeout);
    Ok(cases
        .map(|((with_backoff, local), by_timeout)| stall_table([with_backoff, local, by_timeout]))
        .collect())
}

fn stall_table(cases: [&Waits; 3]) -> Table {
    let columns = [("with backoff", 2), ("with backoff, one machine", 2), ("by visibility timeout", 2)];
    let mut table = Table::new("Seconds between a failed run and the next run", "Failure", &columns);
    for at in 0..cases[0].len() {
        table.add((at + 1).to_string(), cases.map(|waits| waits.get(at).copied()));
    }
    table.add("total".to_owned(), cases.map(|waits| Some(waits.iter().sum())));
    table
}

/// Measures at the same time, because most of the time is waiting.
async fn repeated<F>(options: &StallOptions, measure: impl Fn() -> F) -> anyhow::Result<Vec<Waits>>
where
    F: Future<Output = anyhow::Result<Waits>>,
{
    try_join_all((0..options.repeat).map(|_| measure())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ProcessorSettings {
        ProcessorSettings::read(&|_| None).unwrap()
    }

    /// The first backoff is a second.
    #[tokio::test]
    async fn a_failure_on_the_emulator_delays_the_line_and_keeps_its_order() {
        let emulated = Emulated::at(harness::endpoint::<Ministack>().await, &settings()).await.unwrap();
        let waits = emulated.measure(1, RetryBy::Backoff).await.unwrap();
        assert!(waits.len() == 1 && waits[0] >= 0.9, "{waits:?}");
        assert!(emulated.rate(9).await.unwrap().iter().all(|figure| *figure > 0.0));
    }

    #[tokio::test]
    async fn a_failure_on_one_machine_delays_the_line_and_keeps_its_order() {
        let waits = local::measure(1, &settings()).await.unwrap();
        assert!(waits.len() == 1 && waits[0] >= 0.9, "{waits:?}");
        assert!(local::rate(&settings(), 9).await.unwrap().iter().all(|figure| *figure > 0.0));
    }
}
