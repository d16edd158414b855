//! `taskline backup`: a backup is complete and consistent, can be started as a pipeline, and replaces a file only
//! with `--yes`.

use std::{
    fs,
    io::{self, Write},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, symlink},
        net::UnixListener,
    },
    path::Path,
    process::{self, Command, Stdio},
    sync::{Mutex, mpsc},
    thread,
};

use axum::http::StatusCode;
use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::{
    data::Data,
    request::{post, wait},
    taskline::{Printed, Taskline},
};

fn back_up(taskline: &Taskline, file: &str, options: &[&str]) -> Printed {
    taskline.run(&[&["--json", "backup", file], options].concat())
}

/// Restores as docs/operating.md describes: the backup file alone, in a new folder.
fn restored(file: &str) -> Taskline {
    let taskline = Taskline::new();
    fs::create_dir(taskline.data()).unwrap();
    fs::copy(file, taskline.data().join("taskline.db")).unwrap();
    taskline
}

/// The names of the files in the folder that contains the data.
fn files_around_the_data(taskline: &Taskline) -> Vec<String> {
    let found = fs::read_dir(taskline.data().parent().unwrap()).unwrap();
    let mut names: Vec<_> =
        found.map(|it| it.unwrap().file_name().into_string().unwrap()).filter(|name| name != "log").collect();
    names.sort();
    names
}

/// Makes the data so large that copying it takes several steps.
fn fill(taskline: &Taskline) {
    let rows = "CREATE TABLE ballast (x);
                WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 32)
                INSERT INTO ballast SELECT zeroblob(1000000) FROM n";
    Connection::open(taskline.data().join("taskline.db")).unwrap().execute_batch(rows).unwrap();
}

