//! The documented handlers, killed at random, with a flaky phase and an unavailable one, and with Taskline killed too.
//!
//! `make kills TASKS=200` runs all of them with more tasks; `SEED=n` repeats a run, and `WAY=webhook` a part of one.

mod function;
mod judge;
mod plan;

use std::{
    env,
    process::Stdio,
    time::{Duration, Instant},
};

use harness::{Port, taskline::Running};
use serde_json::json;

use super::{
    bank::{Bank, Call},
    language::{Handlers, Language, Way},
    pages::Receiver,
};
use crate::{stack::reaching, taskline::Taskline};
use function::Function;
use judge::Judge;
use plan::{Event, Plan};

const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// How long a second handler has time to call the bank beside the first one.
const HOLD: Duration = Duration::from_millis(5);
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// After this time without a call and without an end, a test fails.
const PATIENCE: Duration = Duration::from_secs(300);

const SETTINGS: [(&str, &str); 5] = [
    ("RETRY_MAX_SECONDS", "1"),
    ("ATTEMPT_BUDGET", "100"),
    ("RUST_LOG", "warn"),
    ("NO_PROXY", "127.0.0.1"),
    // A machine may be suspended as long as the defaults.
    ("HANDLER_TIMEOUT_SECONDS", "600"),
];

/// Taskline with a handler, and the bank that both the plan and the judge work by.
struct Run {
    way: Way,
    handlers: Handlers,
    taskline: Taskline,
    port: Port,
    bank: Bank,
    running: Option<Running>,
    receiver: Option<Receiver>,
    function: Option<Function>,
    judge: Judge,
}

impl Run {
    fn start(handlers: Handlers, way: Way) -> Self {
        let (port, bank) = (Port::free(), Bank::open());
        let taskline =
            SETTINGS.into_iter().fold(handlers.taskline(), |it, (name, value)| it.with(name, value));
        let taskline = taskline.with("BANK_PORT", bank.port.to_string());
        let (taskline, function) = match way {
            Way::Command | Way::Server => (taskline, None),
            Way::Webhook => {
                (taskline.with("WEBHOOK_SECRET", SECRET).with("WEBHOOK_TIMEOUT_SECONDS", "600"), None)
            }
            Way::Function => (reaching(taskline), Some(Function::create(&handlers, bank.port))),
        };
        let judge = Judge::default();
        let mut run =
            Self { way, handlers, taskline, port, bank, running: None, receiver: None, function, judge };
        run.start_receiver();
        run.start_pipeline();
        run
    }

    fn start_pipeline(&mut self) {
        let value = match (self.way, &self.function) {
            (Way::Webhook, _) => format!("http://127.0.0.1:{}", self.port.number()),
            (_, Some(function)) => format!("{}:live", function.name),
            (way, None) => self.handlers.command_line(way),
        };
        let mut arguments = vec!["local", "--listen", "127.0.0.1:0", self.way.option(), &value];
        if let Some(function) = &self.function {
            arguments.extend(["--region", "us-east-1", "--endpoint-url", function.endpoint]);
        }
        self.running = Some(self.taskline.start_with(&arguments));
    }

