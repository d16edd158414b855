//! A backup is whole, of one moment, and can be started as a pipeline of its own; it replaces nothing unasked.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    sync::{Mutex, mpsc},
    thread,
};

use axum::http::StatusCode;

use crate::{
    data::Data,
    request::{post, wait},
    taskline::{Said, Taskline},
};

fn back_up(taskline: &Taskline, file: &str, more: &[&str]) -> Said {
    taskline.run(&[&["--json", "backup", file], more].concat())
}

/// As docs/operating.md says it: the backup alone, in a new folder.
fn restored(file: &str) -> Taskline {
    let taskline = Taskline::new();
    fs::create_dir(taskline.data()).unwrap();
    fs::copy(file, taskline.data().join("taskline.db")).unwrap();
    taskline
}

/// Posts until `stop` is told; each title is kept once it is accepted.
fn load(url: &str, accepted: &Mutex<Vec<String>>, enough: &mpsc::Sender<()>, stop: &Mutex<bool>) {
    for number in 0.. {
        let title = format!("task {number}");
        match post(url, &title, None) {
            Some(answer) if answer.status == StatusCode::ACCEPTED => accepted.lock().unwrap().push(title),
            _ => return,
        }
        if number == 50 {
            enough.send(()).unwrap();
        }
        if *stop.lock().unwrap() {
            return;
        }
    }
}

#[test]
fn a_backup_in_the_middle_of_load_has_all_that_was_accepted_before_it_and_works_off_the_rest_in_order() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let file = taskline.file("unused", "").replace("unused", "backup.db");
    let (accepted, stop) = (Mutex::new(Vec::new()), Mutex::new(false));
    let (enough, is_enough) = mpsc::channel();
    let before = thread::scope(|scope| {
        scope.spawn(|| load(&running.url, &accepted, &enough, &stop));
        is_enough.recv().unwrap();
        let before = accepted.lock().unwrap().clone();
        let said = back_up(&taskline, &file, &[]);
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(said.json()["tasks"].as_u64().unwrap() >= before.len() as u64);
        *stop.lock().unwrap() = true;
        before
    });
    running.kill();

    let restored = restored(&file);
    let records = wait(Data::of(&restored).records()).into_values();
    let titles: Vec<_> = records.map(|record| record.task().unwrap().title().to_owned()).collect();
    assert!(before.len() > 50);
    for title in before {
        assert!(titles.contains(&title), "{title} was accepted before the backup began");
    }
    let running = restored.start();
    restored.until_idle();
    let verified = restored.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.out);
    assert_eq!(restored.json(&["verify"])["completed"], titles.len());
    assert_eq!(running.terminate(), 0);
}

#[test]
fn a_file_that_is_there_is_replaced_only_with_yes() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    taskline.submit("a");
    let file = taskline.file("backup.db", "dear diary");
    let said = back_up(&taskline, &file, &[]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("--yes"), "{}", said.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), "dear diary");
    let said = back_up(&taskline, &file, &["--yes"]);
    assert_eq!((said.code, said.json()["tasks"].as_u64()), (0, Some(1)), "{}", said.err);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(wait(Data::of(&restored(&file)).titled("a")).is_some());
}

#[test]
fn a_backup_that_cant_be_made_says_why_and_leaves_nothing_behind() {
    let taskline = Taskline::new();
    let said = back_up(&taskline, "backup.db", &[]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("holds no Taskline data"), "{}", said.err);
    taskline.start().terminate();
    let database = taskline.data().join("taskline.db");
    let before = fs::metadata(&database).unwrap().len();
    for (file, reason) in [
        ("data/taskline.db", "belongs to the pipeline itself"),
        ("data", "is not a file"),
        ("none/a", "none/a"),
    ] {
        let said = back_up(&taskline, file, &["--yes"]);
        assert_eq!(said.code, 1);
        assert!(said.err.contains(reason), "{}", said.err);
    }
    assert_eq!(fs::metadata(&database).unwrap().len(), before);
    let left = fs::read_dir(taskline.data().parent().unwrap()).unwrap().map(|it| it.unwrap().file_name());
    assert!(left.into_iter().all(|name| name == "data" || name == "log"));
    let elsewhere = Taskline::on(&["--stack", "taskline-dev-processing"]).run(&["backup", "file"]);
    assert_eq!(elsewhere.code, 2);
    assert!(elsewhere.err.contains("on this machine"), "{}", elsewhere.err);
}