/// Runs a backup and sends it `signal` once it has started to copy. None if the backup ended before the signal.
fn stopped_by(signal: Signal, taskline: &Taskline, file: &str) -> Option<Printed> {
    let mut command = taskline.command(&["backup", file, "--yes"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let has_started = || files_around_the_data(taskline).iter().any(|name| name.ends_with(".partial"));
    while child.try_wait().unwrap().is_none() {
        if has_started() {
            let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
            kill_process(pid, signal).unwrap();
            break;
        }
        thread::yield_now();
    }
    let output = Printed::from(child.wait_with_output().unwrap());
    (output.code != 0).then_some(output)
}

/// Posts tasks until `stop` is set, and keeps the title of each accepted task.
fn load(url: &str, accepted: &Mutex<Vec<String>>, enough_accepted: &mpsc::Sender<()>, stop: &Mutex<bool>) {
    for number in 0.. {
        let title = format!("task {number}");
        match post(url, &title, None) {
            Some(answer) if answer.status == StatusCode::ACCEPTED => accepted.lock().unwrap().push(title),
            _ => return,
        }
        if number == 50 {
            enough_accepted.send(()).unwrap();
        }
        if *stop.lock().unwrap() {
            return;
        }
    }
}

#[test]
fn a_backup_under_load_contains_every_earlier_accepted_task_and_its_pipeline_handles_the_rest_in_order() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let file = taskline.file("unused", "").replace("unused", "backup.db");
    let (accepted, stop) = (Mutex::new(Vec::new()), Mutex::new(false));
    let (enough_accepted, wait_until_enough) = mpsc::channel();
    let before = thread::scope(|scope| {
        scope.spawn(|| load(&running.url, &accepted, &enough_accepted, &stop));
        wait_until_enough.recv().unwrap();
        let before = accepted.lock().unwrap().clone();
        let output = back_up(&taskline, &file, &[]);
        assert_eq!(output.code, 0, "{}", output.err);
        assert!(output.json()["tasks"].as_u64().unwrap() >= before.len() as u64);
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
fn a_backup_replaces_an_existing_file_only_with_yes() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    taskline.submit("a");
    let file = taskline.file("backup.db", "dear diary");
    let output = back_up(&taskline, &file, &[]);
    assert_eq!(output.code, 1);
    assert!(output.err.contains("--yes"), "{}", output.err);
    let name = file.as_str();
    assert_eq!(output.json(), json!({"would_back_up": {"file": name, "replaces": true}}));
    assert_eq!(fs::read_to_string(&file).unwrap(), "dear diary");
    let output = back_up(&taskline, &file, &["--yes"]);
    assert_eq!((output.code, output.json()["tasks"].as_u64()), (0, Some(1)), "{}", output.err);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(wait(Data::of(&restored(&file)).titled("a")).is_some());
}

#[test]
fn a_failed_backup_reports_the_reason_and_leaves_no_files() {
    let taskline = Taskline::new();
    let output = back_up(&taskline, "backup.db", &[]);
    assert_eq!(output.code, 1);
    assert!(output.err.contains("holds no Taskline data"), "{}", output.err);
    taskline.start().terminate();
    let database = taskline.data().join("taskline.db");
    let before = fs::metadata(&database).unwrap().len();
    let output = back_up(&taskline, "none/a", &["--yes"]);
    assert_eq!(output.code, 1);
    assert!(output.err.contains("none/a"), "{}", output.err);
    assert_eq!(fs::metadata(&database).unwrap().len(), before);
    let remaining =
        fs::read_dir(taskline.data().parent().unwrap()).unwrap().map(|it| it.unwrap().file_name());
    assert!(remaining.into_iter().all(|name| name == "data" || name == "log"));
    let elsewhere = Taskline::on(&["--stack", "taskline-dev-processing"]).run(&["backup", "file"]);
    assert_eq!(elsewhere.code, 2);
    assert!(elsewhere.err.contains("on this machine"), "{}", elsewhere.err);
}

/// A rename would put a file in their place.
#[test]
fn a_backup_refuses_devices_links_folders_and_pipeline_files_and_leaves_them_unchanged() {
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
        ("none/", "is the name of a folder"),
        ("none/.", "is the name of a folder"),
    ] {
        let before = kind(file);
        for options in [&[][..], &["--yes"]] {
            let output = back_up(&taskline, file, options);
            assert_eq!(output.code, 2, "{file}: {}", output.err);
            assert!(output.err.contains(reason) && !output.err.contains("--yes"), "{file}: {}", output.err);
            assert_eq!(output.out, "");
            assert_eq!(kind(file), before, "{file}");
        }
    }
    assert_eq!(fs::read_to_string(folder.join("file")).unwrap(), "dear diary");
    fs::remove_file(folder.join("hard")).unwrap();
    assert_eq!(taskline.run(&["verify"]).code, 0);
}

/// SQLite would take the log for the backup's, and mix the two.
#[test]
fn a_backup_is_refused_beside_an_existing_sqlite_log() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    for (there, absent, suffix) in [("a", "b", "-wal"), ("c", "d", "-shm"), ("e", "f", "-journal")] {
        let file = taskline.file(there, "dear diary");
        for name in [there, absent] {
            let log = taskline.file(&format!("{name}{suffix}"), "a log");
            let output = back_up(&taskline, name, &["--yes"]);
            assert_eq!((output.code, output.out.as_str()), (2, ""), "{}", output.err);
            assert!(output.err.contains(&format!("{name}{suffix} exists")), "{}", output.err);
            assert!(output.err.contains("name another file, or remove"), "{}", output.err);
            assert_eq!(fs::read_to_string(&log).unwrap(), "a log");
            fs::remove_file(&log).unwrap();
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "dear diary");
        assert!(!files_around_the_data(&taskline).contains(&absent.to_owned()));
        assert_eq!(back_up(&taskline, there, &["--yes"]).code, 0, "after the log was removed");
    }
}

#[test]
fn a_backup_never_replaces_files_of_another_pipeline() {
    let [taskline, another] = [Taskline::new(), Taskline::new()];
    taskline.start().terminate();
    let is_refused = || {
        for name in ["taskline.db", "taskline.db-wal", "taskline.db-journal", "taskline.lock"] {
            let file = another.data().join(name).to_str().unwrap().to_owned();
            let output = back_up(&taskline, &file, &["--yes"]);
            assert_eq!((output.code, output.out.as_str()), (2, ""), "{}", output.err);
            let reason = format!("{file} belongs to the pipeline of that folder: name another file");
            assert!(output.err.contains(&reason), "{}", output.err);
        }
    };
    let running = another.start();
    another.submit("a");
    is_refused();
    another.until_idle();
    running.kill();
    is_refused();
    assert_eq!(another.json(&["verify"])["completed"], 1);
}

#[test]
fn an_interrupted_backup_reports_it_and_leaves_no_files() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    fill(&taskline);
    for signal in [Signal::INT, Signal::TERM] {
        // A backup that ends before the signal is made again.
        let output = (0..100).find_map(|_| {
            let file = taskline.file("backup.db", "dear diary");
            stopped_by(signal, &taskline, &file)
        });
        let output = output.expect("an interrupted backup");
        assert_eq!((output.code, output.out.as_str()), (1, ""), "{}", output.err);
        assert!(output.err.contains("no backup was made"), "{}", output.err);
        assert_eq!(files_around_the_data(&taskline), ["backup.db", "data"]);
        assert_eq!(fs::read_to_string(taskline.data().with_file_name("backup.db")).unwrap(), "dear diary");
    }
}