    fn start_receiver(&mut self) {
        if self.way == Way::Webhook {
            let mut command = self.handlers.receiver(&self.taskline, self.port.number(), SECRET);
            command.env("BANK_PORT", self.bank.port.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
            self.receiver = Some(Receiver(command.spawn().unwrap()));
        }
    }

    fn submit(&self, count: usize) {
        let task = |number| json!({"title": format!("task {number}"), "description": "d", "priority": "low", "payload": {"cents": number}});
        let tasks: String = (0..count).map(|number| format!("{}\n", task(number))).collect();
        let printed = self.taskline.run_with_input(&["submit"], &tasks);
        assert_eq!(printed.code, 0, "{}", printed.err);
    }

    /// Answers the calls as planned, until the line is idle.
    fn drive(&mut self, plan: &mut Plan) {
        while let Some(call) = self.next_call() {
            assert!(!call.is_beside_another, "{} runs beside another one", call.receipt());
            let place = self.judge.saw(&call);
            let event = plan.next(place);
            self.act(event, call);
        }
        assert!(plan.is_over(), "not everything of the plan has happened: {plan:?}");
    }

    /// None if the line is idle.
    fn next_call(&self) -> Option<Call> {
        let begun = Instant::now();
        loop {
            if let Some(call) = self.bank.call_within(POLL_INTERVAL) {
                return Some(call);
            }
            let status = self.taskline.run(&["--json", "line", "status"]);
            if status.code == 0 && status.json()["state"] == "idle" {
                return None;
            }
            assert!(begun.elapsed() < PATIENCE, "no call any more, and {}{}", status.out, status.err);
        }
    }

    fn act(&mut self, event: Event, mut call: Call) {
        self.judge.count(event);
        match event {
            Event::Pays => {
                if let Some(other) = self.bank.call_within(HOLD) {
                    panic!("{} runs beside {}", other.receipt(), call.receipt());
                }
                call.pay();
            }
            Event::IsBusy => call.answer("busy"),
            Event::IsAway => call.answer("away"),
            Event::KillsTheHandler => self.kill_handler(&mut call),
            Event::PaysAndKillsTheHandler => {
                call.pay();
                self.kill_handler(&mut call);
            }
            Event::KillsThePipeline => return self.kill_pipeline_during(call),
            Event::PaysAndKillsThePipeline => {
                call.pay();
                self.kill_pipeline();
                self.start_pipeline();
            }
            Event::IsGone => self.remove_handler(&mut call),
        }
        call.until_closed();
    }

    fn kill_handler(&mut self, call: &mut Call) {
        call.kill();
        if self.receiver.take().is_some() {
            self.start_receiver();
        }
    }

    fn kill_pipeline(&mut self) {
        self.running.take().unwrap().kill();
    }

    /// A program ends with its pipeline. A receiver and a function do not: the old attempt goes on beside the new one, and is paid first.
    fn kill_pipeline_during(&mut self, mut old: Call) {
        self.kill_pipeline();
        if matches!(self.way, Way::Command | Way::Server) {
            old.until_closed();
            return self.start_pipeline();
        }
        self.start_pipeline();
        let mut new = self.bank.call();
        assert_eq!(new.task_id, old.task_id, "an interrupted task was overtaken");
        self.judge.saw(&new);
        old.pay();
        old.until_closed();
        new.pay();
        new.until_closed();
    }

    /// The line waits until the receiver or the function is there again.
    fn remove_handler(&mut self, call: &mut Call) {
        let code = match &self.function {
            Some(function) => {
                function.delete_alias();
                call.answer("busy");
                "function_not_found"
            }
            None => {
                drop(self.receiver.take());
                "connection_refused"
            }
        };
        self.taskline.until(&["line", "status"], |status| status["handler_unavailable"]["code"] == code);
        match &self.function {
            Some(function) => function.create_alias(),
            None => self.start_receiver(),
        }
    }
}

fn handlers_killed_at_random(language: Language, way: Way, tasks: usize, seed: u64) {
    let Some(handlers) = Handlers::with_bank(language) else { return };
    let name = format!("{language:?}, TASKS={tasks} WAY={} SEED={seed}", way.name());
    println!("{name}");
    let mut run = Run::start(handlers, way);
    run.submit(tasks);
    run.drive(&mut Plan::new(way, tasks, seed));
    assert_eq!(run.running.take().unwrap().terminate(), 0);
    run.judge.judge(&run.taskline, tasks);
    println!("{name}: {}", run.judge.figures(&run.taskline));
}

fn option(name: &str) -> Option<usize> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

/// In the tests a few tasks in the first way, and with `TASKS` so many in every way, or in `WAY`.
fn killed_at_random(language: Language, ways: &[Way]) {
    let (tasks, seed, only) =
        (option("TASKS"), option("SEED").unwrap_or(1), env::var("WAY").unwrap_or_default());
    assert!(["", "command", "server", "webhook", "function"].contains(&&*only), "WAY={only} is no way");
    let ways = &ways[..tasks.map_or(1, |_| ways.len())];
    for way in ways.iter().filter(|way| only.is_empty() || way.name() == only) {
        handlers_killed_at_random(language, *way, tasks.unwrap_or(24), seed as u64);
    }
}

#[test]
fn handlers_in_python_that_are_killed_at_random_keep_every_promise() {
    killed_at_random(Language::Python, &[Way::Command, Way::Server, Way::Webhook, Way::Function]);
}

#[test]
fn handlers_in_typescript_that_are_killed_at_random_keep_every_promise() {
    killed_at_random(Language::TypeScript, &[Way::Webhook, Way::Command, Way::Server, Way::Function]);
}

#[test]
fn handlers_in_go_that_are_killed_at_random_keep_every_promise() {
    killed_at_random(Language::Go, &[Way::Command, Way::Server, Way::Webhook]);
}

#[test]
fn handlers_in_rust_that_are_killed_at_random_keep_every_promise() {
    killed_at_random(Language::Rust, &[Way::Server, Way::Command, Way::Webhook]);
}
