//! What a command does, and its exit code, don't depend on whether anyone reads its output.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, pipe},
    process::Stdio,
};

use axum::http::StatusCode;

use crate::{
    receiver::Receiver,
    taskline::{Printed, Running, Taskline, task},
};

const REASON: [&str; 2] = ["--reason", "a test"];

/// Runs the command while nobody reads its stdout: `| true`.
pub fn unread(taskline: &Taskline, arguments: &[&str]) -> Printed {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut command = taskline.command(arguments);
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    child.wait_with_output().unwrap().into()
}

/// A pipeline with dead letters of these titles.
async fn with_dead(titles: &[&str]) -> (Receiver, Taskline, Running, Vec<String>) {
    let receiver = Receiver::start().await;
    titles.iter().for_each(|title| receiver.answer(title, StatusCode::UNPROCESSABLE_ENTITY));
    let taskline = receiver.taskline();
    let running = taskline.start();
    let ids = titles.iter().map(|title| taskline.submit(title)).collect();
    taskline.until_idle();
    (receiver, taskline, running, ids)
}

#[test]
fn a_whole_file_is_submitted_though_nobody_reads_the_ids() {
    for format in [&[][..], &["--json"]] {
        let taskline = Taskline::new();
        taskline.start().terminate();
        let lines: String = (0..300).map(|number| task(&format!("task {number}")) + "\n").collect();
        let file = taskline.file("tasks.jsonl", &lines);
        let output = unread(&taskline, &[&["submit", &file], format].concat());
        assert_eq!(output.code, 0, "{}", output.err);
        assert_eq!(taskline.json(&["line", "status"])["waiting"], 300);
        let broken = taskline.file("broken.jsonl", &format!("{}\n{{}}\n", task("one")));
        let output = unread(&taskline, &[&["submit", &broken], format].concat());
        assert_eq!(output.code, 1, "{}", output.err);
        assert!(output.err.contains("line 2"), "{}", output.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_with_yes_are_made_though_nobody_reads_the_preview() {
    let (receiver, taskline, _running, ids) = with_dead(&["a", "b", "c", "d"]).await;
    receiver.answer("a", StatusCode::OK);
    receiver.answer("b", StatusCode::OK);
    let change = |arguments: &[&str]| {
        let output = unread(&taskline, &[&["dead-letters"], arguments, &["--yes"], &REASON].concat());
        assert_eq!(output.code, 0, "{arguments:?}: {}", output.err);
    };
    change(&["redrive", "--force", &ids[0]]);
    change(&["redrive", "--force", "--json", &ids[1]]);
    change(&["discard", &ids[2]]);
    change(&["discard", "--json", &ids[3]]);
    taskline.until_idle();
    let ends = ids.iter().map(|id| taskline.status_of(id)["status"].clone());
    assert_eq!(ends.collect::<Vec<_>>(), ["completed", "completed", "discarded", "discarded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_held_task_is_resumed_though_nobody_reads_the_preview() {
    let receiver = Receiver::start().await;
    receiver.answer("first", StatusCode::UNPROCESSABLE_ENTITY);
    let taskline = receiver.taskline().with("FAILURE_POLICY", "hold");
    let _running = taskline.start();
    let id = taskline.submit("first");
    taskline.until(&["line", "status"], |status| status["state"] == "held");
    let output = unread(&taskline, &[&["held", "discard", "--yes"], &REASON[..]].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    assert_eq!(taskline.status_of(&id)["status"], "discarded");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_reports_the_verdict_though_nobody_reads_it() {
    let receiver = Receiver::start().await;
    receiver.answer("taskline smoke", StatusCode::UNPROCESSABLE_ENTITY);
    let taskline = receiver.taskline();
    let running = taskline.start();
    assert_eq!(unread(&taskline, &["smoke"]).code, 1);
    receiver.answer("taskline smoke", StatusCode::OK);
    assert_eq!(unread(&taskline, &["smoke"]).code, 0);
    assert_eq!(unread(&taskline, &["verify"]).code, 0);
    running.terminate();
    assert_eq!(unread(&taskline, &["smoke", "--json"]).code, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_nobody_reads_succeeds_without_an_error() {
    let (_receiver, taskline, _running, ids) = with_dead(&["a"]).await;
    for arguments in [
        &["dead-letters", "list"][..],
        &["dead-letters", "show", &ids[0]],
        &["task", "show", &ids[0], "--watch"],
        &["line", "status"],
        &[],
    ] {
        let output = unread(&taskline, arguments);
        assert_eq!((output.code, output.err.as_str()), (0, ""), "{arguments:?}");
    }
}

/// Also if nothing changes that would be printed.
#[test]
fn watch_ends_when_its_reader_closes() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    let id = taskline.submit("waits");
    for arguments in [&["line", "status", "--watch", "--json"][..], &["task", "show", &id, "--watch"]] {
        let mut command = taskline.command(arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut shown = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut shown).unwrap();
        assert!(!shown.is_empty());
        let watching = Running { child, url: String::new(), console: String::new() };
        assert!(watching.ended().success(), "{arguments:?}");
    }
}

#[test]
fn watch_continues_when_its_output_goes_to_a_file() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    let path = taskline.file("shown", "");
    let mut command = taskline.command(&["line", "status", "--watch", "--json"]);
    let child = command.stdin(Stdio::null()).stdout(File::create(&path).unwrap()).spawn().unwrap();
    let mut watching = Running { child, url: String::new(), console: String::new() };
    let shown = || fs::read_to_string(&path).unwrap();
    let until = |what: &str| taskline.until(&["line", "status"], |_| shown().contains(what));
    until(r#""paused":false"#);
    taskline.run(&[&["line", "pause"], &REASON[..]].concat());
    until(r#""paused":true"#);
    assert_eq!(watching.child.try_wait().unwrap(), None, "{}", shown());
}