#[test]
fn a_backup_removes_the_partial_files_of_a_killed_backup_to_the_same_file() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    // Linux numbers processes up to 4194303.
    let killed = [".a.4194304.partial", ".a.4194304.partial-journal", ".a.4194304.partial-wal"];
    let of_a_running_process = format!(".a.{}.partial", process::id());
    let others = [".a.notes.partial", ".b.4194304.partial", &of_a_running_process];
    for name in killed.iter().chain(&others) {
        taskline.file(name, "pages");
    }
    assert_eq!(back_up(&taskline, "a", &[]).code, 0);
    let mut remaining = [&others[..], &["a", "data"]].concat();
    remaining.sort_unstable();
    assert_eq!(files_around_the_data(&taskline), remaining);
}

#[test]
fn commands_on_locked_data_explain_how_to_release_the_lock() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    let other = Connection::open(taskline.data().join("taskline.db")).unwrap();
    other.execute_batch("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE").unwrap();
    let commands = [&["backup", "file"][..], &["local", "--listen", "127.0.0.1:0"]];
    // Both commands wait for the lock at the same time.
    let started = commands.map(|command| taskline.command(command).stderr(Stdio::piped()).spawn().unwrap());
    for child in started {
        let output = Printed::from(child.wait_with_output().unwrap());
        assert_eq!(output.code, 1);
        assert!(output.err.contains("database is locked"), "{}", output.err);
        assert!(output.err.contains("end its transaction or the program"), "{}", output.err);
        assert!(!output.err.contains("--local DIR"), "{}", output.err);
    }
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(back_up(&taskline, "file", &[]).code, 0);
}

/// The same command, with a mounted disk of 64 KiB at `place`.
fn on_a_small_disk(place: &Path, command: &Command) -> Command {
    let mut apart = Command::new("unshare");
    apart.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    apart.args(["mount -t tmpfs -o size=64k tmpfs \"$0\" && exec \"$@\""]).arg(place);
    apart.arg(command.get_program()).args(command.get_args());
    apart.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    apart.current_dir(command.get_current_dir().unwrap_or(place));
    apart
}

#[test]
fn a_backup_without_disk_space_names_the_backup_file_and_not_the_data() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    fill(&taskline);
    let small = taskline.data().with_file_name("small");
    fs::create_dir(&small).unwrap();
    let is_allowed = on_a_small_disk(&small, &Command::new("true")).output();
    if !is_allowed.is_ok_and(|output| output.status.success()) {
        writeln!(io::stderr(), "NOT TESTED: a small disk, which can't be mounted here").unwrap();
        return;
    }
    let file = small.join("backup.db");
    let command = taskline.command(&["backup", file.to_str().unwrap()]);
    let output = Printed::from(on_a_small_disk(&small, &command).output().unwrap());
    assert_eq!(output.code, 1, "{}", output.err);
    let advice = format!("There is no space left for {}: use a file on a disk with space", file.display());
    assert!(output.err.contains(&advice), "{}", output.err);
    assert!(!output.err.contains("--local DIR"), "{}", output.err);
}
