//! A run for the unit tests.

use std::{fs, path::Path, sync::Arc, time::Duration};

use processor::{Report, Run, TaskData};
use serde_json::{Map, Value};
use shared::{Caller, SequenceNumber, TaskId, TraceContext, ports::Clock, sanitise, validate};
use system::SystemClock;
use tokio_util::sync::CancellationToken;

use crate::{CommandLine, CommandOptions, Environment};

pub(crate) fn run(title: &str) -> Run {
    let body = serde_json::json!({"title": title, "description": "Two cups each", "priority": "low"});
    run_of(&body.to_string())
}

/// A run of the task that a request with this body submits.
pub(crate) fn run_of(body: &str) -> Run {
    let task = sanitise(validate(body.as_bytes()).unwrap()).unwrap();
    let traceparent = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    Run {
        task_id: TaskId::fresh("2026-11-27T15:09:12Z".parse().unwrap(), &[7; 10]),
        task,
        attempt: 1,
        generation: 0,
        sequence_number: SequenceNumber::new(7),
        submitted_by: Caller::local(),
        trace: TraceContext::read([&traceparent[..]], [&b"a=1"[..]]),
        deadline: SystemClock::default().now() + Duration::from_secs(60),
        cancellation: CancellationToken::new(),
        report: Report::default(),
    }
}

pub(crate) fn data(run: &Run) -> Map<String, Value> {
    let data = serde_json::to_string(&TaskData::of(run)).unwrap();
    serde_json::from_str(&data).unwrap()
}

/// Options for a script of the shell, whose `$1` is a folder of the test.
pub(crate) fn options(script: &str, folder: &Path) -> CommandOptions {
    let words = ["/bin/sh", "-c", script, "sh", folder.to_str().unwrap()];
    let command = shlex::try_join(words).unwrap();
    CommandOptions {
        command: CommandLine::parse(&command, None).unwrap(),
        environment: Environment::inherited(std::env::vars_os()),
        version: None,
        handler_timeout: Duration::from_secs(60),
        clock: Arc::new(SystemClock::default()),
        turn: crate::Turn::new(folder.join("programs.lock")),
    }
}

/// Whether a process with this number runs. One that was killed and isn't reaped yet has no program any more.
pub(crate) fn is_alive(pid: &str) -> bool {
    fs::read_link(format!("/proc/{}/exe", pid.trim())).is_ok()
}

pub(crate) async fn until(what: &str, is_true: impl Fn() -> bool) {
    let wait = async {
        while !is_true() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.unwrap_or_else(|_| panic!("waited for {what}"));
}
