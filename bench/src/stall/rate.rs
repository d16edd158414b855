//! The rate of a line, beside the rate that follows from the latency of each call: checks the model of docs/capacity.md on
//! lines that can be measured.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use processor::{Processor, ProcessorSettings};
use shared::{
    lifecycle,
    ports::{Expected, TaskQueue, TaskRecords, Written},
};
use system::SystemClock;

use super::{deliver::deliver, flaky_handler::FlakyHandler, tasks::message};

/// How many tasks are timed in each of the two ways.
pub const TASKS: u32 = 200;

/// Milliseconds of a receive, a write and a delete; then tasks per second by formula and as measured.
pub type RateFigures = [f64; 5];

/// Handles this many waiting tasks, first call by call and then as a line.
pub async fn measure<R: TaskRecords, Q: TaskQueue + Clone>(
    records: R,
    line: Q,
    dead_letters: Q,
    settings: &ProcessorSettings,
    tasks: u32,
) -> anyhow::Result<RateFigures> {
    let [mut receive, mut write, mut delete] = [Duration::ZERO; 3];
    fill(&line, tasks).await?;
    for _ in 0..tasks {
        let (received, took) = timed(line.receive(1, 0)).await;
        receive += took;
        let received = received?;
        let record = lifecycle::accept(&message("alone"));
        let (written, took) = timed(records.write(&record, Expected::Absent)).await;
        write += took;
        anyhow::ensure!(written? == Written::Made && received.len() == 1, "a call had no effect");
        let (deleted, took) = timed(line.delete(&received[0].receipt)).await;
        delete += took;
        deleted?;
    }
    fill(&line, tasks).await?;
    let handler = FlakyHandler::new(0);
    let clock = Arc::new(SystemClock::default());
    let processor =
        Processor::new(records, line.clone(), dead_letters, handler.clone(), clock, settings.clone());
    let started = Instant::now();
    for _ in 0..tasks {
        deliver(&processor, &line).await?;
    }
    let took = started.elapsed();
    anyhow::ensure!(handler.count() == tasks as usize, "the line did not run all tasks");
    let [receive, write, delete] =
        [receive, write, delete].map(|took| took.as_secs_f64() * 1e3 / f64::from(tasks));
    let formula = 1e3 / (receive + 2.0 * write + delete);
    Ok([receive, write, delete, formula, f64::from(tasks) / took.as_secs_f64()])
}

async fn fill<Q: TaskQueue>(line: &Q, tasks: u32) -> anyhow::Result<()> {
    for _ in 0..tasks {
        let message = message("waiting");
        line.enqueue(&message.encode()?, &message.dedupe_id()).await?;
    }
    Ok(())
}

async fn timed<T>(call: impl Future<Output = T>) -> (T, Duration) {
    let started = Instant::now();
    (call.await, started.elapsed())
}
