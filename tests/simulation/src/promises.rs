//! The promises (docs/lifecycle.md, README), checked while the actors act and at the end.

use processor::Run;
use shared::{FailureClass, Message, SequenceNumber, Status, TaskId, TaskRecord, Timestamp};

use crate::{
    plan::Fault,
    world::{CLOCKS_DIFFER_BY, World},
};

/// Whether a delivery that finds this record may do nothing with the task: it is finished or about to be, waits for an
/// operator, or has a run whose lease has not expired by any clock.
fn is_not_to_be_taken(record: &TaskRecord, now: Timestamp) -> bool {
    let latest = now + CLOCKS_DIFFER_BY;
    match record.status {
        Status::Completed | Status::Discarded | Status::Held | Status::DeadLettering => true,
        Status::Processing => record.lease_until.is_some_and(|until| until > latest),
        _ => false,
    }
}

impl World {
    /// P1 and P3, checked when a handler begins.
    pub fn begins(&mut self, run: &Run) {
        let now = self.now;
        self.seen.noted(format!("{} is handled, attempt {}", run.task_id, run.attempt), now);
        let Some(record) = self.records.get(&run.task_id) else {
            return self.seen.violated("P3", format!("{} is handled without a record", run.task_id), now);
        };
        let (status, attempt, sequence_number) = (record.status, record.attempt, record.sequence_number);
        if (status, attempt) != (Status::Processing, run.attempt) {
            let how = format!(
                "{} is handled by attempt {}, while it is {status} by attempt {attempt}",
                run.task_id, run.attempt
            );
            return self.seen.violated("P3", how, now);
        }
        let is_cancelled = record.cancel_requested_at.is_some();
        self.takes_its_turn(run.task_id, sequence_number);
        self.is_alone(run);
        let last = self.seen.cancelled_during.get(&run.task_id).filter(|_| is_cancelled);
        if last.is_some_and(|last| run.attempt > *last) {
            let how = format!("{} is handled again after its submitter cancelled it", run.task_id);
            self.seen.violated("P3", how, now);
        }
    }

    /// A run ends before its lease, or renews it. Only a process that was suspended can't.
    fn is_alone(&mut self, run: &Run) {
        let another = self.running.iter().find(|(task_id, _)| *task_id == run.task_id);
        if let Some((_, attempt)) = another.filter(|_| !self.plan.has(Fault::Stall)) {
            let how = format!("{} is handled by attempts {attempt} and {}", run.task_id, run.attempt);
            self.seen.violated("P3", how, self.now);
        }
    }

    /// P1 and P3, checked when a record without a claim is completed: this write is the whole handling.
    pub fn completes_at_once(&mut self, record: &TaskRecord, before: Option<&TaskRecord>) {
        self.seen.completed_at_once += 1;
        self.seen.succeeded.insert(record.task_id);
        if let Some(before) = before.filter(|before| is_not_to_be_taken(before, self.now)) {
            let how = format!("{} is completed while it is {}", record.task_id, before.status);
            self.seen.violated("P3", how, self.now);
        }
        self.takes_its_turn(record.task_id, record.sequence_number);
    }

    /// P2, checked when a record is written: an outage of the handler that is not too long gives no task up.
    pub fn is_given_up(&mut self, record: &TaskRecord) {
        let is_by_outage = matches!(record.status, Status::DeadLettering | Status::Held)
            && record.last_failure().is_some_and(|failure| failure.class == FailureClass::Unavailable);
        if !is_by_outage {
            return;
        }
        let since = self.seen.unavailable_since.get(&record.task_id).map_or(self.now, |(since, _)| *since);
        if self.now - since + CLOCKS_DIFFER_BY < self.plan.unavailable_max {
            let how = format!("{} is given up in an outage since {since}", record.task_id);
            self.seen.violated("P2", how, self.now);
        }
    }

    /// P3, checked when a record is written: a completed task has the result of the attempt that completed it, and no other task
    /// has one.
    pub fn has_its_result(&mut self, record: &TaskRecord) {
        let returned = match record.status {
            Status::Completed => self.seen.returned.get(&(record.task_id, record.attempt)).cloned().flatten(),
            _ => None,
        };
        let result = record.result.as_ref().map(|result| result.as_str().to_owned());
        if result != returned {
            let how = format!(
                "{} is {} by attempt {} with the result {result:?}, not {returned:?}",
                record.task_id, record.status, record.attempt
            );
            self.seen.violated("P3", how, self.now);
        }
    }

