//! What a line makes, and what its calls take when each is made alone: the model of docs/capacity.md, held against lines
//! that can be measured.

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

use super::{Flaky, deliver::deliver, message};

/// How many tasks are timed each way.
pub const TASKS: u32 = 200;

/// Of receive, write and delete, milliseconds each; then tasks a second, by formula and as measured.
pub type Pace = [f64; 5];

/// Works so many tasks that wait: first call by call, then as a line does.
pub async fn measure<R: TaskRecords, Q: TaskQueue + Clone>(
    records: R,
    line: Q,
    dead_letters: Q,
    settings: &ProcessorSettings,
    tasks: u32,
) -> anyhow::Result<Pace> {
    let [mut receive, mut write, mut delete] = [Duration::ZERO; 3];
    fill(&line, tasks).await?;
    for _ in 0..tasks {
        let (received, took) = timed(line.receive(1, 0)).await;
        receive += took;
        let received = received?;
        let record = lifecycle::accept(&message("alone"));
        let (written, took) = timed(records.write(&record, Expected::Absent)).await;
        write += took;
        anyhow::ensure!(written? == Written::Made && received.len() == 1, "a call did nothing");
        let (deleted, took) = timed(line.delete(&received[0].receipt)).await;
        delete += took;
        deleted?;
    }
    fill(&line, tasks).await?;
    let handler = Flaky::new(0);
    let clock = Arc::new(SystemClock::default());
    let processor =
        Processor::new(records, line.clone(), dead_letters, handler.clone(), clock, settings.clone());
    let begun = Instant::now();
    for _ in 0..tasks {
        deliver(&processor, &line).await?;
    }
    let took = begun.elapsed();
    anyhow::ensure!(handler.count() == tasks as usize, "the line did not run all of its tasks");
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
    let begun = Instant::now();
    (call.await, begun.elapsed())
}
