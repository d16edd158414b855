//! A stop leaves one file with all data, whatever caused the stop.

use std::{
    fs,
    process::{Command, Stdio},
    sync::mpsc,
};

use axum::http::StatusCode;
use shared::Status;

use crate::{
    data::Data,
    receiver::Receiver,
    request::{post, wait},
    taskline::{Running, Taskline},
};

fn signal(name: &str, running: &Running) {
    let kill = format!("kill -{name} {}", running.child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

fn files(taskline: &Taskline) -> Vec<String> {
    let entries = fs::read_dir(taskline.data()).unwrap();
    let mut names: Vec<_> = entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Copies the database file alone.
fn copied_alone(taskline: &Taskline) -> Taskline {
    let copy = Taskline::new();
    fs::create_dir(copy.data()).unwrap();
    fs::copy(taskline.data().join("taskline.db"), copy.data().join("taskline.db")).unwrap();
    copy
}

#[test]
fn a_clean_stop_leaves_all_data_in_one_file() {
    let taskline = Taskline::new();
    let running = taskline.start();
    for title in ["a", "b", "c"] {
        assert_eq!(post(&running.url, title, None).unwrap().status, StatusCode::ACCEPTED);
    }
    assert_eq!(running.terminate(), 0);
    assert_eq!(files(&taskline), ["taskline.db", "taskline.lock"]);
    taskline.submit("d");
    assert_eq!(files(&taskline), ["taskline.db", "taskline.lock"], "a command leaves the same files");
    let titles = wait(Data::of(&copied_alone(&taskline)).records()).len();
    assert_eq!(titles, 4);
}

/// Starts a pipeline that delivers a task to a receiver which doesn't answer yet. The sender lets the receiver
/// answer.
fn with_a_task_in_progress(receiver: &Receiver, taskline: &Taskline) -> (Running, mpsc::Sender<()>) {
    let (called, is_called) = mpsc::channel();
    let (answer, may_answer) = mpsc::channel();
    receiver.on_call(move |_| {
        called.send(()).unwrap();
        tokio::task::block_in_place(|| may_answer.recv().unwrap());
    });
    let running = taskline.start();
    assert_eq!(post(&running.url, "in progress", None).unwrap().status, StatusCode::ACCEPTED);
    is_called.recv().unwrap();
    (running, answer)
}

#[test]
fn every_stop_signal_lets_the_task_in_progress_finish() {
    for name in ["TERM", "INT", "HUP"] {
        let receiver = wait(Receiver::start());
        let taskline = receiver.taskline();
        let (running, answer) = with_a_task_in_progress(&receiver, &taskline);
        signal(name, &running);
        answer.send(()).unwrap();
        assert_eq!(running.ended().code(), Some(0), "SIG{name}");
        let record = wait(Data::of(&taskline).titled("in progress")).unwrap();
        assert_eq!((record.status, record.attempt), (Status::Completed, 1), "SIG{name}");
        assert_eq!(receiver.titles().len(), 1, "SIG{name}");
    }
}

#[test]
fn under_nohup_a_closed_terminal_does_not_stop_the_pipeline() {
    let taskline = Taskline::new();
    let local = taskline.command(&["--json", "local", "--listen", "127.0.0.1:0"]);
    let mut nohup = Command::new("nohup");
    nohup.arg(local.get_program()).args(local.get_args()).stderr(Stdio::null());
    let running = taskline.try_start(&mut nohup).unwrap();
    signal("HUP", &running);
    for title in ["a", "b"] {
        assert_eq!(post(&running.url, title, None).unwrap().status, StatusCode::ACCEPTED);
    }
    assert_eq!(running.terminate(), 0);
}
