//! One crash: a copy of a pipeline at the start of a scenario, and the step at which its process dies.

use std::{
    collections::HashMap,
    os::unix::process::ExitStatusExt,
    process::ExitStatus,
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::http::StatusCode;
use harness::{eventually, every_attempt_is_explained, side_by_side};
use shared::{Status, ports::Depth};

use crate::{
    data::Data,
    receiver::{Call, Receiver},
    request::{post, wait},
    taskline::{Running, Taskline},
};

const SERVE: [&str; 4] = ["--json", "local", "--listen", "127.0.0.1:0"];
const SIGKILL: i32 = 9;

/// A verb, and how often the process that dies in this scenario executes it.
pub type Steps<'a> = &'a [(&'a str, u32)];

/// Runs a case with a crash before the first step and one after each step. The case must panic if its step is not
/// reached.
pub fn at_each_step(scenario: &str, template: &Taskline, steps: Steps<'_>, case: impl Fn(&Case) + Sync) {
    let times = steps.iter().flat_map(|(verb, times)| (1..=*times).map(move |nth| (verb, nth)));
    let points: Vec<String> = times
        .flat_map(|(verb, nth)| ["before", "after"].map(|moment| format!("{verb}:{moment}:{nth}")))
        .collect();
    let survived = AtomicUsize::new(0);
    side_by_side(&points, |point| {
        case(&Case::new(format!("{scenario}, {point}"), template, point));
        survived.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(survived.into_inner(), points.len());
    println!("{scenario}: {} kills survived", points.len());
}

pub struct Case {
    name: String,
    point: String,
    pub taskline: Taskline,
    pub receiver: Receiver,
    /// The number of attempts of each task when the copy was made.
    attempts_before: HashMap<String, u32>,
}

impl Case {
    pub fn new(name: String, template: &Taskline, point: &str) -> Self {
        let receiver = wait(Receiver::start());
        let copy = template.copy();
        let taskline = if copy.has("TASK_HANDLER") { copy.with("WEBHOOK_URL", receiver.url()) } else { copy };
        let before = wait(Data::of(&taskline).records());
        let attempts_before = before.into_iter().map(|(id, record)| (id, record.attempt)).collect();
        Self { name, point: point.to_owned(), taskline, receiver, attempts_before }
    }

    pub fn answers(&self, title: &str, status: StatusCode) {
        self.receiver.answer(title, status);
    }

    pub fn is_at(&self, verb: &str) -> bool {
        self.point.starts_with(verb)
    }

    /// Starts the pipeline that is to die; None if it died before it listened.
    pub fn start_doomed(&self) -> Option<Running> {
        let mut command = self.taskline.command(&SERVE);
        match self.taskline.try_start(command.env("CRASH_AT", &self.point)) {
            Ok(running) => Some(running),
            Err(ended) => {
                self.assert_killed(ended);
                None
            }
        }
    }

    /// Processes the line until the process dies at the step.
    pub fn dies_while_processing(&self) {
        self.dies(self.start_doomed());
    }

    pub fn dies(&self, doomed: Option<Running>) {
        if let Some(doomed) = doomed {
            self.assert_killed(doomed.ended());
        }
    }

    /// Runs an operator's command that dies at the step.
    pub fn dies_in(&self, arguments: &[&str]) {
        let mut command = self.taskline.command(arguments);
        self.assert_killed(command.env("CRASH_AT", &self.point).output().unwrap().status);
    }

    fn assert_killed(&self, ended: ExitStatus) {
        let log = self.taskline.log();
        assert_eq!(
            ended.signal(),
            Some(SIGKILL),
            "{}: it never reached this step: {ended}\n{log}",
            self.name
        );
    }

    /// Runs a command again, as an operator would.
    pub fn run(&self, arguments: &[&str]) {
        let output = self.taskline.run(arguments);
        assert_eq!(output.code, 0, "{}: {arguments:?}: {}{}", self.name, output.out, output.err);
    }

    /// The id from the 202; None if there was no answer.
    pub fn post(&self, to: &Running, title: &str, key: Option<&str>) -> Option<String> {
        let answer = post(&to.url, title, key)?;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}: {}", self.name, answer.body);
        Some(answer.body["task_id"].as_str().unwrap().to_owned())
    }

    pub fn until_empty(&self) {
        let data = Data::of(&self.taskline);
        wait(eventually(|| data.line(), |depth| *depth == Depth::default()));
    }

    pub fn until(&self, title: &str, status: Status) {
        let data = Data::of(&self.taskline);
        let snapshot = async || data.titled(title).await.map(|record| record.status);
        wait(eventually(snapshot, |seen| *seen == Some(status)));
    }

    /// Waits until a restarted pipeline holds the task again, according to its receipt.
    pub fn until_held_again(&self, title: &str) {
        let data = Data::of(&self.taskline);
        let receipt = async || data.titled(title).await.and_then(|record| record.held_receipt);
        wait(eventually(receipt, |seen| {
            let receives =
                seen.as_ref().and_then(|receipt| receipt.as_str().rsplit('.').next()?.parse().ok());
            receives.is_some_and(|receives: u32| receives >= 2)
        }));
    }

    /// Starts the pipeline again and lets it run until the line is empty.
    pub fn finish(&self) {
        let running = self.taskline.start();
        self.until_empty();
        assert_eq!(running.terminate(), 0, "{}", self.name);
    }

    /// Asserts the promises where there is no handler: every task was completed in one attempt, in this order.
    pub fn assert_kept_without_a_handler(&self, titles: &[&str]) {
        let data = Data::of(&self.taskline);
        let records: Vec<_> = titles.iter().map(|title| wait(data.titled(title)).unwrap()).collect();
        for record in &records {
            let state = (record.status, record.attempt, record.failures.len());
            assert_eq!(state, (Status::Completed, 1, 0), "{}", self.name);
        }
        let moments: Vec<_> = records.iter().flat_map(|it| [it.started_at, it.finished_at]).collect();
        assert!(moments.is_sorted(), "{}: overtaken: {moments:?}", self.name);
        let verified = self.taskline.run(&["verify"]);
        assert_eq!(verified.code, 0, "{}: {}{}", self.name, verified.out, verified.err);
    }

    /// Asserts the promises: each task that was answered with a 202 has the expected status, in order.
    pub fn assert_kept(&self, expected: &[(&str, Status)]) {
        let name = &self.name;
        let data = Data::of(&self.taskline);
        let records = wait(data.records());
        let calls = self.receiver.calls();
        for (title, status) in expected {
            let named = records.values().filter(|record| record.task().unwrap().title() == *title);
            let ends: Vec<_> = named.map(|record| record.status).collect();
            assert_eq!(ends, [*status], "{name}: {title}");
        }
        for (id, record) in &records {
            let before = self.attempts_before.get(id).copied().unwrap_or_default();
            let calls = calls.iter().filter(|call| call.task_id == *id);
            every_attempt_is_explained(name, record, before, calls);
        }
        let place = |call: &Call| expected.iter().position(|(title, _)| *title == call.title);
        let order: Vec<_> = calls.iter().filter_map(place).collect();
        assert!(order.is_sorted(), "{name}: overtaken: {:?}", self.receiver.titles());
        let dead = records.values().filter(|record| record.status == Status::DeadLettered).count();
        assert_eq!(wait(data.dead_letters()).waiting, dead as u64, "{name}: dead letters and records");
        let verified = self.taskline.run(&["verify"]);
        assert_eq!(verified.code, 0, "{name}: {}{}", verified.out, verified.err);
    }
}