    fn takes_its_turn(&mut self, task_id: TaskId, sequence_number: Option<SequenceNumber>) {
        if let Some(overtaken) =
            sequence_number.and_then(|sequence_number| self.waits_before(sequence_number, task_id))
        {
            self.seen.violated("P1", format!("{task_id} is handled before {overtaken}"), self.now);
        }
    }

    /// A task with a lower sequence number that has not left the line.
    fn waits_before(&self, sequence_number: SequenceNumber, but: TaskId) -> Option<String> {
        let may_be_overtaken = |task_id| task_id == but || self.seen.moved_natively.contains(&task_id);
        let claimed =
            self.records.values().filter(|record| !may_be_overtaken(record.task_id)).find(|record| {
                record.status.is_in_the_line()
                    && record.sequence_number.is_some_and(|its| its < sequence_number)
            });
        if let Some(record) = claimed {
            return Some(format!("{} ({})", record.task_id, record.status));
        }
        self.line.messages.range(..sequence_number.get()).find_map(|(_, message)| {
            let message = Message::decode(&message.body).ok()?;
            let record = self.records.get(&message.task_id)?;
            let is_its_message =
                !may_be_overtaken(message.task_id) && record.generation == message.generation;
            (is_its_message && record.status.is_in_the_line())
                .then(|| format!("{} ({}, in the queue)", record.task_id, record.status))
        })
    }

    /// P4, checked when a task is reported as accepted: it has begun, or has a message.
    pub fn is_accepted(&mut self, task_id: TaskId) {
        self.seen.accepted.insert(task_id);
        let is_waiting = self.records.get(&task_id).is_none_or(|record| record.status == Status::Accepted);
        let is_its = |body: &str| Message::decode(body).is_ok_and(|message| message.task_id == task_id);
        let queues = [&self.line, &self.dead_letters];
        let has_message =
            queues.iter().any(|queue| queue.messages.values().any(|message| is_its(&message.body)));
        if is_waiting && !has_message {
            self.seen.violated("P4", format!("{task_id} was accepted, and has no message"), self.now);
        }
    }

    /// P2, P4 and P5, checked at the end.
    pub fn ends(&mut self) {
        let mut broken = Vec::new();
        for task_id in &self.seen.accepted {
            match self.records.get(task_id) {
                None => broken.push(("P4", format!("{task_id} was accepted, and has no record"))),
                Some(record) => broken.extend(self.fault_of(record)),
            }
        }
        for task_id in &self.seen.succeeded {
            let status = self.records.get(task_id).map(|record| record.status);
            if status.is_none_or(Status::is_in_the_line) {
                broken.push(("P2", format!("{task_id} was handled successfully and is {status:?}")));
            }
        }
        for record in self.records.values().filter(|record| record.status.is_in_the_line()) {
            broken.push(("P2", format!("{} is stuck: {}", record.task_id, record.status)));
        }
        if let Some(message) = self.line.messages.values().next() {
            broken.push(("P2", format!("a message is stuck in the line: {}", message.message_id)));
        }
        let now = self.now;
        for (promise, how) in broken {
            self.seen.violated(promise, how, now);
        }
    }

    fn fault_of(&self, record: &TaskRecord) -> Option<(&'static str, String)> {
        let is_explained = match record.status {
            Status::Completed => true,
            Status::DeadLettered => {
                record
                    .last_failure()
                    .is_some_and(|failure| !failure.code.is_empty() && !failure.message.is_empty())
                    || !record.audit.is_empty()
            }
            Status::Discarded => !record.audit.is_empty(),
            _ => return None,
        };
        if !is_explained {
            return Some(("P5", format!("{} is {} without a reason", record.task_id, record.status)));
        }
        let has_dead_letter = self.dead_letters.messages.values().any(|message| {
            Message::decode(&message.body).is_ok_and(|message| message.task_id == record.task_id)
        });
        (record.status == Status::DeadLettered && !has_dead_letter)
            .then(|| ("P2", format!("{} is dead-lettered, and its dead letter is gone", record.task_id)))
    }
}
