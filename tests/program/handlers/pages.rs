//! The handlers of the pages, as written: each is started as its page says, completes a task and refuses another one.

use std::{
    fs,
    process::{Child, Stdio},
};

use harness::{
    Port,
    document::{Document, root},
    taskline::Taskline,
};
use serde_json::{Value, json};

use super::language::{Handlers, Language, Way};

const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET: &str = "C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A running receiver, killed when the test ends.
pub struct Receiver(pub Child);

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn submit(taskline: &Taskline, payload: &Value) -> String {
    let task = json!({"title": "Pay", "description": "Net 30", "priority": "high", "payload": payload});
    let printed = taskline.run_with_input(&["--json", "submit"], &task.to_string());
    assert_eq!(printed.code, 0, "{}", printed.err);
    printed.json()["task_id"].as_str().unwrap().to_owned()
}

fn until_finished(taskline: &Taskline, id: &str) -> Value {
    let is_finished =
        |task: &Value| ["completed", "dead_lettered"].contains(&task["status"].as_str().unwrap());
    taskline.until(&["task", "show", id, "--payload"], is_finished)
}

/// Submits a task that the handlers of the pages complete and one that they refuse.
pub fn completes_and_refuses(taskline: &Taskline, what: &str) {
    let ids = [json!({"cents": 1250}), json!({"cents": "a lot"})].map(|payload| submit(taskline, &payload));
    let [paid, refused] = ids.each_ref().map(|id| until_finished(taskline, id));
    assert_eq!(paid["status"], "completed", "{what}: {paid}");
    assert_eq!(paid["result"], json!({"receipt": format!("receipt-{}", ids[0])}), "{what}");
    assert_eq!((&refused["status"], &refused["attempts"]), (&json!("dead_lettered"), &json!(1)), "{what}");
    let reason = refused["failures"][0].to_string();
    assert!(reason.contains("the payload needs cents, a whole number"), "{what}: {reason}");
}

/// A pipeline that posts to the receiver of a page, with another secret or the same.
fn receiver(handlers: &Handlers, secret: &str) -> (Taskline, Receiver) {
    let port = Port::free();
    let taskline = handlers
        .taskline()
        .with("TASK_HANDLER", "webhook")
        .with("WEBHOOK_URL", format!("http://127.0.0.1:{}", port.number()))
        .with("WEBHOOK_SECRET", secret)
        .with("RETRY_MAX_SECONDS", "1");
    let mut command = handlers.receiver(&taskline, port.number(), SECRET);
    let receiver = Receiver(command.stdout(Stdio::null()).spawn().unwrap());
    (taskline, receiver)
}

fn the_handlers_of(language: Language) {
    let Some(handlers) = Handlers::documented(language) else { return };
    for way in [Way::Command, Way::Server] {
        let taskline = handlers.taskline();
        let arguments = ["local", "--listen", "127.0.0.1:0", way.option(), &handlers.command_line(way)];
        let running = taskline.start_with(&arguments);
        completes_and_refuses(&taskline, &format!("{language:?}, {way:?}"));
        assert_eq!(running.terminate(), 0);
    }
    let (taskline, _receiver) = receiver(&handlers, SECRET);
    let _running = taskline.start();
    completes_and_refuses(&taskline, &format!("{language:?}, webhook"));
    let (taskline, _receiver) = receiver(&handlers, OTHER_SECRET);
    let _running = taskline.start();
    let id = submit(&taskline, &json!({"cents": 1250}));
    // Until the receiver listens, connections are refused.
    let is_answered = |task: &Value| task["failure"]["code"] == "http_401" || task["finished_at"].is_string();
    let task = taskline.until(&["task", "show", &id], is_answered);
    assert_eq!(
        (&task["status"], &task["failure"]["class"]),
        (&json!("retrying"), &json!("unavailable")),
        "{language:?}"
    );
}

#[test]
fn the_handlers_in_python_complete_and_refuse_tasks() {
    the_handlers_of(Language::Python);
}

#[test]
fn the_handlers_in_typescript_complete_and_refuse_tasks() {
    the_handlers_of(Language::TypeScript);
}

#[test]
fn the_handlers_in_go_complete_and_refuse_tasks() {
    the_handlers_of(Language::Go);
}

#[test]
fn the_handlers_in_rust_complete_and_refuse_tasks() {
    the_handlers_of(Language::Rust);
}

/// `make programs` builds these files.
#[test]
fn the_files_of_the_rust_page_are_those_that_were_built() {
    let files = Document::read("docs/handlers/rust.md").files();
    assert_eq!(files.len(), 5);
    for (name, code) in files {
        let built = fs::read_to_string(root().join("tests/payments").join(&name)).unwrap();
        assert_eq!(code, built, "{name}");
    }
}

#[test]
fn the_files_of_the_typescript_page_have_the_types_that_they_name() {
    let handlers = Handlers::documented(Language::TypeScript).unwrap();
    let options = include_str!("tsconfig.json");
    fs::write(handlers.path("tsconfig.json"), options).unwrap();
    handlers.run("node", &["node_modules/typescript/bin/tsc", "--project", "."]);
}

#[test]
fn the_files_of_the_go_page_are_formatted() {
    let Some(handlers) = Handlers::documented(Language::Go) else { return };
    handlers.run("go", &["vet", "./..."]);
    for (name, code) in Language::Go.page().files() {
        assert!(!code.contains("\n    "), "{name} is indented with spaces");
    }
}
