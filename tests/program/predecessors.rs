//! No program of a pipeline that was killed runs beside one of the next.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use shared::{FailureClass, Status};

use crate::command::{Fixture, is_alive, signal};

/// Notes its attempt, or that a process of an earlier attempt still runs: until the last of them has ended, even a child, it
/// holds the lock. Memory makes its end longer.
const ALONE: &str = r#"
import fcntl, os, subprocess, sys, time
lock = open("alone", "a")
os.set_inheritable(lock.fileno(), True)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    os.environ["TASKLINE_TITLE"] = "beside another:"
memory = b"x" * (64 << 20)
subprocess.Popen(["sleep", "1000"], close_fds=False)
with open("log.txt", "a") as log:
    print(os.environ["TASKLINE_TITLE"], os.environ["TASKLINE_ATTEMPT"], file=log)
time.sleep(float(os.environ["PAUSE"]))
"#;

#[test]
fn a_killed_pipeline_leaves_no_program_behind_and_the_next_one_starts_again() {
    const KILLS: usize = 10;
    let mut fixture = Fixture::new(ALONE).with("PAUSE", "1000").with("ATTEMPT_BUDGET", "100");
    for kill in 1..=KILLS {
        let running = fixture.start();
        if kill == 1 {
            fixture.submit(&["a", "b"]);
        }
        fixture.until_lines(kill);
        running.kill();
    }
    fixture.taskline = fixture.taskline.without(&["PAUSE"]);
    let fixture = fixture.with("PAUSE", "0");
    let running = fixture.start();
    fixture.taskline.until_idle();
    assert_eq!(running.terminate(), 0);
    let expected: Vec<String> = (1..=KILLS + 1).map(|attempt| format!("a {attempt}")).collect();
    assert_eq!(fixture.lines(), [expected, vec!["b 1".to_owned()]].concat());
    let record = fixture.record("a");
    let mut classes: Vec<_> = record.failures.iter().map(|failure| failure.class).collect();
    classes.dedup();
    assert_eq!((record.status, classes), (Status::Completed, vec![FailureClass::Crashed]));
}

/// A guard that does not come to its end, or another process that has the file.
#[test]
fn the_line_waits_and_says_so_while_a_program_of_an_earlier_pipeline_runs() {
    let fixture = Fixture::new("import sys; sys.exit(0)").with("ATTEMPT_BUDGET", "1");
    fixture.start().kill();
    let held = File::create(fixture.taskline.data().join("programs.lock")).unwrap();
    held.lock().unwrap();
    let running = fixture.start();
    fixture.submit(&["a"]);
    let status =
        fixture.taskline.until(&["line", "status"], |status| status["handler_unavailable"].is_object());
    assert_eq!(status["handler_unavailable"]["code"], "earlier_program_running", "{status}");
    assert!(fixture.taskline.log().contains("waiting until the programs of an earlier pipeline have ended"));
    drop(held);
    fixture.taskline.until_idle();
    let record = fixture.record("a");
    assert_eq!((record.status, record.failures[0].class), (Status::Completed, FailureClass::Unavailable));
    assert_eq!(running.terminate(), 0);
}

/// Its files, sockets and the like, without the pipes that it inherits from the starter of the test.
fn open_files(process: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new("/proc").join(process).join("fd")).unwrap();
    let files = entries.map(|entry| fs::read_link(entry.unwrap().path()).unwrap());
    files.filter(|file| !file.starts_with("/dev") && !file.to_str().unwrap().starts_with("pipe:")).collect()
}

/// A process that outlives the pipeline must not keep the next one from its data.
#[test]
fn neither_a_program_nor_its_guard_inherits_a_file_of_the_pipeline() {
    let waits = r#"
import os, sys, time
with open("log.txt", "a") as log:
    print(os.getpid(), file=log)
    print(os.getpgrp(), file=log)
sys.stdin.read()
while not os.path.exists("go"):
    time.sleep(0.01)
"#;
    let fixture = Fixture::new(waits);
    let running = fixture.start();
    fixture.submit(&["a"]);
    fixture.until_lines(2);
    let [program, guard] = &fixture.lines()[..] else { panic!("it notes itself and its group") };
    let lock = fs::canonicalize(fixture.taskline.data().join("programs.lock")).unwrap();
    assert_eq!((open_files(program), open_files(guard)), (Vec::new(), vec![lock]));
    fs::write(fixture.taskline.data().parent().unwrap().join("go"), "").unwrap();
    fixture.taskline.until_idle();
    assert_eq!(running.terminate(), 0);
}

/// As `docker stop` and systemd do it, when a task takes too long for them.
#[test]
fn a_stop_says_what_it_waits_for_and_after_sigkill_the_task_is_tried_again() {
    let waits = r#"
import os, time
with open("log.txt", "a") as log:
    print(os.getpid(), file=log)
while not os.path.exists("go"):
    time.sleep(0.01)
"#;
    let fixture = Fixture::new(waits).with("HANDLER_TIMEOUT_SECONDS", "20000");
    let running = fixture.start();
    fixture.submit(&["a", "b"]);
    fixture.until_lines(1);
    let id = fixture.record("a").task_id;
    signal("TERM", &running);
    let is_printed = |log: String| {
        log.contains(&format!("Stopping after the running task is finished: attempt 1 of {id}, until "))
            && log.contains(&format!("kill -INT {}, stops at once", running.child.id()))
    };
    fixture.taskline.until(&["line", "status"], |_| is_printed(fixture.taskline.log()));
    running.kill();
    let running = fixture.start();
    fixture.until_lines(2);
    assert!(!is_alive(&fixture.lines()[0]));
    fs::write(fixture.taskline.data().parent().unwrap().join("go"), "").unwrap();
    fixture.taskline.until_idle();
    let [a, b] = ["a", "b"].map(|title| fixture.record(title));
    assert_eq!((a.status, a.attempt, a.failures[0].class), (Status::Completed, 2, FailureClass::Crashed));
    assert_eq!((b.status, b.attempt), (Status::Completed, 1));
    assert_eq!(running.terminate(), 0);
}
