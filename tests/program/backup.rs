//! A backup is whole, of one moment, and can be started as a pipeline of its own; it replaces nothing unasked.

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

/// The names of what is in the folder around the data.
fn beside_the_data(taskline: &Taskline) -> Vec<String> {
    let found = fs::read_dir(taskline.data().parent().unwrap()).unwrap();
    let mut names: Vec<_> =
        found.map(|it| it.unwrap().file_name().into_string().unwrap()).filter(|name| name != "log").collect();
    names.sort();
    names
}

/// Makes the data so large that its copy has steps to stop between.
fn fill(taskline: &Taskline) {
    let rows = "CREATE TABLE ballast (x);
                WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 32)
                INSERT INTO ballast SELECT zeroblob(1000000) FROM n";
    Connection::open(taskline.data().join("taskline.db")).unwrap().execute_batch(rows).unwrap();
}

/// A backup that is sent `signal` once it has begun to copy; none if it had ended by then.
fn stopped_by(signal: Signal, taskline: &Taskline, file: &str) -> Option<Said> {
    let mut command = taskline.command(&["backup", file, "--yes"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let has_begun = || beside_the_data(taskline).iter().any(|name| name.ends_with(".partial"));
    while child.try_wait().unwrap().is_none() {
        if has_begun() {
            let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
            kill_process(pid, signal).unwrap();
            break;
        }
        thread::yield_now();
    }
    let said = Said::from(child.wait_with_output().unwrap());
    (said.code != 0).then_some(said)
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
        ("none/", "is the name of a folder"),
        ("none/.", "is the name of a folder"),
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

/// SQLite would take it for the backup's own, and mix the two.
#[test]
fn no_backup_is_put_next_to_a_log_whether_a_file_is_there_or_not() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    for (there, absent, suffix) in [("a", "b", "-wal"), ("c", "d", "-shm"), ("e", "f", "-journal")] {
        let file = taskline.file(there, "dear diary");
        for name in [there, absent] {
            let log = taskline.file(&format!("{name}{suffix}"), "a log");
            let said = back_up(&taskline, name, &["--yes"]);
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
            assert!(said.err.contains(&format!("{name}{suffix} is there")), "{}", said.err);
            assert!(said.err.contains("name another file, or remove"), "{}", said.err);
            assert_eq!(fs::read_to_string(&log).unwrap(), "a log");
            fs::remove_file(&log).unwrap();
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "dear diary");
        assert!(!beside_the_data(&taskline).contains(&absent.to_owned()));
        assert_eq!(back_up(&taskline, there, &["--yes"]).code, 0, "once the log is removed");
    }
}

#[test]
fn the_files_of_another_pipeline_are_never_replaced_whether_it_runs_or_was_killed() {
    let [taskline, another] = [Taskline::new(), Taskline::new()];
    taskline.start().terminate();
    let is_refused = || {
        for name in ["taskline.db", "taskline.db-wal", "taskline.db-journal", "taskline.lock"] {
            let file = another.data().join(name).to_str().unwrap().to_owned();
            let said = back_up(&taskline, &file, &["--yes"]);
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
            let reason = format!("{file} belongs to the pipeline of that folder: name another file");
            assert!(said.err.contains(&reason), "{}", said.err);
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
fn a_backup_that_is_told_to_stop_says_so_and_leaves_nothing_behind() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    fill(&taskline);
    for signal in [Signal::INT, Signal::TERM] {
        // One that is faster than the signal is made anew.
        let said = (0..100).find_map(|_| {
            let file = taskline.file("backup.db", "dear diary");
            stopped_by(signal, &taskline, &file)
        });
        let said = said.expect("a backup that was stopped");
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
        assert!(said.err.contains("no backup was made"), "{}", said.err);
        assert_eq!(beside_the_data(&taskline), ["backup.db", "data"]);
        assert_eq!(fs::read_to_string(taskline.data().with_file_name("backup.db")).unwrap(), "dear diary");
    }
}

#[test]
fn what_a_backup_that_was_killed_left_behind_is_removed_by_the_next_one_to_the_same_file() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    // Linux numbers processes up to 4194303.
    let killed = [".a.4194304.partial", ".a.4194304.partial-journal", ".a.4194304.partial-wal"];
    let living = format!(".a.{}.partial", process::id());
    let others = [".a.notes.partial", ".b.4194304.partial", &living];
    for name in killed.iter().chain(&others) {
        taskline.file(name, "pages");
    }
    assert_eq!(back_up(&taskline, "a", &[]).code, 0);
    let mut left = [&others[..], &["a", "data"]].concat();
    left.sort_unstable();
    assert_eq!(beside_the_data(&taskline), left);
}

#[test]
fn data_that_another_program_has_locked_says_what_that_program_must_do() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    let other = Connection::open(taskline.data().join("taskline.db")).unwrap();
    other.execute_batch("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE").unwrap();
    let commands = [&["backup", "file"][..], &["local", "--listen", "127.0.0.1:0"]];
    // Both wait for the lock, side by side.
    let begun = commands.map(|command| taskline.command(command).stderr(Stdio::piped()).spawn().unwrap());
    for child in begun {
        let said = Said::from(child.wait_with_output().unwrap());
        assert_eq!(said.code, 1);
        assert!(said.err.contains("database is locked"), "{}", said.err);
        assert!(said.err.contains("let it end its transaction"), "{}", said.err);
        assert!(!said.err.contains("--local DIR"), "{}", said.err);
    }
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(back_up(&taskline, "file", &[]).code, 0);
}

/// As `command`, with a disk of its own of 64 KiB at `place`.
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
fn a_backup_that_finds_no_space_names_its_own_file_and_not_the_data() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    fill(&taskline);
    let small = taskline.data().with_file_name("small");
    fs::create_dir(&small).unwrap();
    let is_allowed = on_a_small_disk(&small, &Command::new("true")).output();
    if !is_allowed.is_ok_and(|said| said.status.success()) {
        writeln!(io::stderr(), "NOT TRIED: a small disk of its own, which can't be mounted here").unwrap();
        return;
    }
    let file = small.join("backup.db");
    let command = taskline.command(&["backup", file.to_str().unwrap()]);
    let said = Said::from(on_a_small_disk(&small, &command).output().unwrap());
    assert_eq!(said.code, 1, "{}", said.err);
    let advice =
        format!("There is no space left for {}: name a file on a disk that has room", file.display());
    assert!(said.err.contains(&advice), "{}", said.err);
    assert!(!said.err.contains("--local DIR"), "{}", said.err);
}
