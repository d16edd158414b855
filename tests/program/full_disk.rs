//! A disk that becomes full or read-only while the pipeline runs: callers get 503, the log gives the reason, no
//! answered task is lost, and the pipeline continues automatically once it can write.
//!
//! The kernel's limit on the size of files simulates a full disk on any machine and for any user. The write itself
//! then fails (EFBIG), which SQLite treats like a disk that became read-only. A small mounted disk is tested too
//! (ENOSPC) where the tests may mount one; elsewhere they report that on stderr, past Cargo's capture.

use std::{
    fs,
    io::{self, Write},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

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

const PATIENCE: Duration = Duration::from_secs(60);

/// The same command, in a process whose write fails at the limit instead of a signal that ends it. The shell that
/// becomes the process runs `first`.
fn with_failing_writes(first: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' XFSZ; {first}; exec \"$@\""), "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

fn start(taskline: &Taskline) -> Running {
    let mut command = with_failing_writes(":", &taskline.command(&SERVE));
    taskline.try_start(&mut command).unwrap_or_else(|ended| panic!("{ended}: {}", taskline.log()))
}

/// Limits files to `bytes`; None removes the limit.
fn limit(running: &Running, bytes: Option<u64>) {
    limit_process(running.child.id(), bytes);
}

fn limit_process(id: u32, bytes: Option<u64>) {
    let pid = Pid::from_raw(id.try_into().unwrap());
    prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

fn id_of(running: &Running, title: &str) -> String {
    let answer = post(&running.url, title, Some(&title.replace(' ', "-"))).unwrap();
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    answer.body["task_id"].as_str().unwrap().to_owned()
}

fn assert_refused_with_retry_after(running: &Running, title: &str, key: Option<&str>) {
    let answer = post(&running.url, title, key).unwrap();
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
    assert!(answer.retry_after.is_some());
    assert!(!answer.body.to_string().contains("disk"), "the answer names no internals: {}", answer.body);
}

fn until_completed(taskline: &Taskline, titles: &[&str]) {
    let data = Data::of(taskline);
    wait(eventually(|| data.line(), |depth| *depth == Depth::default()));
    for title in titles {
        assert_eq!(wait(data.titled(title)).map(|record| record.status), Some(Status::Completed), "{title}");
    }
}

/// For data that can't be opened from here.
fn until_the_api_reports_completed(running: &Running, id: &str) {
    let started = Instant::now();
    while get(&running.url, id).unwrap().body["status"] != "completed" {
        assert!(started.elapsed() < PATIENCE, "{id} is not completed");
    }
}

#[test]
fn a_full_disk_loses_nothing_and_the_pipeline_continues_once_there_is_space() {
    let receiver = wait(Receiver::start());
    let taskline = receiver.taskline();
    let running = start(&taskline);
    let before = id_of(&running, "before");
    until_completed(&taskline, &["before"]);
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    let waiting = id_of(&running, "waiting");

    let log_bytes = fs::metadata(taskline.data().join("taskline.db-wal")).unwrap().len();
    limit(&running, Some(log_bytes));
    // Another process, which has space, resumes the line: the worker has none.
    assert_eq!(taskline.run(&["line", "resume", "--reason", "a test"]).code, 0);
    for _ in 0..3 {
        assert_refused_with_retry_after(&running, "refused", Some("refused"));
        assert_refused_with_retry_after(&running, "refused without a key", None);
    }
    assert_eq!(get(&running.url, &before).unwrap().body["status"], "completed", "reading still works");
    assert_eq!(get(&running.url, &waiting).unwrap().body["status"], "accepted");
    let log = taskline.log();
    assert!(log.contains("failed to commit") && log.contains("disk I/O error"), "{log}");
    assert!(
        log.lines().filter(|line| line.contains("failed to receive from the line")).count() < 60,
        "{log}"
    );

    limit(&running, None);
    id_of(&running, "refused");
    until_completed(&taskline, &["before", "waiting", "refused"]);
    assert_eq!(receiver.titles(), ["before", "waiting", "refused"]);
    assert_eq!(running.terminate(), 0);
    let verified = taskline.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.out);
}

#[test]
fn a_read_only_disk_is_answered_with_503_and_neither_a_kill_nor_a_start_loses_a_task() {
    let receiver = wait(Receiver::start());
    let taskline = receiver.taskline();
    let running = start(&taskline);
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    let waiting = id_of(&running, "waiting");
    limit(&running, Some(0));
    assert_refused_with_retry_after(&running, "refused", Some("refused"));
    assert_eq!(get(&running.url, &waiting).unwrap().body["status"], "accepted", "reading still works");
    // The log could not be written either, and the pipeline continues.
    limit(&running, None);
    id_of(&running, "accepted between");
    limit(&running, Some(0));
    assert_refused_with_retry_after(&running, "refused", Some("refused"));
    running.kill();

    let serve = taskline.command(&SERVE);
    let output = with_failing_writes("ulimit -S -f 0", &serve).output().unwrap();
    let output = String::from_utf8(output.stderr).unwrap();
    assert!(output.contains("disk I/O error"), "{output}");

    let running = start(&taskline);
    assert_eq!(taskline.run(&["line", "resume", "--reason", "a test"]).code, 0);
    id_of(&running, "refused");
    until_completed(&taskline, &["waiting", "accepted between", "refused"]);
    assert_eq!(running.terminate(), 0);
}

/// Neither the end of the task nor the visibility of its message can be recorded. Waiting for the lease would take
/// much longer than a test.
#[test]
fn a_task_in_progress_on_a_full_disk_is_handled_again_once_there_is_space() {
    let receiver = wait(Receiver::start());
    let taskline = receiver.taskline().with("HANDLER_TIMEOUT_SECONDS", "840");
    let running = start(&taskline);
    let (log_file, process) = (taskline.data().join("taskline.db-wal"), running.child.id());
    receiver.on_call(move |_| limit_process(process, Some(fs::metadata(&log_file).unwrap().len())));
    id_of(&running, "in progress");
    wait(eventually(|| async { taskline.log() }, |log| log.contains("failed to settle a message")));
    receiver.on_call(|_| {});
    limit(&running, None);
    id_of(&running, "behind it");
    until_completed(&taskline, &["in progress", "behind it"]);
    assert_eq!(receiver.titles(), ["in progress", "in progress", "behind it"]);
    assert_eq!(running.terminate(), 0);
    assert_eq!(taskline.run(&["verify"]).code, 0);
}

/// The same command, with a mounted disk of 2 MiB at `place`.
fn on_a_small_disk(place: &Path, command: &Command) -> Command {
    let mut apart = Command::new("unshare");
    apart.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    apart.args(["mount -t tmpfs -o size=2m tmpfs \"$0\" && exec \"$@\""]).arg(place);
    apart.arg(command.get_program()).args(command.get_args());
    apart.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    apart
}

#[test]
fn a_full_mounted_disk_is_named_in_the_log_and_nothing_is_lost() {
    let receiver = wait(Receiver::start());
    let taskline = receiver.taskline();
    fs::create_dir(taskline.data()).unwrap();
    let is_allowed = on_a_small_disk(&taskline.data(), &Command::new("true")).output();
    if !is_allowed.is_ok_and(|output| output.status.success()) {
        writeln!(io::stderr(), "NOT TESTED: a small disk, which can't be mounted here").unwrap();
        return;
    }
    let mut serve = on_a_small_disk(&taskline.data(), &taskline.command(&SERVE));
    let running =
        taskline.try_start(&mut serve).unwrap_or_else(|ended| panic!("{ended}: {}", taskline.log()));
    let before = id_of(&running, "before");
    until_the_api_reports_completed(&running, &before);

    // The disk, as a process in its mount namespace sees it.
    let root = format!("/proc/{}/root{}", running.child.id(), taskline.data().display());
    let ballast = Path::new(&root).join("ballast");
    let mut file = fs::File::create(&ballast).unwrap();
    let full = std::iter::repeat_with(|| file.write_all(&[0; 4096])).find_map(Result::err).unwrap();
    assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    assert_refused_with_retry_after(&running, "refused", Some("refused"));
    assert!(taskline.log().contains("database or disk is full"), "{}", taskline.log());

    fs::remove_file(&ballast).unwrap();
    drop(file);
    let refused = id_of(&running, "refused");
    until_the_api_reports_completed(&running, &refused);
    assert_eq!(receiver.titles(), ["before", "refused"]);
    assert_eq!(running.terminate(), 0);
}
