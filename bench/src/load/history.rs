//! Do many completed records slow down accepting, claiming or the start?

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use anyhow::Context;
use chrono::TimeDelta;
use futures_util::future::try_join_all;
use local::{DataDirectory, SqliteTaskRecords};
use shared::{
    Caller, Delivery, Fingerprint, Message, Receipt, SequenceNumber, Submission, Task, TaskId, TaskRecord,
    Timestamp,
    lifecycle::{self, Arrival, Claim, ClaimTerms},
    ports::{Clock, Expected, TaskIds, TaskRecords},
};
use system::{RandomTaskIds, SystemClock};

use super::{
    backlog::{HandlingRate, drain},
    fixture::Fixture,
    latency::Latency,
    options::LoadOptions,
    submit::Shape,
};

/// How many tasks are accepted and handled after the records, unless the backlogs are smaller.
const TASKS_MAX: u32 = 2_000;
/// As many writes as the store commits together.
const RECORDS_PER_WRITE: usize = 256;

/// How the pipeline performed with this many completed records.
pub struct History {
    pub completed: u32,
    /// From the program's start until it listens. By then it has read the whole file.
    pub start: Duration,
    pub accepted_per_second: f64,
    pub accept: Latency,
    /// Processor time of the program per accept.
    pub processor_us: f64,
    pub handled: HandlingRate,
    pub resident_peak_mib: f64,
    pub files_mib: f64,
}

/// Measures with each number of records. They are added to one data folder.
pub async fn measure(options: &LoadOptions) -> anyhow::Result<Vec<History>> {
    let tasks = options.tasks.iter().copied().min().unwrap_or(TASKS_MAX).min(TASKS_MAX);
    let yesterday = SystemClock::default().now() - TimeDelta::days(1);
    let (mut fixture, mut made, mut histories) = (Fixture::start().await, 0, Vec::new());
    for completed in options.completed.iter().copied() {
        options.report_progress(&format!("{completed} completed records"));
        options.bounded("making completed records", make(&fixture, made..completed, yesterday)).await?;
        made = made.max(completed);
        let (history, after) = measure_one(options, fixture, completed, tasks).await?;
        fixture = after;
        histories.push(history);
    }
    Ok(histories)
}

async fn measure_one(
    options: &LoadOptions,
    fixture: Fixture,
    completed: u32,
    tasks: u32,
) -> anyhow::Result<(History, Fixture)> {
    let started = Instant::now();
    let pipeline = fixture.run()?;
    let start = started.elapsed();
    pipeline.command(&["line", "pause", "--reason", "a measurement"]).await?;
    let (started, spent) = (Instant::now(), pipeline.process.processor_seconds()?);
    let name = format!("after {completed}");
    let submit = Shape::Burst.submit(&pipeline.client, &name, tasks, options.clients);
    let accepted = options.bounded("accepting", submit).await?;
    let accepted_per_second = f64::from(tasks) / started.elapsed().as_secs_f64();
    let processor_us = (pipeline.process.processor_seconds()? - spent) * 1e6 / f64::from(tasks);
    let handled = options.bounded("handling", drain(&pipeline)).await?;
    let history = History {
        completed,
        start,
        accepted_per_second,
        accept: Latency::of(accepted.iter().map(|accepted| accepted.took))?,
        processor_us,
        handled,
        resident_peak_mib: pipeline.process.resident_peak_mib()?,
        files_mib: pipeline.files_mib()?,
    };
    Ok((history, pipeline.end(&accepted).await?))
}

/// Adds completed records to a pipeline that doesn't run, by the store's writes.
async fn make(fixture: &Fixture, numbers: Range<u32>, at: Timestamp) -> anyhow::Result<()> {
    let data = DataDirectory::new(fixture.taskline.data());
    let lock = data.lock()?;
    let records = SqliteTaskRecords::new(data.open_or_create(&lock)?);
    let submission = Submission::parse(br#"{"title":"done","description":"long ago","priority":"low"}"#)?;
    let (fingerprint, task) = submission.into_parts();
    let numbers: Vec<_> = numbers.collect();
    for numbers in numbers.chunks(RECORDS_PER_WRITE) {
        let completed = |number: &u32| {
            let id = RandomTaskIds.fresh(at + TimeDelta::milliseconds((*number).into()));
            completed(id, &task, &fingerprint, at)
        };
        let made: Vec<_> = numbers.iter().map(completed).collect::<Result<_, _>>()?;
        try_join_all(made.iter().map(|record| records.write(record, Expected::Absent))).await?;
    }
    Ok(())
}

/// The record of a completed task whose times are all `now`.
fn completed(
    id: TaskId,
    task: &Task,
    fingerprint: &Fingerprint,
    now: Timestamp,
) -> anyhow::Result<TaskRecord> {
    let message = Message::new(id, 0, now, now, Caller::local(), Some(fingerprint.clone()), task.clone());
    let delivery = delivery(&message, now)?;
    let terms = ClaimTerms {
        now,
        lease: TimeDelta::seconds(25),
        attempt_budget: 10,
        request_id: id.to_string(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    match lifecycle::claim(None, &Arrival::read(&delivery), &terms) {
        // Without a sequence number: the task was never in the line, and `verify` would otherwise judge its order.
        Claim::Granted(run) => {
            let mut completed = lifecycle::complete(&run, now);
            completed.sequence_number = None;
            completed.first_sequence_number = None;
            Ok(completed)
        }
        other => anyhow::bail!("a claim of a new task was answered with {other:?}"),
    }
}

fn delivery(message: &Message, now: Timestamp) -> anyhow::Result<Delivery> {
    Ok(Delivery {
        message_id: message.task_id.to_string(),
        receipt: Receipt::new("0.1"),
        sequence_number: SequenceNumber::new(0),
        receive_count: 1,
        sent_at: now,
        body: message.encode().context("failed to encode a message")?,
    })
}
