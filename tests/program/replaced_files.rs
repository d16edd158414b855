//! A file of the data is removed, moved or replaced while the pipeline runs: the pipeline accepts nothing into a lost
//! file, names the file, and ends.

use std::{fs, path::Path, process::Command};

use axum::http::StatusCode;

use crate::{
    data::Data,
    request::{post, wait},
    taskline::{Running, Taskline},
};

/// As another process would: this one must not open files that its own SQLite may have open.
fn shell(folder: &Path, script: &str) {
    let done = Command::new("sh").args(["-ec", script]).current_dir(folder).status().unwrap();
    assert!(done.success(), "{script}");
}

const CHANGES: [(&str, &str, &str); 10] = [
    ("rm data/taskline.db", "data/taskline.db", "removed"),
    ("rm data/taskline.db-wal", "data/taskline.db-wal", "removed"),
    ("rm data/taskline.db-shm", "data/taskline.db-shm", "removed"),
    ("rm data/taskline.lock", "data/taskline.lock", "removed"),
    ("rm -r data", "data/taskline.db", "removed"),
    ("mv data elsewhere", "data/taskline.db", "removed"),
    ("mv data elsewhere; cp -r elsewhere data", "data/taskline.db", "replaced"),
    ("cp data/taskline.db copy; mv copy data/taskline.db", "data/taskline.db", "replaced"),
    ("cp data/taskline.db-wal copy; mv copy data/taskline.db-wal", "data/taskline.db-wal", "replaced"),
    ("rm -r data; touch data", "data/taskline.db", "removed"),
];

fn is_not_accepted(running: &Running) {
    // The pipeline may have ended already.
    if let Some(answer) = post(&running.url, "into nothing", None) {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
    }
}

#[test]
fn a_pipeline_whose_files_are_removed_moved_or_replaced_accepts_nothing_more_and_ends() {
    for (script, file, what) in CHANGES {
        let taskline = Taskline::new();
        let running = taskline.start();
        assert_eq!(post(&running.url, "before", None).unwrap().status, StatusCode::ACCEPTED);
        // The process is stopped meanwhile, so that it can't see an intermediate state.
        let process = running.child.id();
        shell(
            taskline.data().parent().unwrap(),
            &format!("kill -STOP {process}; {script}; kill -CONT {process}"),
        );
        is_not_accepted(&running);
        assert_eq!(running.ended().code(), Some(1), "{script}: {}", taskline.log());
        let log = taskline.log();
        assert!(log.contains(&format!("{file} was {what}")), "{script}: {log}");
    }
}

#[test]
fn an_idle_pipeline_notices_replaced_files() {
    let taskline = Taskline::new();
    let running = taskline.start();
    shell(taskline.data().parent().unwrap(), "mv data elsewhere");
    assert_eq!(running.ended().code(), Some(1));
}

#[test]
fn a_moved_folder_contains_the_tasks_accepted_before_the_move() {
    let taskline = Taskline::new();
    let running = taskline.start();
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    assert_eq!(post(&running.url, "before", None).unwrap().status, StatusCode::ACCEPTED);
    let folder = taskline.data().parent().unwrap().to_owned();
    shell(&folder, "mv data elsewhere");
    running.ended();
    shell(&folder, "mv elsewhere data");
    assert!(wait(Data::of(&taskline).titled("before")).is_some());
    assert_eq!(wait(Data::of(&taskline).line()).waiting, 1);
}

/// The process still has the log open, so no accepted task is lost with its name.
#[test]
fn tasks_accepted_before_the_log_was_removed_are_in_the_database() {
    for removed in ["data/taskline.db-wal", "data/taskline.db-wal data/taskline.db-shm"] {
        let taskline = Taskline::new();
        let running = taskline.start();
        assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
        for title in ["one", "two"] {
            assert_eq!(post(&running.url, title, None).unwrap().status, StatusCode::ACCEPTED);
        }
        shell(taskline.data().parent().unwrap(), &format!("rm {removed}"));
        assert_eq!(running.ended().code(), Some(1));
        assert_eq!(wait(Data::of(&taskline).line()).waiting, 2, "{removed}");
    }
}

/// The log of the moved database belongs to no database that replaces it.
#[test]
fn a_pipeline_that_ends_does_not_touch_the_log_of_another_database_at_its_path() {
    let taskline = Taskline::new();
    let first = taskline.start();
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    let folder = taskline.data().parent().unwrap().to_owned();
    shell(&folder, &format!("kill -STOP {}; mv data elsewhere", first.child.id()));
    let second = taskline.start();
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    assert_eq!(post(&second.url, "in the second", None).unwrap().status, StatusCode::ACCEPTED);
    shell(&folder, &format!("kill -CONT {}", first.child.id()));
    assert_eq!(first.ended().code(), Some(1));
    second.kill();
    assert!(wait(Data::of(&taskline).titled("in the second")).is_some());
}

#[test]
fn a_second_pipeline_does_not_start_when_the_lock_file_was_removed() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let stopped = format!("kill -STOP {}; rm data/taskline.lock", running.child.id());
    shell(taskline.data().parent().unwrap(), &stopped);
    let second = taskline.run(&["local", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, 1);
    assert!(second.err.contains("another `taskline local` already runs on"), "{}", second.err);
    running.kill();
}

#[test]
fn a_new_database_does_not_use_a_log_without_its_database() {
    let taskline = Taskline::new();
    let running = taskline.start();
    assert_eq!(post(&running.url, "before", None).unwrap().status, StatusCode::ACCEPTED);
    running.kill();
    let database = taskline.data().join("taskline.db");
    fs::rename(&database, taskline.data().join("moved.db")).unwrap();
    let output = taskline.run(&["local", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.code, 1);
    assert!(output.err.contains("taskline.db-wal"), "{}", output.err);
    assert!(!database.exists());
    fs::rename(taskline.data().join("moved.db"), &database).unwrap();
    assert!(wait(Data::of(&taskline).titled("before")).is_some());
}
