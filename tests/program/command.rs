//! Programs as handlers: one process for each task, with the real pipeline.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

use serde_json::Value;
use shared::{FailureClass, Status, TaskRecord};

use crate::{
    data::Data,
    request::wait,
    settings::banner,
    taskline::{Running, Taskline, task},
};

/// A pipeline whose handler is this text of Python.
pub struct Fixture {
    pub taskline: Taskline,
    handler: String,
}

impl Fixture {
    pub fn new(python: &str) -> Self {
        let taskline = Taskline::new();
        let handler = format!("/usr/bin/env python3 '{}'", taskline.file("handle.py", python));
        let settings = [("PATH", env!("PATH")), ("RETRY_MAX_SECONDS", "1")];
        let taskline = settings.into_iter().fold(taskline, |it, (name, value)| it.with(name, value));
        Self { taskline, handler }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.taskline = self.taskline.with(name, value);
        self
    }

    pub fn start(&self) -> Running {
        self.taskline.start_with(&["local", "--listen", "127.0.0.1:0", "--handler", &self.handler])
    }

    /// Submits tasks, in this order.
    pub fn submit(&self, titles: &[&str]) {
        let tasks: String = titles.iter().map(|title| task(title) + "\n").collect();
        let printed = self.taskline.run_with_input(&["submit"], &tasks);
        assert_eq!(printed.code, 0, "{}", printed.err);
    }

    pub fn record(&self, title: &str) -> TaskRecord {
        wait(Data::of(&self.taskline).titled(title)).unwrap()
    }

