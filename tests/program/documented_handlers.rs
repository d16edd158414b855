//! The short handlers of README.md and docs/getting-started.md, as written. The Rust handler of docs/handlers.md is an example
//! of the `processor` crate.

use std::{
    fs,
    process::{Command, Stdio},
};

use harness::{
    Port,
    document::{Document, root},
};

use crate::{handlers::Receiver, taskline::Taskline};

/// Where the receivers of the pages listen.
const PORT: &str = "9000";

/// The status of a task that is sent to a receiver in Python, on a free port in place of that of the page.
fn status_after(code: &str) -> String {
    let port = Port::free();
    // The first attempts may be made before the receiver listens.
    let taskline = Taskline::new().with("RETRY_MAX_SECONDS", "1");
    let file = taskline.file("handler.py", &code.replace(PORT, &port.number().to_string()));
    let child = Command::new("python3").arg(file).stdout(Stdio::null()).spawn();
    let _receiver = Receiver(child.unwrap());
    let url = format!("http://127.0.0.1:{}", port.number());
    let _running = taskline.start_with(&["local", "--listen", "127.0.0.1:0", "--webhook", &url]);
    let id = taskline.submit("Water the plants");
    let is_finished =
        |task: &serde_json::Value| ["completed", "dead_lettered"].contains(&task["status"].as_str().unwrap());
    taskline.until(&["task", "show", &id], is_finished)["status"].as_str().unwrap().to_owned()
}

#[test]
fn every_short_handler_of_the_pages_completes_a_task() {
    let pages = ["README.md", "docs/getting-started.md"].map(Document::read);
    let handlers: Vec<_> = pages.iter().flat_map(|page| page.blocks_in("python")).collect();
    assert_eq!(handlers.len(), 3);
    for code in handlers {
        assert_eq!(status_after(&code), "completed", "{code}");
    }
}

#[test]
fn the_rust_handler_of_the_page_equals_the_example() {
    let example = fs::read_to_string(root().join("processor/examples/own_handler.rs")).unwrap();
    let (_, code) = example.split_once("\n\n").unwrap();
    assert_eq!(Document::read("docs/handlers.md").blocks_in("rust"), [code]);
}
