//! Somebody looks into the data with a SQLite client of their own while the pipeline runs. Nothing that is accepted
//! beside it, or after it, is lost, also when the pipeline is then killed.

use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use axum::http::StatusCode;

use crate::{
    data::Data,
    request::{post, wait},
    taskline::{Running, Taskline},
};

/// Python's own `sqlite3`, on the data of a pipeline.
struct Client {
    child: Child,
    says: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Client {
    fn start(taskline: &Taskline) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("program/foreign_client.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(taskline.data().join("taskline.db"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (says, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, says, answers }
    }

    /// What it answers: "done", or SQLite's error.
    fn run(&mut self, line: &str) -> String {
        writeln!(self.says, "{line}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    fn does(&mut self, lines: &[&str]) {
        for line in lines {
            assert_eq!(self.run(line), "done", "{line}");
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const READ: &str = "SELECT count(*) FROM records";
const WRITE: &str = "UPDATE line SET paused = paused";

/// What a client does between two posts.
const LOOKS: [&[&str]; 7] = [
    &["open", READ, "close"],
    &["open", WRITE, "close"],
    &["open", "BEGIN", READ, "COMMIT", "close"],
    &["open", READ, "PRAGMA wal_checkpoint(TRUNCATE)", "close"],
    &["open", "PRAGMA integrity_check", "close"],
    &["open", "VACUUM", "close"],
    &["open", "BEGIN IMMEDIATE", WRITE, "ROLLBACK", "close"],
];

fn accepted(running: &Running, title: String, titles: &mut HashSet<String>) {
    let answer = post(&running.url, &title, None).unwrap();
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    titles.insert(title);
}

fn titles_in(taskline: &Taskline) -> HashSet<String> {
    let records = wait(Data::of(taskline).records()).into_values();
    records.map(|record| record.task().unwrap().title().to_owned()).collect()
}

#[test]
fn whatever_another_sqlite_client_does_beside_it_a_killed_pipeline_loses_nothing_that_it_accepted() {
    let taskline = Taskline::new();
    let mut titles = HashSet::new();
    for (round, lines) in LOOKS.into_iter().enumerate() {
        let running = taskline.start();
        accepted(&running, format!("{round} before"), &mut titles);
        let mut client = Client::start(&taskline);
        client.does(lines);
        accepted(&running, format!("{round} after"), &mut titles);
        // Another process of the program itself closes the data, too.
        taskline.submit(&format!("{round} submitted"));
        titles.insert(format!("{round} submitted"));
        let copy = taskline.data().with_file_name(format!("copy-{round}"));
        client.does(&["open", &format!("backup {}", copy.display())]);
        accepted(&running, format!("{round} while it is open"), &mut titles);
        client.does(&["close"]);
        accepted(&running, format!("{round} last"), &mut titles);
        running.kill();
        assert_eq!(titles_in(&taskline), titles, "after {lines:?}");
    }
    let running = taskline.start();
    taskline.until_idle();
    assert_eq!(taskline.run(&["verify"]).code, 0);
    assert_eq!(running.terminate(), 0);
}

#[test]
fn a_client_that_was_there_first_and_leaves_in_between_takes_nothing_along() {
    let taskline = Taskline::new();
    let mut titles = HashSet::new();
    taskline.start().kill();
    let mut client = Client::start(&taskline);
    client.does(&["open", READ]);
    let running = taskline.start();
    accepted(&running, "while it is open".to_owned(), &mut titles);
    client.does(&["close"]);
    accepted(&running, "after it".to_owned(), &mut titles);
    client.does(&["open", "BEGIN", READ]);
    accepted(&running, "while it reads".to_owned(), &mut titles);
    running.kill();
    client.does(&["COMMIT", "close"]);
    assert_eq!(titles_in(&taskline), titles);
}

#[test]
fn a_client_cant_take_the_log_away() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let mut client = Client::start(&taskline);
    client.does(&["open", "PRAGMA busy_timeout = 0"]);
    assert_eq!(client.run("PRAGMA journal_mode = DELETE"), "database is locked");
    client.does(&["close"]);
    let mut titles = HashSet::new();
    accepted(&running, "after it".to_owned(), &mut titles);
    running.kill();
    assert_eq!(titles_in(&taskline), titles);
}

/// While nothing has the data open, a client may: the next start takes the log into use again.
#[test]
fn data_that_a_client_left_in_another_journal_mode_is_used_with_a_log_again() {
    let taskline = Taskline::new();
    let mut titles = HashSet::new();
    taskline.start().kill();
    for mode in ["DELETE", "TRUNCATE", "PERSIST"] {
        let mut client = Client::start(&taskline);
        client.does(&["open", &format!("PRAGMA journal_mode = {mode}"), WRITE, "close"]);
        let running = taskline.start();
        accepted(&running, format!("after {mode}"), &mut titles);
        client.does(&["open", READ, "close"]);
        accepted(&running, format!("after {mode} and a look"), &mut titles);
        running.kill();
        assert_eq!(titles_in(&taskline), titles, "{mode}");
    }
}

/// A mistyped file name, beside a running pipeline.
#[test]
fn a_file_of_the_pipeline_is_not_read_as_tasks() {
    let taskline = Taskline::new();
    let running = taskline.start();
    taskline.submit("a");
    let link = taskline.data().with_file_name("link");
    fs::hard_link(taskline.data().join("taskline.db"), &link).unwrap();
    let own = ["taskline.db", "taskline.db-wal", "taskline.db-shm", "taskline.lock"];
    for path in own.map(|name| taskline.data().join(name)).iter().chain([&link]) {
        let said = taskline.run(&["submit", path.to_str().unwrap()]);
        assert_eq!(said.code, 2);
        assert!(said.err.contains("is a file of the pipeline itself"), "{}", said.err);
    }
    fs::remove_file(link).unwrap();
    running.terminate();
    assert_eq!(titles_in(&taskline).len(), 1);
}

/// A second one in the same process could close a descriptor under the first.
#[test]
fn pipeline_and_console_share_one_store() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let descriptors = fs::read_dir(format!("/proc/{}/fd", running.child.id())).unwrap();
    let database = fs::canonicalize(taskline.data()).unwrap().join("taskline.db");
    let open =
        descriptors.filter(|it| fs::read_link(it.as_ref().unwrap().path()).is_ok_and(|it| it == database));
    assert_eq!(open.count(), 2, "one connection that writes and one that reads");
}

#[test]
fn the_log_is_cut_once_a_client_that_read_for_long_is_done() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let mut reader = Client::start(&taskline);
    reader.does(&["open", "BEGIN", READ]);
    let mut writer = Client::start(&taskline);
    writer.does(&["open", "CREATE TABLE notes (text)", "INSERT INTO notes VALUES (zeroblob(40000000))"]);
    writer.does(&["DROP TABLE notes", "close"]);
    let mut titles = HashSet::new();
    accepted(&running, "beside them".to_owned(), &mut titles);
    let log_bytes = || fs::metadata(taskline.data().join("taskline.db-wal")).unwrap().len();
    assert!(log_bytes() > 40_000_000, "the reader keeps the log from being used again");
    reader.does(&["COMMIT", "close"]);
    taskline.until(&["line", "status"], |_| log_bytes() <= 16 * 1024 * 1024);
    assert_eq!(running.terminate(), 0);
    assert_eq!(titles_in(&taskline), titles);
}
