//! Everything that was observed in a run.

use std::collections::{BTreeMap, BTreeSet};

use processor::{HandlerFailure, Outcome, Run};
use shared::{FailureClass, Message, Status, TaskId, TaskRecord, Timestamp};

use crate::plan::Fault;

#[derive(Default)]
pub struct Seen {
    pub trace: Vec<String>,
    pub violations: Vec<String>,
    pub faults: BTreeMap<Fault, u64>,
    /// How often a record changed to each status.
    pub statuses: BTreeMap<&'static str, u64>,
    pub handled: u64,
    /// How often a claim and its completion were one write.
    pub completed_at_once: u64,
    /// How often a run extended its lease.
    pub renewals: u64,
    /// The attempt during which a submitter cancelled a task.
    pub cancelled_during: BTreeMap<TaskId, u32>,
    /// Tasks that were reported as accepted.
    pub accepted: BTreeSet<TaskId>,
    /// Tasks that SQS moved to the dead-letter queue, which their records learn later: overtaking them breaks no
    /// promise of ours.
    pub moved_natively: BTreeSet<TaskId>,
    /// Since when the handler has only been unavailable to a task, and its last attempt that found it so.
    pub unavailable_since: BTreeMap<TaskId, (Timestamp, u32)>,
    /// The results that attempts returned.
    pub returned: BTreeMap<(TaskId, u32), Option<String>>,
    /// How often a completing write stored a result.
    pub results: u64,
    /// How often a task that its submitter cancelled was discarded when its handler was unavailable.
    pub cancelled_in_outage: u64,
    /// Tasks whose handler succeeded, or that were completed without one.
    pub succeeded: BTreeSet<TaskId>,
}

impl Seen {
    pub fn noted(&mut self, what: impl AsRef<str>, now: Timestamp) {
        self.trace.push(format!("{} {}", now.format("%H:%M:%S%.3f"), what.as_ref()));
    }

    pub fn struck(&mut self, fault: Fault, now: Timestamp) {
        *self.faults.entry(fault).or_default() += 1;
        self.noted(format!("fault: {fault:?}"), now);
    }

    pub fn violated(&mut self, promise: &str, how: String, now: Timestamp) {
        self.noted(format!("VIOLATION of {promise}: {how}"), now);
        self.violations.push(format!("{promise}: {how}"));
    }

    pub fn wrote(&mut self, record: &TaskRecord, existing: Option<&TaskRecord>, now: Timestamp) {
        let (task_id, after) = (record.task_id, record.status);
        let before = existing.map(|existing| existing.status);
        if let Some(existing) = existing.filter(|existing| existing.attempt == record.attempt) {
            self.renewals += u64::from(existing.lease_until < record.lease_until);
            if existing.cancel_requested_at.is_none() && record.cancel_requested_at.is_some() {
                self.cancelled_during.insert(task_id, record.attempt);
                self.noted(format!("{task_id} is cancelled during attempt {}", record.attempt), now);
            }
        }
        if (before, after) == (Some(Status::Processing), Status::Completed) {
            self.results += u64::from(record.result.is_some());
        }
        let is_by_outage =
            record.last_failure().is_some_and(|failure| failure.class == FailureClass::Unavailable);
        if (before, after) == (Some(Status::Processing), Status::Discarded) && is_by_outage {
            self.cancelled_in_outage += 1;
        }
        if before != Some(after) {
            *self.statuses.entry(after.as_str()).or_default() += 1;
        }
        let before = before.map_or("nothing", Status::as_str);
        let (revision, attempt) = (record.revision, record.attempt);
        self.noted(format!("{task_id} {before} -> {after} (revision {revision}, attempt {attempt})"), now);
    }

    pub fn given_up(&mut self, body: &str, now: Timestamp) {
        if let Ok(message) = Message::decode(body) {
            self.moved_natively.insert(message.task_id);
            self.noted(format!("SQS moved {} to the dead-letter queue", message.task_id), now);
        }
    }

    pub fn handled(&mut self, run: &Run, outcome: &Outcome, now: Timestamp) {
        self.handled += 1;
        match outcome {
            Err(HandlerFailure::Unavailable { .. }) => {
                let outage = self.unavailable_since.entry(run.task_id).or_insert((now, run.attempt));
                outage.1 = outage.1.max(run.attempt);
                return;
            }
            Ok(completed) => {
                let result = completed.result.as_ref().map(|result| result.as_str().to_owned());
                self.returned.insert((run.task_id, run.attempt), result);
                self.succeeded.insert(run.task_id);
            }
            Err(_) => {}
        }
        // A run that lost its claim ends no outage.
        self.unavailable_since
            .retain(|task_id, (_, attempt)| *task_id != run.task_id || *attempt > run.attempt);
    }
}
