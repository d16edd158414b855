//! A disk that is full, or that takes nothing any more, while the pipeline runs: who submits is told to come again, the
//! log says why, nothing that was answered is lost, and it goes on by itself once it can.
//!
//! The kernel's own limit on the size of files makes every disk a full one, wherever the tests run and as whomever. What
//! then fails is the write itself (EFBIG), which SQLite takes as it takes a disk that became read-only.

use std::{fs, process::Command};

use axum::http::StatusCode;
use harness::eventually;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use shared::{Status, ports::Depth};

use crate::{
    data::Data,
    receiver::Receiver,
    request::{get, post, wait},
    taskline::{Running, Taskline},
};

const SERVE: [&str; 4] = ["--json", "local", "--listen", "127.0.0.1:0"];

/// As `command`, in a process that learns of the limit by its write's failure and not by a signal. `first` is done by the
/// shell that becomes it.
fn told_of_the_limit(first: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' XFSZ; {first}; exec \"$@\""), "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

fn start(taskline: &Taskline) -> Running {
    let mut command = told_of_the_limit(":", &taskline.command(&SERVE));
    taskline.try_start(&mut command).unwrap_or_else(|ended| panic!("{ended}: {}", taskline.log()))
}

/// No file can be written beyond `bytes`; without, there is space again.
fn limit(running: &Running, bytes: Option<u64>) {
    let pid = Pid::from_raw(running.child.id().try_into().unwrap());
    prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

fn id_of(running: &Running, title: &str) -> String {
    let answer = post(&running.url, title, Some(&title.replace(' ', "-"))).unwrap();
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    answer.body["task_id"].as_str().unwrap().to_owned()
}

fn is_told_to_come_again(running: &Running, title: &str, key: Option<&str>) {
    let answer = post(&running.url, title, key).unwrap();
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
    assert!(answer.retry_after.is_some());
    assert!(!answer.body.to_string().contains("disk"), "callers need not know: {}", answer.body);
}

fn until_completed(taskline: &Taskline, titles: &[&str]) {
    let data = Data::of(taskline);
    wait(eventually(|| data.line(), |depth| *depth == Depth::default()));
    for title in titles {
        assert_eq!(wait(data.titled(title)).map(|record| record.status), Some(Status::Completed), "{title}");
    }
}

#[test]
fn a_full_disk_loses_nothing_and_it_goes_on_once_there_is_space() {
    let receiver = wait(Receiver::start());
    let taskline = receiver.taskline();
    let running = start(&taskline);
    let before = id_of(&running, "before");
    until_completed(&taskline, &["before"]);
    assert_eq!(taskline.run(&["line", "pause"]).code, 0);
    let waiting = id_of(&running, "waiting");

    let log_bytes = fs::metadata(taskline.data().join("taskline.db-wal")).unwrap().len();
    limit(&running, Some(log_bytes));
    // Somebody else, who has space, lets the line go: its worker has none.
    assert_eq!(taskline.run(&["line", "resume"]).code, 0);
    for _ in 0..3 {
        is_told_to_come_again(&running, "refused", Some("refused"));
        is_told_to_come_again(&running, "refused without a key", None);
    }
    assert_eq!(get(&running.url, &before).unwrap().body["status"], "completed", "reading goes on");
    assert_eq!(get(&running.url, &waiting).unwrap().body["status"], "accepted");
    let log = taskline.log();
    assert!(log.contains("failed to commit") && log.contains("disk I/O error"), "{log}");
    assert!(log.lines().filter(|line| line.contains("failed to work the line")).count() < 60, "{log}");

    limit(&running, None);
    id_of(&running, "refused");
    until_completed(&taskline, &["before", "waiting", "refused"]);
    assert_eq!(receiver.titles(), ["before", "waiting", "refused"]);
    assert_eq!(running.terminate(), 0);
    let verified = taskline.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.out);
}

#[test]
fn a_disk_that_takes_nothing_any_more_is_answered_with_503_and_neither_a_kill_nor_a_start_loses_anything() {
    let receiver = wait(Receiver::start());
    let taskline = receiver.taskline();
    let running = start(&taskline);
    assert_eq!(taskline.run(&["line", "pause"]).code, 0);
    let waiting = id_of(&running, "waiting");
    limit(&running, Some(0));
    is_told_to_come_again(&running, "refused", Some("refused"));
    assert_eq!(get(&running.url, &waiting).unwrap().body["status"], "accepted", "reading goes on");
    // Its log could not be written either, and it goes on all the same.
    limit(&running, None);
    id_of(&running, "accepted between");
    limit(&running, Some(0));
    is_told_to_come_again(&running, "refused", Some("refused"));
    running.kill();

    let serve = taskline.command(&SERVE);
    let said = told_of_the_limit("ulimit -S -f 0", &serve).output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("disk I/O error"), "{said}");

    let running = start(&taskline);
    assert_eq!(taskline.run(&["line", "resume"]).code, 0);
    id_of(&running, "refused");
    until_completed(&taskline, &["waiting", "accepted between", "refused"]);
    assert_eq!(running.terminate(), 0);
}
