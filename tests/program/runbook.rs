//! Runs the commands of `docs/runbook.md` as they are written. Only the name of the stack is left out, and the
//! placeholders for an id, a code or a file are filled in.

use axum::http::StatusCode;
use harness::document::{Code, Document, commands as shell_commands};
use serde_json::Value;

use crate::{
    receiver::Receiver,
    taskline::{Running, Taskline, task},
};

/// The commands that change a task if they are confirmed.
const CHANGES: [&str; 7] = [
    "dead-letters redrive",
    "dead-letters amend",
    "dead-letters discard",
    "held resume",
    "held amend",
    "held skip",
    "held discard",
];

/// A command of the runbook, in words as a shell would make them.
type Line = Vec<String>;

/// The commands of `taskline`, in the order of the page. All other commands in its blocks are of the AWS CLI.
fn commands() -> Vec<Line> {
    let mut found = Vec::new();
    for code in Document::read("docs/runbook.md").code() {
        let is_ours = code.text().starts_with("taskline ");
        if let Code::Line(line) = &code {
            let is_of_aws = ["aws ", "arn() { aws "].iter().any(|start| line.starts_with(start));
            assert!(is_ours || is_of_aws, "{line}");
        }
        found.extend(is_ours.then(|| shell_commands(code.text())).into_iter().flatten());
    }
    found
}

/// A pipeline with one dead letter, held at another task with one behind it. Its receiver is repaired.
struct Fixture {
    taskline: Taskline,
    dead: String,
    held: String,
    file: String,
    _receiver: Receiver,
    _running: Running,
}

impl Fixture {
    async fn start() -> Self {
        let receiver = Receiver::start().await;
        let taskline = receiver.taskline().with("FAILURE_POLICY", "hold").with("ATTEMPT_BUDGET", "1");
        let running = taskline.start();
        for title in ["dead", "held"] {
            receiver.answer(title, StatusCode::INTERNAL_SERVER_ERROR);
        }
        let dead = taskline.submit("dead");
        taskline.until(&["line", "status"], |status| status["state"] == "held");
        assert_eq!(taskline.run(&["held", "skip", "--yes", "--reason", "a test"]).code, 0);
        let held = taskline.submit("held");
        taskline.submit("behind");
        taskline.until(&["line", "status"], |status| status["held_at"] == held.as_str());
        for title in ["dead", "held"] {
            receiver.answer(title, StatusCode::OK);
        }
        let file = taskline.file("task.json", &task("repaired"));
        Self { taskline, dead, held, file, _receiver: receiver, _running: running }
    }

    /// Fills a command in and runs it.
    fn run(&self, line: &Line, more: &[&str]) {
        let [program, noun, ..] = line.as_slice() else { panic!("{line:?} is not a command") };
        assert_eq!(program, "taskline", "{line:?}");
        let stack = line.windows(2).position(|pair| pair == ["--stack", "NAME"]);
        let stack = stack.unwrap_or_else(|| panic!("{line:?} names no pipeline"));
        let words = line[1..stack].iter().chain(&line[stack + 2..]);
        let filled = words.map(|word| match word.as_str() {
            "ID" if noun == "held" => &self.held,
            "ID" => &self.dead,
            "CODE" => "http_500",
            "task.json" => &self.file,
            word => word,
        });
        let printed = self.taskline.run(&filled.chain(more.iter().copied()).collect::<Vec<_>>());
        assert_eq!(printed.code, 0, "{line:?}: {}{}", printed.out, printed.err);
    }

    fn records(&self) -> [Value; 2] {
        [self.taskline.status_of(&self.dead), self.taskline.status_of(&self.held)]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_runbook_runs_as_written_and_changes_no_task_without_confirmation() {
    let fixture = Fixture::start().await;
    let before = fixture.records();
    let commands = commands();
    assert!(commands.len() > 25, "only {} commands were found", commands.len());
    for line in &commands {
        fixture.run(line, &[]);
    }
    assert_eq!(fixture.records(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_the_runbook_is_made_with_confirmation() {
    let commands = commands();
    for change in CHANGES {
        let (noun, verb) = change.split_once(' ').unwrap();
        let line = commands.iter().find(|line| line[1..3] == [noun, verb]);
        let fixture = Fixture::start().await;
        fixture.run(line.unwrap_or_else(|| panic!("the runbook has no `{change}`")), &["--yes"]);
        let id = if noun == "held" { &fixture.held } else { &fixture.dead };
        let done = |task: &Value| match verb {
            // Behind the task at which the line is held.
            "redrive" => task["status"] == "accepted" && task["generation"] == 1,
            "amend" => task["amended_at"].is_string(),
            "discard" => task["status"] == "discarded",
            "resume" => task["status"] == "completed",
            "skip" => task["status"] == "dead_lettered",
            _ => panic!("`{change}` has no expected result"),
        };
        fixture.taskline.until(&["task", "show", id], done);
    }
}
