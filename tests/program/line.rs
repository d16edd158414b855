//! `taskline line`.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    sync::mpsc,
    thread,
    time::Duration,
};

use axum::http::StatusCode;
use chrono::TimeDelta;
use harness::{StandIn, eventually};
use serde_json::{Value, json};

use crate::{console::Console, receiver::Receiver, stack::reaching, taskline::Taskline};

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::123456789012:user/ann</Arn><UserId>A</UserId><Account>123456789012</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_line_takes_tasks_and_handles_none_until_it_is_resumed() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline();
    let running = taskline.start();
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    for title in ["a", "b", "c"] {
        taskline.submit(title);
    }
    let status = taskline.json(&["line", "status"]);
    assert_eq!((status["state"].as_str(), status["waiting"].as_u64()), (Some("paused"), Some(3)));
    assert!(receiver.titles().is_empty());
    assert_eq!(taskline.run(&["line", "resume", "--reason", "a test"]).code, 0);
    taskline.until_idle();
    assert_eq!(receiver.titles(), ["a", "b", "c"]);
    running.terminate();
}

#[test]
fn a_line_that_was_so_already_is_said_to_be_unchanged_whatever_the_reason() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    let already = "nothing was changed, and this reason is not kept";
    let never_paused = taskline.run(&["line", "resume", "--reason", "a test"]);
    assert_eq!(never_paused.code, 0, "{}", never_paused.err);
    assert!(never_paused.err.contains(&format!("It was so already; {already}")), "{}", never_paused.err);
    for verb in ["pause", "resume"] {
        let first = taskline.run(&["line", verb, "--reason", "a test"]);
        assert!(!first.err.contains("already"), "{}", first.err);
        for reason in ["a test", "another one"] {
            let again = taskline.run(&["line", verb, "--reason", reason]);
            assert_eq!(again.code, 0, "{}", again.err);
            let since =
                again.err.contains("It was so already, since") && again.err.contains("by ann: a test");
            assert!(since && again.err.contains(already), "{reason}: {}", again.err);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_the_line_was_switched_is_told_to_programs_and_to_the_page() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let console = Console::at(&running.console);
    let order = |action: &str| json!({"action": action});
    for (verb, action) in [("pause", "pause_line"), ("resume", "resume_line")] {
        let switch = || taskline.json(&["line", verb, "--reason", "a test"])["switched"].clone();
        assert_eq!((switch(), switch()), (json!(true), json!(false)), "{verb}");
        assert_eq!(console.act(&order(action)).await.1["switched"], false, "{verb}");
    }
    for action in ["pause_line", "resume_line"] {
        assert_eq!(console.act(&order(action)).await.1["switched"], true, "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_a_line_is_switched_if_its_mapping_stood_otherwise_before() {
    for (verb, before, switched) in [
        ("pause", "Enabled", true),
        ("pause", "Disabled", false),
        ("resume", "Disabled", true),
        ("resume", "Enabled", false),
    ] {
        let aws = StandIn::start(move |operation, asked| match operation.split(' ').next() {
            Some("GetCallerIdentity") => (200, json!(IDENTITY)),
            Some("PUT") if asked["Enabled"] == json!(true) => (202, json!({"State": "Enabled"})),
            Some("PUT") => (202, json!({"State": "Disabled"})),
            _ => (200, json!({"State": before})),
        })
        .await;
        let outputs = json!({"a-processing": {
            "QueueUrl": "http://queue.test/line.fifo", "DeadLetterQueueUrl": "http://queue.test/letters.fifo",
            "MessageGroup": "line", "TableName": "records", "EventSourceMappingId": "mapping", "CodeVersion": "1",
        }});
        let taskline = Taskline::new();
        let file = taskline.file("outputs.json", &outputs.to_string());
        let taskline = reaching(Taskline::on(&["--outputs", &file, "--endpoint-url", aws.url()]));
        let said = taskline.run(&["--json", "line", verb, "--reason", "a test"]);
        assert_eq!(said.code, 0, "{}", said.err);
        assert_eq!(said.json()["switched"], switched, "{verb} {before}");
        assert_eq!(said.err.contains("It was so already; nothing was changed"), !switched, "{}", said.err);
        assert_eq!(said.err.contains("CloudTrail"), switched, "{}", said.err);
    }
}

#[test]
fn without_a_command_there_is_help_for_people_and_nothing_for_programs() {
    let taskline = Taskline::new();
    let help = taskline.run(&[]);
    assert!(help.code == 0 && help.out.contains("Usage: taskline"), "{}", help.err);
    let misused = taskline.run(&["--json"]);
    assert_eq!((misused.code, misused.out.as_str()), (2, ""), "{}", misused.err);
    assert!(misused.err.contains("name a command"), "{}", misused.err);
}

#[test]
fn a_pause_outlives_the_process() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    taskline.run(&["line", "pause", "--reason", "a test"]);
    let id = taskline.submit("waits");
    let running = taskline.start();
    assert_eq!(taskline.json(&["line", "status"])["state"], "paused");
    assert_eq!(taskline.status_of(&id)["status"], "accepted");
    taskline.run(&["line", "resume", "--reason", "a test"]);
    taskline.until_idle();
    assert_eq!(taskline.status_of(&id)["status"], "completed");
    running.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_failures_are_told_newest_first() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline();
    let _running = taskline.start();
    let mut dead = Vec::new();
    for title in ["a", "b", "c", "d"] {
        receiver.answer(title, StatusCode::FORBIDDEN);
        dead.push(taskline.submit(title));
    }
    let status = taskline.until(&["line", "status"], |status| status["dead_lettered"] == 4);
    let newest = status["newest_failures"].as_array().unwrap();
    let newest: Vec<_> = newest.iter().map(|dead_letter| dead_letter["task_id"].as_str().unwrap()).collect();
    assert_eq!(newest, [&dead[3], &dead[2], &dead[1]]);
    let text = taskline.run(&["line", "status"]).out;
    assert!(text.contains("failed        ") && text.contains("permanent http_403"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_no_process_runs_is_stopped_whatever_else_it_is() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    assert_eq!(taskline.json(&["line", "status"])["state"], "stopped", "also when it is empty");
    let id = taskline.submit("waits");
    taskline.run(&["line", "pause", "--reason", "a test"]);
    let status = taskline.json(&["line", "status"]);
    assert_eq!((&status["state"], &status["running"]), (&json!("stopped"), &json!(false)));
    assert_eq!((&status["paused"], &status["seconds_to_drain"]), (&json!(true), &json!(null)));
    assert_eq!((&status["head"]["task_id"], &status["head"]["status"]), (&json!(id), &json!("accepted")));
    let text = taskline.run(&["line", "status"]).out;
    assert!(text.contains("stopped: no `taskline local` runs here; the line is paused, too"), "{text}");

    let console = taskline.start_with(&["console"]);
    let look = Console::at(&console.console).get("/api/snapshot").await;
    assert_eq!((&look["state"], &look["paused"]), (&json!("stopped"), &json!(true)));
    taskline.start().kill();
    assert_eq!(taskline.json(&["line", "status"])["state"], "stopped", "a lock does not outlive its process");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_whose_head_only_fails_says_which_it_is_and_when_it_is_tried_again() {
    let receiver = Receiver::start().await;
    receiver.answer("a", StatusCode::SERVICE_UNAVAILABLE);
    // So long that the test is over while the task waits.
    let settings = [("ATTEMPT_BUDGET", "100"), ("RETRY_BASE_SECONDS", "3600"), ("RETRY_MAX_SECONDS", "3600")];
    let taskline =
        settings.iter().fold(receiver.taskline(), |taskline, (name, value)| taskline.with(name, *value));
    let running = taskline.start();
    let ids = ["a", "b"].map(|title| taskline.submit(title));
    let moment = |at: &Value| at.as_str()?.parse::<shared::Timestamp>().ok();
    let wait = |status: &Value| {
        Some(moment(&status["head"]["next_attempt_at"])? - moment(&status["head"]["failure"]["at"])?)
    };
    // The wait is cut by up to half. Until its message is hidden for so long, it is by its lease.
    let waits = |status: &Value| wait(status).is_some_and(|wait| wait >= TimeDelta::seconds(1800));
    let status = taskline.until(&["line", "status"], waits);
    assert_eq!((&status["state"], &status["head"]["task_id"]), (&json!("retrying"), &json!(ids[0])));
    assert_eq!((&status["head"]["status"], &status["head"]["attempts"]), (&json!("retrying"), &json!(1)));
    assert_eq!(
        (&status["head"]["failure"]["code"], &status["head"]["attempts_left"]),
        (&json!("http_503"), &json!(99))
    );
    assert_eq!(status["seconds_to_drain"], json!(null));

    let console = Console::at(&running.console);
    let look = eventually(|| console.get("/api/snapshot"), |look| look["state"] == "retrying").await;
    assert_eq!(
        (&look["head"]["task_id"], look["head"]["failure"]["code"].as_str()),
        (&json!(ids[0]), Some("http_503"))
    );
    let text = taskline.run(&["line", "status"]).out;
    assert!(text.contains(&format!("head          {} ", ids[0])), "{text}");
    assert!(text.contains("last failure  ") && text.contains("transient http_503"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_and_the_page_count_the_same_minute() {
    let taskline = Taskline::new();
    let running = taskline.start();
    for title in ["a", "b", "c"] {
        taskline.submit(title);
    }
    taskline.until_idle();
    let console = Console::at(&running.console);
    let counted = |look: &Value| look["hour"][59]["completed"] == json!(3);
    let look = eventually(|| console.get("/api/snapshot"), counted).await;
    assert_eq!(look["completed_last_minute"], look["hour"][59]["completed"]);
    assert_eq!(taskline.json(&["line", "status"])["completed_last_minute"], 3);
}

#[test]
fn a_watched_line_is_shown_again_when_it_changes() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let mut command = taskline.command(&["--json", "line", "status", "--watch"]);
    let mut watching = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let (seen, shown) = mpsc::channel();
    let lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let reading = thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let _ = seen.send(serde_json::from_str::<Value>(&line).unwrap());
        }
    });
    let until = |state: &str| while shown.recv_timeout(Duration::from_secs(60)).unwrap()["state"] != state {};
    until("idle");
    taskline.run(&["line", "pause", "--reason", "a test"]);
    until("paused");
    running.terminate();
    until("stopped");
    taskline.run(&["line", "resume", "--reason", "a test"]);
    let _running = taskline.start();
    until("idle");
    watching.kill().unwrap();
    watching.wait().unwrap();
    reading.join().unwrap();
}