    /// The lines that the handler wrote to the file `log.txt`.
    pub fn lines(&self) -> Vec<String> {
        let file = self.taskline.data().parent().unwrap().join("log.txt");
        fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    pub fn until_lines(&self, count: usize) {
        self.taskline.until(&["line", "status"], |_| self.lines().len() >= count);
    }
}

/// Ends like the title of its task says, and notes what it was given.
const BY_TITLE: &str = r#"
import json, os, signal, sys
task = json.loads(sys.stdin.read())
with open("log.txt", "a") as log:
    print(task["title"], task["attempt"], os.environ["TASKLINE_SEQUENCE_NUMBER"], file=log)
if task["title"] == "crashes":
    os.kill(os.getpid(), signal.SIGSEGV)
if task["title"] == "refused":
    sys.exit("there is no cat\033[31m here")
if task["title"] == "later" and task["attempt"] < 3:
    sys.exit(75)
print(json.dumps({"length": len(task["title"])}))
"#;

#[test]
fn tasks_are_handled_in_order_and_outcomes_are_recorded() {
    let fixture = Fixture::new(BY_TITLE).with("ATTEMPT_BUDGET", "3").with("TASKLINE_HANDLER_VERSION", "v7");
    let running = fixture.start();
    fixture.submit(&["first", "later", "refused", "crashes", "last"]);
    fixture.taskline.until_idle();
    let expected = [
        "first 1 1",
        "later 1 2",
        "later 2 2",
        "later 3 2",
        "refused 1 3",
        "crashes 1 4",
        "crashes 2 4",
        "crashes 3 4",
        "last 1 5",
    ];
    assert_eq!(fixture.lines(), expected);
    assert_eq!(running.terminate(), 0);

    let first = fixture.record("first");
    assert_eq!(first.status, Status::Completed);
    assert_eq!(first.result.unwrap().as_str(), r#"{"length": 5}"#);
    let codes = |record: &TaskRecord| {
        let codes = record.failures.iter().map(|failure| failure.code.clone());
        (record.status, codes.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(codes(&fixture.record("later")), (Status::Completed, "exit_75 exit_75".to_owned()));
    let refused = fixture.record("refused");
    assert_eq!(codes(&refused), (Status::DeadLettered, "exit_1".to_owned()));
    assert_eq!(refused.failures[0].answer.as_deref(), Some("there is no cat here"));
    let version = format!("{:?}", refused.failures[0].handler_version);
    assert_eq!(version, r#"Some(Reported("v7"))"#);
    let crashes = fixture.record("crashes");
    assert!(crashes.failures.iter().all(|failure| failure.class == FailureClass::Crashed));
    assert_eq!(codes(&crashes).1, ["killed_by_SIGSEGV"; 3].join(" "));

    let shown = fixture.taskline.run(&["task", "show", &refused.task_id.to_string()]);
    assert!(shown.out.contains("there is no cat here"), "{}", shown.out);
    let log = fixture.taskline.log();
    assert!(!log.contains("cat") && !log.contains("refused") && !log.contains("length"), "{log}");
    assert_eq!(fixture.taskline.run(&["verify"]).code, 0);
}

const SERVER: &str = r#"
import json, os, sys
with open("log.txt", "a") as log:
    print("start", file=log)
for line in sys.stdin:
    task = json.loads(line)
    with open("log.txt", "a") as log:
        print(task["title"], task["attempt"], file=log)
    if task["title"] == "crashes":
        os.abort()
    answer = {"task_id": task["task_id"], "attempt": task["attempt"], "outcome": "completed"}
    if task["title"] == "refused":
        answer |= {"outcome": "permanent", "code": "no_cat", "message": "there is no cat here"}
    print(json.dumps(answer), flush=True)
with open("log.txt", "a") as log:
    print("end", file=log)
"#;

#[test]
fn a_server_handles_tasks_in_order_is_started_again_after_a_crash_and_sees_the_end() {
    let fixture = Fixture::new(SERVER).with("ATTEMPT_BUDGET", "2");
    let arguments = ["local", "--listen", "127.0.0.1:0", "--handler-server", &fixture.handler];
    let running = fixture.taskline.start_with(&arguments);
    fixture.submit(&["first", "refused", "crashes", "last"]);
    fixture.taskline.until_idle();
    assert_eq!(running.terminate(), 0);
    let expected =
        ["start", "first 1", "refused 1", "crashes 1", "start", "crashes 2", "start", "last 1", "end"];
    assert_eq!(fixture.lines(), expected);
    let refused = fixture.record("refused");
    let failure = &refused.failures[0];
    assert_eq!((&*failure.code, &*failure.message), ("no_cat", "there is no cat here"));
    let crashes = fixture.record("crashes");
    assert!(crashes.failures.iter().all(|failure| failure.code == "killed_by_SIGABRT"), "{crashes:?}");
    assert_eq!(crashes.failures.len(), 2);
}

/// Its first attempt ignores SIGTERM and has a child that holds its outputs.
const STUBBORN: &str = r#"
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
# On a busy machine it can take so long to start that its deadline comes first: then the next attempt is the stubborn one.
if not os.path.exists("log.txt"):
    child = subprocess.Popen(["sleep", "1000"])
    with open("pids.txt", "w") as pids:
        print(os.getpid(), child.pid, sep="\n", file=pids)
    os.rename("pids.txt", "log.txt")
    time.sleep(1000)
"#;

/// Whether a process with this number runs. One that was killed and isn't reaped yet has no program any more.
pub fn is_alive(pid: &str) -> bool {
    fs::read_link(format!("/proc/{pid}/exe")).is_ok()
}

#[test]
fn a_program_that_ignores_sigterm_is_killed_after_its_deadline_with_its_children() {
    let fixture = Fixture::new(STUBBORN).with("HANDLER_TIMEOUT_SECONDS", "2").with("ATTEMPT_BUDGET", "20");
    let running = fixture.start();
    fixture.submit(&["stubborn"]);
    fixture.taskline.until_idle();
    let stubborn = fixture.record("stubborn");
    assert_eq!((stubborn.status, stubborn.failures[0].class), (Status::Completed, FailureClass::Overran));
    let pids = fixture.lines();
    assert_eq!(pids.len(), 2);
    assert!(!pids.iter().any(|pid| is_alive(pid)), "{pids:?}");
    assert_eq!(running.terminate(), 0);
}

pub fn signal(name: &str, running: &Running) {
    let kill = format!("kill -{name} {}", running.child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

#[test]
fn a_stop_lets_the_program_finish_and_a_second_ctrl_c_ends_it() {
    let waits = r#"
import os, time
with open("log.txt", "a") as log:
    print(os.getpid(), file=log)
while not os.path.exists("go"):
    time.sleep(0.01)
"#;
    let fixture = Fixture::new(waits);
    let go = fixture.taskline.data().parent().unwrap().join("go");
    let running = fixture.start();
    fixture.submit(&["first", "second"]);
    fixture.until_lines(1);
    signal("TERM", &running);
    // Until it has seen the signal, it would start the second task.
    fixture.taskline.until(&["line", "status"], |_| fixture.taskline.log().contains("Stopping after"));
    fs::write(&go, "").unwrap();
    assert_eq!(running.ended().code(), Some(0));
    assert_eq!((fixture.record("first").status, fixture.lines().len()), (Status::Completed, 1));

    fs::remove_file(go).unwrap();
    let running = fixture.start();
    fixture.until_lines(2);
    signal("INT", &running);
    let stopping = |log: String| log.matches("Stopping after").count() == 2;
    fixture.taskline.until(&["line", "status"], |_| stopping(fixture.taskline.log()));
    signal("INT", &running);
    assert_eq!(running.ended().code(), Some(1));
    assert!(!is_alive(&fixture.lines()[1]));
}

#[test]
fn a_program_that_is_replaced_while_the_pipeline_runs_delays_its_task() {
    let taskline = Taskline::new().with("RETRY_MAX_SECONDS", "1");
    let path = taskline.file("handle", "#!/bin/sh\nexit 0\n");
    let allow = || fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    allow();
    let running = taskline.start_with(&["local", "--listen", "127.0.0.1:0", "--handler", "./handle"]);
    fs::remove_file(&path).unwrap();
    let id = taskline.submit("t");
    let failed = |task: &Value| task["failures"].as_array().is_some_and(|failures| !failures.is_empty());
    let task = taskline.until(&["task", "show", &id], failed);
    assert_eq!(task["failures"][0]["code"], "not_started", "{task}");
    assert_eq!(task["failures"][0]["class"], "unavailable", "{task}");
    taskline.file("handle", "#!/bin/sh\nexit 0\n");
    allow();
    taskline.until(&["task", "show", &id], |task| task["status"] == "completed");
    assert_eq!(running.terminate(), 0);
}

/// Arguments, settings, and a part of the error.
type Refused = (&'static [&'static str], &'static [(&'static str, &'static str)], &'static str);

#[test]
fn a_handler_that_can_not_be_started_is_refused_with_its_flag_or_setting() {
    let both = "--handler and HANDLER_COMMAND both choose the handler";
    let cases: [Refused; 11] = [
        (
            &["--handler", "no-such-program t0ken"],
            &[],
            "--handler names the program no-such-program, which is",
        ),
        (&["--handler", "./missing t0ken"], &[], "/missing, which does not exist"),
        (&["--handler", "python3 -u hanlde.py t0ken"], &[], "/hanlde.py, which does not exist"),
        (&["--handler-server", "node serve.mjs t0ken"], &[], "/serve.mjs, which does not exist"),
        (&["--handler", "sh 't0ken"], &[], "--handler is not complete: a quote is not closed"),
        (&["--handler", "./"], &[], "which is not a file"),
        (&["--handler="], &[], "--handler"),
        (
            &[],
            &[("TASK_HANDLER", "command")],
            "HANDLER_COMMAND or HANDLER_SERVER is required when TASK_HANDLER",
        ),
        (&[], &[("TASK_HANDLER", "command"), ("HANDLER_COMMAND", "/")], "HANDLER_COMMAND names the program"),
        (&["--handler", "sh"], &[("HANDLER_COMMAND", "t0ken")], both),
        (&["--handler", "sh"], &[("TASK_HANDLER", "record")], "--handler and TASK_HANDLER both choose"),
    ];
    for (arguments, settings, wanted) in cases {
        let taskline = settings.iter().fold(Taskline::new(), |it, (name, value)| it.with(name, *value));
        let output = taskline.run(&[&["local", "--listen", "127.0.0.1:0"], arguments].concat());
        assert_eq!(output.code, 2, "{}", output.err);
        assert!(output.err.contains(wanted) && !output.err.contains("t0ken"), "{}", output.err);
        assert!(!taskline.data().exists());
    }
}

#[test]
fn the_start_message_names_the_program_and_no_argument() {
    let taskline = Taskline::new().with("TASK_HANDLER", "command").with("HANDLER_COMMAND", "sh -c t0ken");
    let banner = banner(&mut taskline.command(&["local", "--listen", "127.0.0.1:0"]));
    assert!(banner.contains("/sh (TASK_HANDLER=command)") && !banner.contains("t0ken"), "{banner}");
    let mut json = taskline.command(&["--json", "local", "--listen", "127.0.0.1:0"]);
    let mut running = taskline.try_start(json.stdout(Stdio::piped())).unwrap();
    running.child.kill().unwrap();
}

#[test]
fn a_program_gets_no_secret_of_the_pipeline() {
    let environment = r#"
import os
with open("log.txt", "a") as log:
    for name in sorted(os.environ):
        print(name, file=log)
    print("end", file=log)
"#;
    let fixture =
        Fixture::new(environment).with("TASKLINE_TOKEN", "t0ken").with("TRACEPARENT", "of the start");
    let running = fixture.start();
    fixture.submit(&["t"]);
    fixture.taskline.until_idle();
    let names = fixture.lines();
    for name in ["PATH", "USER", "TASKLINE_TASK_ID", "TASKLINE_ATTEMPT", "TASKLINE_DEADLINE"] {
        assert!(names.iter().any(|it| it == name), "{name}: {names:?}");
    }
    for name in ["TASKLINE_TOKEN", "TRACEPARENT", "TASK_HANDLER", "HANDLER_COMMAND"] {
        assert!(!names.iter().any(|it| it == name), "{name}: {names:?}");
    }
    assert_eq!(running.terminate(), 0);
}
