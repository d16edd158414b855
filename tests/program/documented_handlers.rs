//! Runs the handlers in the pages as written: Python and Node, with and without verification of the signature. The Rust
//! handler is an example of the `processor` crate.

use std::{
    fs,
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use harness::document::{Document, root};

use crate::{data::Data, request::wait, taskline::Taskline};

const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET: &str = "C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Where the receivers of the pages listen. Handlers without it are no receivers, and have their own tests.
const PORT: &str = "9000";

/// A running handler, killed when the test ends.
struct Handler(Child);

impl Drop for Handler {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the code on a free port in place of that of the page.
fn start(language: &str, code: &str, taskline: &Taskline, port: u16) -> Handler {
    let code = code.replace(PORT, &port.to_string());
    let (program, name) = match language {
        "python" => ("python3", "handler.py"),
        "js" => ("node", "handler.mjs"),
        other => panic!("{other} has no interpreter here"),
    };
    let file = taskline.file(name, &code);
    let child = Command::new(program).arg(file).env("WEBHOOK_SECRET", SECRET).stdout(Stdio::null()).spawn();
    Handler(child.unwrap_or_else(|error| panic!("{program}: {error}")))
}

/// The status and the result of a task that a program handles.
fn handled_by_program(flag: &str, code: &str) -> (String, Option<String>) {
    let taskline = Taskline::new().with("PATH", env!("PATH"));
    let command = format!("python3 '{}'", taskline.file("handle.py", code));
    let _running = taskline.start_with(&["local", "--listen", "127.0.0.1:0", flag, &command]);
    taskline.submit("Feed the cat");
    taskline.submit("Water the plants");
    taskline.until_idle();
    let status = |title| wait(Data::of(&taskline).titled(title)).unwrap();
    let refused = status("Feed the cat").status;
    let result = status("Water the plants").result.map(|result| result.as_str().to_owned());
    (refused.to_string(), result)
}

/// The status of a task whose delivery is signed with `secret`, and the class and code of its last failure, when it is finished
/// or was refused.
fn status_after(language: &str, code: &str, secret: &str) -> (String, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // The first attempts may be made before the handler listens.
    let taskline = Taskline::new()
        .with("TASK_HANDLER", "webhook")
        .with("WEBHOOK_URL", format!("http://127.0.0.1:{port}"))
        .with("WEBHOOK_SECRET", secret)
        .with("ATTEMPT_BUDGET", "100")
        .with("RETRY_MAX_SECONDS", "1");
    let _handler = start(language, code, &taskline, port);
    let _running = taskline.start();
    let id = taskline.submit("Water the plants");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let failure = |task: &serde_json::Value| {
        format!("{} {}", text(&task["failure"]["class"]), text(&task["failure"]["code"]))
    };
    let is_decided = |task: &serde_json::Value| {
        task["finished_at"].is_string() || task["status"] == "retrying" && failure(task).contains(" http_")
    };
    let task = taskline.until(&["task", "show", &id], is_decided);
    (text(&task["status"]), failure(&task))
}

/// The handlers of the pages: the page, the language, the code.
fn handlers() -> Vec<(String, String, String)> {
    let pages = ["README.md", "docs/getting-started.md", "docs/handlers.md"].map(Document::read);
    let blocks = pages.iter().flat_map(|page| {
        let is_a_receiver = |code: &String| code.contains(PORT);
        let in_language = |language: &'static str| {
            page.blocks_in(language)
                .into_iter()
                .filter(is_a_receiver)
                .map(move |code| (page.path.clone(), language.to_owned(), code))
        };
        in_language("python").chain(in_language("js"))
    });
    blocks.collect()
}

#[test]
fn every_handler_of_the_pages_completes_a_task() {
    let handlers = handlers();
    assert!(handlers.len() >= 5, "only {} handlers were found", handlers.len());
    for (page, language, code) in handlers {
        let (status, _) = status_after(&language, &code, SECRET);
        assert_eq!(status, "completed", "the handler in {language} of {page}");
    }
}

#[test]
fn every_program_of_the_page_refuses_and_completes_a_task() {
    let programs = Document::read("docs/handlers.md").blocks_in("python");
    let programs: Vec<_> = programs.into_iter().filter(|code| code.contains("sys.stdin")).collect();
    let [once, server] = &programs[..] else { panic!("{} programs were found", programs.len()) };
    for (flag, code) in [("--handler", once), ("--handler-server", server)] {
        let result = Some(r#"{"watered": "Water the plants"}"#.to_owned());
        assert_eq!(handled_by_program(flag, code), ("dead_lettered".to_owned(), result), "{flag}");
    }
}

#[test]
fn every_verifying_handler_refuses_signatures_of_another_secret() {
    let verifying = handlers().into_iter().filter(|(_, _, code)| code.contains("webhook-signature"));
    let mut languages = Vec::new();
    for (page, language, code) in verifying {
        let (status, code) = status_after(&language, &code, OTHER_SECRET);
        assert_eq!((&*status, &*code), ("retrying", "unavailable http_401"), "{language} of {page}");
        languages.push(language);
    }
    assert_eq!(languages, ["python", "js"]);
}

#[test]
fn the_rust_handler_of_the_page_equals_the_example() {
    let example = fs::read_to_string(root().join("processor/examples/own_handler.rs")).unwrap();
    let (_, code) = example.split_once("\n\n").unwrap();
    assert_eq!(Document::read("docs/handlers.md").blocks_in("rust"), [code]);
}
