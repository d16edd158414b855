//! A backup is whole, of one moment, and can be started as a pipeline of its own; it replaces nothing unasked.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, symlink},
        net::UnixListener,
    },
    process::Command,
    sync::{Mutex, mpsc},
    thread,
};

use axum::http::StatusCode;
use serde_json::json;

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
    let name = file.as_str();
    assert_eq!(said.json(), json!({"would_back_up": {"file": name, "replaces": true}}));
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
    let said = back_up(&taskline, "none/a", &["--yes"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("none/a"), "{}", said.err);
    assert_eq!(fs::metadata(&database).unwrap().len(), before);
    let left = fs::read_dir(taskline.data().parent().unwrap()).unwrap().map(|it| it.unwrap().file_name());
    assert!(left.into_iter().all(|name| name == "data" || name == "log"));
    let elsewhere = Taskline::on(&["--stack", "taskline-dev-processing"]).run(&["backup", "file"]);
    assert_eq!(elsewhere.code, 2);
    assert!(elsewhere.err.contains("on this machine"), "{}", elsewhere.err);
}

/// A rename would put a file in its place, and nobody asked for that.
#[test]
fn what_is_no_file_of_ones_own_is_refused_at_once_and_stays_as_it_is() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    let folder = taskline.data().parent().unwrap().to_owned();
    let made = Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap();
    assert!(made.success());
    let _socket = UnixListener::bind(folder.join("socket")).unwrap();
    taskline.file("file", "dear diary");
    symlink(folder.join("file"), folder.join("link")).unwrap();
    symlink(folder.join("nothing"), folder.join("loose")).unwrap();
    fs::hard_link(taskline.data().join("taskline.db"), folder.join("hard")).unwrap();
    let kind = |name: &str| fs::symlink_metadata(folder.join(name)).map(|it| (it.file_type(), it.ino())).ok();
    let own = "belongs to the pipeline itself";
    for (file, reason) in [
        ("pipe", "is a device, pipe or socket"),
        ("socket", "is a device, pipe or socket"),
        ("link", "is a link"),
        ("loose", "is a link"),
        ("data", "is a folder"),
        ("hard", own),
        ("data/taskline.db", own),
        ("data/../data/taskline.db", own),
        ("data/taskline.lock", own),
        ("data/taskline.db-wal", own),
        ("data/taskline.db-shm", own),
        ("data/taskline.db-journal", own),
    ] {
        let before = kind(file);
        for more in [&[][..], &["--yes"]] {
            let said = back_up(&taskline, file, more);
            assert_eq!(said.code, 2, "{file}: {}", said.err);
            assert!(said.err.contains(reason) && !said.err.contains("--yes"), "{file}: {}", said.err);
            assert_eq!(said.out, "");
            assert_eq!(kind(file), before, "{file}");
        }
    }
    assert_eq!(fs::read_to_string(folder.join("file")).unwrap(), "dear diary");
    fs::remove_file(folder.join("hard")).unwrap();
    assert_eq!(taskline.run(&["verify"]).code, 0);
}
