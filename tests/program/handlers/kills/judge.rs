//! Judges a run by what the bank saw, by the records, and by `taskline verify`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::{FailureClass, Status, TaskRecord};

use super::{super::bank::Call, plan::Event};
use crate::{data::Data, request::wait, taskline::Taskline};

/// The attempts that called the bank, of the tasks in the order in which the first ones did.
#[derive(Default)]
pub struct Judge {
    tasks: Vec<(String, Vec<u32>)>,
    events: BTreeMap<Event, usize>,
}

impl Judge {
    /// Notes a call, and returns the place of its task in the line. Only the last task may call again, with a higher attempt.
    pub fn saw(&mut self, call: &Call) -> usize {
        let known = self.tasks.iter().position(|(task_id, _)| *task_id == call.task_id);
        let place = known.unwrap_or(self.tasks.len());
        if known.is_none() {
            self.tasks.push((call.task_id.clone(), Vec::new()));
        }
        assert_eq!(place + 1, self.tasks.len(), "{} runs after a later task", call.receipt());
        let attempts = &mut self.tasks[place].1;
        assert!(attempts.last() < Some(&call.attempt), "{} runs after attempt {attempts:?}", call.receipt());
        attempts.push(call.attempt);
        place
    }

    pub fn count(&mut self, event: Event) {
        *self.events.entry(event).or_default() += 1;
    }

    /// Every task is completed, in the order in which it was accepted, by the last attempt that was paid.
    pub fn judge(&self, taskline: &Taskline, submitted: usize) {
        let records = wait(Data::of(taskline).records());
        assert_eq!((records.len(), self.tasks.len()), (submitted, submitted), "tasks are missing");
        let places: Vec<_> = self.tasks.iter().map(|(task_id, _)| records[task_id].sequence_number).collect();
        assert!(places.is_sorted(), "the tasks began in another order than they were accepted: {places:?}");
        for (task_id, attempts) in &self.tasks {
            let record = &records[task_id];
            assert_eq!(record.status, Status::Completed, "{record:#?}");
            let result =
                record.result.as_ref().map(|result| serde_json::from_str::<Value>(result.as_str()).unwrap());
            let receipt = format!("{task_id}/{}", attempts.last().unwrap());
            assert_eq!(result, Some(json!({"receipt": receipt})), "attempts {attempts:?} of {record:#?}");
            every_attempt_has_an_end(record);
        }
        let verified = taskline.run(&["verify"]);
        assert!(
            verified.code == 0 && verified.out.contains("in order: "),
            "{}{}",
            verified.out,
            verified.err
        );
    }

    /// What happened, in one line.
    pub fn figures(&self, taskline: &Taskline) -> String {
        let records = wait(Data::of(taskline).records());
        let happened =
            |events: &[Event]| events.iter().filter_map(|event| self.events.get(event)).sum::<usize>();
        let attempts: u32 = records.values().map(|record| record.attempt).sum();
        let failed = |class| {
            let failures = records.values().flat_map(|record| &record.failures);
            failures.filter(|failure| failure.class == class).map(|it| it.replaced + 1).sum::<u32>()
        };
        format!(
            "{} tasks completed in order; kills: {} of the handler, {} of taskline; attempts: {attempts}, of which {} crashed, \
             {} failed, {} found the handler unavailable; calls to the bank: {}",
            self.tasks.len(),
            happened(&[Event::KillsTheHandler, Event::PaysAndKillsTheHandler, Event::IsGone]),
            happened(&[Event::KillsThePipeline, Event::PaysAndKillsThePipeline]),
            failed(FailureClass::Crashed),
            failed(FailureClass::Transient),
            failed(FailureClass::Unavailable),
            self.tasks.iter().map(|(_, attempts)| attempts.len()).sum::<usize>(),
        )
    }
}

/// Each attempt of a completed task but the last is a failure in its record.
fn every_attempt_has_an_end(record: &TaskRecord) {
    let failed: u32 = record.failures.iter().map(|failure| failure.replaced + 1).sum();
    assert_eq!(record.attempt, failed + 1, "{record:#?}");
}
