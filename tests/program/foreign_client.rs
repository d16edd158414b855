//! Another SQLite client opens the data while the pipeline runs. No task that is accepted meanwhile or afterwards is
//! lost, even if the pipeline is then killed.

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

/// Python's `sqlite3`, on the data of a pipeline.
struct Client {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Client {
    fn start(taskline: &Taskline) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("program/foreign_client.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(taskline.data().join("taskline.db"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    /// Returns the answer: "done", or SQLite's error.
    fn run(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    fn run_all(&mut self, lines: &[&str]) {
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

/// What a client run_all between two posts.
const SESSIONS: [&[&str]; 7] = [
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
fn a_killed_pipeline_loses_no_accepted_task_whatever_another_sqlite_client_does() {
    let taskline = Taskline::new();
    let mut titles = HashSet::new();
    for (round, lines) in SESSIONS.into_iter().enumerate() {
        let running = taskline.start();
        accepted(&running, format!("{round} before"), &mut titles);
        let mut client = Client::start(&taskline);
        client.run_all(lines);
        accepted(&running, format!("{round} after"), &mut titles);
        // Another process of the program closes the data, too.
        taskline.submit(&format!("{round} submitted"));
        titles.insert(format!("{round} submitted"));
        let copy = taskline.data().with_file_name(format!("copy-{round}"));
        client.run_all(&["open", &format!("backup {}", copy.display())]);
        accepted(&running, format!("{round} while it is open"), &mut titles);
        client.run_all(&["close"]);
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
fn a_client_that_opened_the_data_first_loses_nothing_when_it_closes() {
    let taskline = Taskline::new();
    let mut titles = HashSet::new();
    taskline.start().kill();
    let mut client = Client::start(&taskline);
    client.run_all(&["open", READ]);
    let running = taskline.start();
    accepted(&running, "while it is open".to_owned(), &mut titles);
    client.run_all(&["close"]);
    accepted(&running, "after it".to_owned(), &mut titles);
    client.run_all(&["open", "BEGIN", READ]);
    accepted(&running, "while it reads".to_owned(), &mut titles);
    running.kill();
    client.run_all(&["COMMIT", "close"]);
    assert_eq!(titles_in(&taskline), titles);
}

#[test]
fn a_client_cannot_remove_the_log_of_a_running_pipeline() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let mut client = Client::start(&taskline);
    client.run_all(&["open", "PRAGMA busy_timeout = 0"]);
    assert_eq!(client.run("PRAGMA journal_mode = DELETE"), "database is locked");
    client.run_all(&["close"]);
    let mut titles = HashSet::new();
    accepted(&running, "after it".to_owned(), &mut titles);
    running.kill();
    assert_eq!(titles_in(&taskline), titles);
}

/// A client can change the journal mode while nothing has the data open. The next start switches back to a log.
#[test]
fn a_start_switches_data_in_another_journal_mode_back_to_a_log() {
    let taskline = Taskline::new();
    let mut titles = HashSet::new();
    taskline.start().kill();
    for mode in ["DELETE", "TRUNCATE", "PERSIST"] {
        let mut client = Client::start(&taskline);
        client.run_all(&["open", &format!("PRAGMA journal_mode = {mode}"), WRITE, "close"]);
        let running = taskline.start();
        accepted(&running, format!("after {mode}"), &mut titles);
        client.run_all(&["open", READ, "close"]);
        accepted(&running, format!("after {mode} and a read"), &mut titles);
        running.kill();
        assert_eq!(titles_in(&taskline), titles, "{mode}");
    }
}

/// A mistyped file name, while a pipeline runs.
#[test]
fn submit_refuses_files_of_the_pipeline() {
    let taskline = Taskline::new();
    let running = taskline.start();
    taskline.submit("a");
    let link = taskline.data().with_file_name("link");
    fs::hard_link(taskline.data().join("taskline.db"), &link).unwrap();
    let own = ["taskline.db", "taskline.db-wal", "taskline.db-shm", "taskline.lock"];
    for path in own.map(|name| taskline.data().join(name)).iter().chain([&link]) {
        let output = taskline.run(&["submit", path.to_str().unwrap()]);
        assert_eq!(output.code, 2);
        assert!(output.err.contains("is a file of the pipeline itself"), "{}", output.err);
    }
    fs::remove_file(link).unwrap();
    running.terminate();
    assert_eq!(titles_in(&taskline).len(), 1);
}

/// A second store in the same process could close a descriptor that the first one uses.
#[test]
fn the_pipeline_and_its_console_share_one_store() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let descriptors = fs::read_dir(format!("/proc/{}/fd", running.child.id())).unwrap();
    let database = fs::canonicalize(taskline.data()).unwrap().join("taskline.db");
    let open =
        descriptors.filter(|it| fs::read_link(it.as_ref().unwrap().path()).is_ok_and(|it| it == database));
    assert_eq!(open.count(), 2, "one connection for writing and one for reading");
}

#[test]
fn the_log_is_truncated_after_a_long_read_ends() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let mut reader = Client::start(&taskline);
    reader.run_all(&["open", "BEGIN", READ]);
    let mut writer = Client::start(&taskline);
    writer.run_all(&["open", "CREATE TABLE notes (text)", "INSERT INTO notes VALUES (zeroblob(40000000))"]);
    writer.run_all(&["DROP TABLE notes", "close"]);
    let mut titles = HashSet::new();
    accepted(&running, "while others use the data".to_owned(), &mut titles);
    let log_bytes = || fs::metadata(taskline.data().join("taskline.db-wal")).unwrap().len();
    assert!(log_bytes() > 40_000_000, "the reader prevents the log from being reused");
    reader.run_all(&["COMMIT", "close"]);
    taskline.until(&["line", "status"], |_| log_bytes() <= 16 * 1024 * 1024);
    assert_eq!(running.terminate(), 0);
    assert_eq!(titles_in(&taskline), titles);
}
