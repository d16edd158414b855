//! Behind many completed records: do they slow accepting, claiming or the start?

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
    Plan,
    backlog::{Handled, drain},
    latency::Latency,
    pace::Shape,
    stage::Stage,
};

/// How many tasks are accepted and handled behind the records, unless the backlogs are smaller.
const TASKS_MAX: u32 = 2_000;
/// As many writes as the store commits together.
const RECORDS_PER_WRITE: usize = 256;

/// How the pipeline was behind so many completed records.
pub struct History {
    pub completed: u32,
    /// From the program's start to where it says where it listens: it has read the whole file by then.
    pub start: Duration,
    pub accepted_per_second: f64,
    pub accept: Latency,
    /// What an accept took of the program's processor time.
    pub processor_us: f64,
    pub handled: Handled,
    pub resident_peak_mib: f64,
    pub files_mib: f64,
}

/// Measures behind each number of records, in one data directory which they are added to.
pub async fn measure(plan: &Plan) -> anyhow::Result<Vec<History>> {
    let tasks = plan.tasks.iter().copied().min().unwrap_or(TASKS_MAX).min(TASKS_MAX);
    let yesterday = SystemClock::default().now() - TimeDelta::days(1);
    let (mut stage, mut made, mut histories) = (Stage::set().await, 0, Vec::new());
    for completed in plan.completed.iter().copied() {
        plan.tell(&format!("{completed} completed records"));
        plan.bounded("making completed records", make(&stage, made..completed, yesterday)).await?;
        made = made.max(completed);
        let (history, after) = behind(plan, stage, completed, tasks).await?;
        stage = after;
        histories.push(history);
    }
    Ok(histories)
}

async fn behind(plan: &Plan, stage: Stage, completed: u32, tasks: u32) -> anyhow::Result<(History, Stage)> {
    let begun = Instant::now();
    let show = stage.begin()?;
    let start = begun.elapsed();
    show.command(&["line", "pause", "--reason", "a measurement"]).await?;
    let (begun, spent) = (Instant::now(), show.process.processor_seconds()?);
    let name = format!("behind {completed}");
    let submit = Shape::Burst.submit(&show.client, &name, tasks, plan.clients);
    let accepted = plan.bounded("accepting", submit).await?;
    let accepted_per_second = f64::from(tasks) / begun.elapsed().as_secs_f64();
    let processor_us = (show.process.processor_seconds()? - spent) * 1e6 / f64::from(tasks);
    let handled = plan.bounded("handling", drain(&show)).await?;
    let history = History {
        completed,
        start,
        accepted_per_second,
        accept: Latency::of(accepted.iter().map(|accepted| accepted.took))?,
        processor_us,
        handled,
        resident_peak_mib: show.process.resident_peak_mib()?,
        files_mib: show.files_mib()?,
    };
    Ok((history, show.end(&accepted).await?))
}

/// Adds completed records to a pipeline that does not run, by the store's own writes.
async fn make(stage: &Stage, numbers: Range<u32>, at: Timestamp) -> anyhow::Result<()> {
    let data = DataDirectory::new(stage.taskline.data());
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

/// The record of a task that went the usual way, all of it at one moment.
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
        attempt_budget: 5,
        request_id: id.to_string(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    match lifecycle::claim(None, &Arrival::read(&delivery), &terms) {
        // Without a place in the line, since it was made beside it: `verify` would see it between tasks that were handled.
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
