//! What is printed when the pipeline is asked to stop: what it waits for, and how to end that.

use std::{process, sync::Arc};

use ::local::{SqliteDeliverySwitch, Store};
use chrono::{SecondsFormat, TimeDelta};
use processor::ProcessorSettings;
use shared::{
    Status, TaskRecord,
    ports::{Clock, DeliverySwitch},
};

/// The sentence, with the attempt that runs now.
pub async fn sentence(store: Store, clock: Arc<dyn Clock>, settings: &ProcessorSettings) -> String {
    let running = running(store, Arc::clone(&clock)).await;
    let attempt = running.map_or_else(String::new, |task| attempt(&task, &*clock, settings));
    let process = process::id();
    format!(
        "Stopping after the running task is finished{attempt}. Ctrl-C again, or kill -INT {process}, stops at once; the task is \
         then tried again after the next start. Nothing is lost either way."
    )
}

/// None if no task runs, or the data can't be read any more.
async fn running(store: Store, clock: Arc<dyn Clock>) -> Option<TaskRecord> {
    let head = SqliteDeliverySwitch::new(store, clock).status().await.ok()?.head?;
    head.record.map(|record| *record).filter(|record| record.status == Status::Processing)
}

fn attempt(task: &TaskRecord, clock: &dyn Clock, settings: &ProcessorSettings) -> String {
    let handler_timeout = settings.attempt_terms_of(task.task()).handler_timeout;
    let deadline = task.attempt_started_at.unwrap_or(clock.now()) + handler_timeout;
    // The machine's clock, which the reader compares it with, can differ from the pipeline's.
    let at = clock.wall() + (deadline - clock.now()).max(TimeDelta::zero());
    let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!(": attempt {} of {}, until {at} at the latest", task.attempt, task.task_id)
}
