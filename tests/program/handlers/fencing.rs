//! Every documented handler stores one receipt for a task, whichever of its attempts run at once.

use std::{
    io::Write,
    process::{Child, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    bank::{Bank, Call},
    language::{Handlers, Language, Way},
};

const TASK: &str = "01a21d8d-a7d8-7415-a34d-ffce84a9bcd5";

/// The documented program for each task, run as Taskline runs it.
struct Program {
    handlers: Handlers,
    bank: Bank,
}

impl Program {
    fn of(language: Language) -> Option<Self> {
        Some(Self { handlers: Handlers::with_bank(language)?, bank: Bank::open() })
    }

    fn start(&self, attempt: u32) -> Child {
        let mut command = self.handlers.program(Way::Command);
        command.env("BANK_PORT", self.bank.port.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let task = json!({"task_id": TASK, "attempt": attempt, "title": "t", "payload": {"cents": 1}});
        child.stdin.take().unwrap().write_all(task.to_string().as_bytes()).unwrap();
        child
    }

    /// A run that waits for the bank.
    fn begin(&self, attempt: u32) -> (Child, Call) {
        let child = self.start(attempt);
        let call = self.bank.call();
        assert_eq!((&*call.task_id, call.attempt), (TASK, attempt));
        (child, call)
    }
}

/// The exit code of a run, and its receipt.
fn end(child: Child) -> (i32, Option<String>) {
    let output = child.wait_with_output().unwrap();
    let result = serde_json::from_slice::<Value>(&output.stdout).ok();
    let receipt = result.and_then(|result| Some(result["receipt"].as_str()?.to_owned()));
    (output.status.code().unwrap(), receipt)
}

fn completed(attempt: u32) -> (i32, Option<String>) {
    (0, Some(format!("{TASK}/{attempt}")))
}

const TRIED_AGAIN: (i32, Option<String>) = (75, None);

fn one_receipt_is_stored(language: Language) {
    let Some(program) = Program::of(language) else { return };
    // Attempt 1 is still running when attempt 2 begins. It is paid first, and stores nothing.
    let (old, mut old_call) = program.begin(1);
    let (new, mut new_call) = program.begin(2);
    old_call.pay();
    assert_eq!(end(old), TRIED_AGAIN, "{language:?}: an old attempt");
    // The same attempt once more. Both are paid, and only the first receipt counts.
    let (copy, mut copy_call) = program.begin(2);
    new_call.pay();
    assert_eq!(end(new), completed(2), "{language:?}: the newest attempt");
    copy_call.answer(&format!("paid {TASK}/another"));
    assert_eq!(end(copy), completed(2), "{language:?}: the same attempt, at once");
    // Later, none of them asks the bank again.
    for attempt in [2, 3, 1] {
        assert_eq!(end(program.start(attempt)), completed(2), "{language:?}: attempt {attempt}, later");
    }
    assert!(program.bank.call_within(Duration::ZERO).is_none(), "{language:?} paid again");
}

#[test]
fn python_stores_one_receipt_for_a_task() {
    one_receipt_is_stored(Language::Python);
}

#[test]
fn typescript_stores_one_receipt_for_a_task() {
    one_receipt_is_stored(Language::TypeScript);
}

#[test]
fn go_stores_one_receipt_for_a_task() {
    one_receipt_is_stored(Language::Go);
}

#[test]
fn rust_stores_one_receipt_for_a_task() {
    one_receipt_is_stored(Language::Rust);
}
