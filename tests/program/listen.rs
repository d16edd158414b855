//! `taskline local --webhook` and `taskline listen` in two terminals: no other setting is needed.

use std::{
    fs::{self, File},
    net::TcpStream,
    os::unix::fs::{MetadataExt, PermissionsExt},
    process::{Child, Command, Stdio},
};

use harness::{Port, eventually};
use serde_json::Value;

use crate::{
    request::wait,
    taskline::{Running, Taskline},
};

/// A running `taskline listen`, killed when the test ends.
struct Listener {
    child: Child,
    port: Port,
    folder: tempfile::TempDir,
}

impl Listener {
    fn start(taskline: &Taskline, arguments: &[&str]) -> Self {
        let (port, folder) = (Port::free(), tempfile::tempdir().unwrap());
        let address = format!("127.0.0.1:{}", port.number());
        let mut command = taskline.command(&[&["listen", "--listen", &address], arguments].concat());
        let file = |name: &str| File::create(folder.path().join(name)).unwrap();
        command.stdin(Stdio::null()).stdout(file("out")).stderr(file("err"));
        let listener = Self { child: command.spawn().unwrap(), port, folder };
        wait(eventually(async || TcpStream::connect(&address).is_ok(), |connected| *connected));
        listener
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.number())
    }

    fn printed(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// SIGTERM; returns the exit code.
    fn terminate(mut self) -> Option<i32> {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start_to(taskline: &Taskline, listener: &Listener) -> Running {
    taskline.start_with(&["local", "--listen", "127.0.0.1:0", "--webhook", &listener.url()])
}

/// The task once it left the line.
fn finished(taskline: &Taskline, id: &str) -> Value {
    let is_finished = |task: &Value| task["finished_at"].is_string();
    taskline.until(&["task", "show", id], is_finished)
}

#[test]
fn each_task_is_printed_and_the_secret_is_kept_over_a_restart() {
    let taskline = Taskline::new();
    // Before the pipeline has made the secret.
    let listener = Listener::start(&taskline, &["--json"]);
    let file = taskline.data().join("webhook-secret");
    let mut secrets = Vec::new();
    for title in ["first", "second"] {
        let running = start_to(&taskline, &listener);
        let id = taskline.submit(title);
        assert_eq!(finished(&taskline, &id)["status"], "completed");
        assert_eq!(running.terminate(), 0);
        secrets.push(fs::read_to_string(&file).unwrap());
    }
    assert_eq!(secrets[0], secrets[1]);
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let tasks: Vec<Value> =
        listener.printed("out").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown: Vec<_> = tasks.iter().map(|task| (&task["title"], &task["attempt"])).collect();
    assert_eq!(shown, [(&Value::from("first"), &Value::from(1)), (&Value::from("second"), &Value::from(1))]);
    assert_eq!(tasks[0]["submitted_by"], "local");
    let err = listener.printed("err");
    assert!(err.contains("not verified before") && !err.contains("refused"), "{err}");
    for text in [taskline.log(), err] {
        assert!(!text.contains(secrets[0].trim()), "{text}");
    }
    assert_eq!(listener.terminate(), Some(0));
}

#[test]
fn a_task_that_is_signed_with_another_secret_is_refused() {
    let taskline = Taskline::new();
    let other = taskline.file("other", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    fs::set_permissions(&other, PermissionsExt::from_mode(0o600)).unwrap();
    let unnamed = Taskline::on(&[]);
    let listener = Listener::start(&unnamed, &["--secret-file", &other]);
    let running = start_to(&taskline, &listener);
    let id = taskline.submit("a");
    let task = taskline.until(&["task", "show", &id], |task| task["failure"]["code"] == "http_401");
    assert_eq!(task["failure"]["class"], "unavailable");
    assert!(listener.printed("err").contains("refused with 401: its signature is not by this secret"));
    assert_eq!(listener.printed("out"), "");
    drop(running);
    let known = taskline.copy().with("WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let running = start_to(&known, &listener);
    let id = known.submit("b");
    assert_eq!(finished(&known, &id)["status"], "completed");
    let printed = listener.printed("out");
    assert!(
        printed.ends_with(&format!("{id} attempt 1, low: b\n")) && printed.contains("low: a\n"),
        "{printed}"
    );
    assert!(!known.data().join("webhook-secret").exists(), "the setting is used, so no secret is made");
    assert_eq!(running.terminate(), 0);
}

#[test]
fn the_answer_is_the_status_that_was_asked_for() {
    let taskline = Taskline::new();
    let listener = Listener::start(&taskline, &["--status", "422"]);
    let running = start_to(&taskline, &listener);
    let id = taskline.submit("a");
    assert_eq!(finished(&taskline, &id)["failure"]["code"], "http_422");
    assert_eq!(running.terminate(), 0);
}

#[test]
fn contradictions_are_refused_before_any_file_is_made() {
    let url = "http://127.0.0.1:1";
    let webhook = |url| vec!["local", "--listen", "127.0.0.1:0", "--webhook", url];
    for (settings, arguments, wanted) in [
        (
            &[("TASK_HANDLER", "record")][..],
            webhook(url),
            "--webhook and TASK_HANDLER both choose the handler",
        ),
        (&[("TASK_HANDLER", "webhook")], webhook(url), "--webhook and TASK_HANDLER both choose the handler"),
        (&[("WEBHOOK_URL", url)], webhook(url), "--webhook and WEBHOOK_URL both choose the handler"),
        (&[("WEBHOOK_SECRET", "t0ken")], webhook(url), "WEBHOOK_SECRET must be a secret"),
        (&[("ATTEMPT_BUDGET", "0")], webhook(url), "ATTEMPT_BUDGET"),
        (&[], webhook(""), "--webhook"),
        (&[], [&webhook(url)[..], &["--handler-function", "f"]].concat(), "--handler-function"),
        (&[], webhook("localhost:9000"), "WEBHOOK_URL"),
        (&[], vec!["listen", "--secret-file", "x"], "--secret-file and --local both name"),
        (&[], vec!["listen", "--status", "199"], "not a status from 200 to 599"),
    ] {
        let taskline = settings.iter().fold(Taskline::new(), |it, (name, value)| it.with(name, *value));
        let output = taskline.run(&arguments);
        assert_eq!(output.code, 2, "{}", output.err);
        assert!(output.err.contains(wanted) && !output.err.contains("t0ken"), "{wanted}: {}", output.err);
        assert!(!taskline.data().exists(), "{wanted}");
    }
    let on_aws = Taskline::on(&["--stack", "a"]).run(&["listen"]);
    assert_eq!((on_aws.code, on_aws.err.contains("omit --stack and --outputs")), (2, true), "{}", on_aws.err);
    let missing = Taskline::on(&[]).run(&["listen", "--secret-file", "missing"]);
    assert_eq!(
        (missing.code, missing.err.contains("there is no file missing")),
        (1, true),
        "{}",
        missing.err
    );
}

#[test]
fn a_secret_file_that_cant_be_used_stops_the_start_and_stays_as_it_is() {
    let taskline = Taskline::new();
    let start = ["local", "--listen", "127.0.0.1:0", "--webhook", "http://127.0.0.1:1"];
    taskline.start_with(&start).terminate();
    let file = taskline.data().join("webhook-secret");
    let whole = fs::read_to_string(&file).unwrap();
    for (content, mode, wanted) in [
        (&whole[..20], 0o600, "does not contain a secret"),
        ("dear diary", 0o600, "does not contain a secret"),
        (&whole, 0o644, "run chmod 600"),
    ] {
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        for arguments in [&start[..], &["listen", "--listen", "127.0.0.1:0"]] {
            let output = taskline.run(arguments);
            assert_eq!(output.code, 1, "{}", output.err);
            assert!(output.err.contains(wanted) && !output.err.contains("diary"), "{}", output.err);
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), content);
    }
    fs::remove_file(&file).unwrap();
    taskline.start_with(&start).terminate();
    assert_ne!(fs::read_to_string(&file).unwrap(), whole, "a new secret");
}

#[test]
fn a_backup_neither_contains_the_secret_nor_replaces_it() {
    let taskline = Taskline::new();
    taskline.start_with(&["local", "--listen", "127.0.0.1:0", "--webhook", "http://127.0.0.1:1"]).terminate();
    let file = taskline.data().join("webhook-secret");
    let secret = fs::read_to_string(&file).unwrap();
    let refused = taskline.run(&["backup", "--yes", file.to_str().unwrap()]);
    assert_ne!(refused.code, 0, "{}", refused.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), secret);
    let target = taskline.data().with_file_name("backup.db");
    assert_eq!(taskline.run(&["backup", target.to_str().unwrap()]).code, 0);
    let copied = fs::read(&target).unwrap();
    assert!(!copied.windows(secret.trim().len()).any(|part| part == secret.trim().as_bytes()));
}
