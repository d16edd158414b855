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
async fn a_paused_line_accepts_tasks_and_handles_none_until_it_is_resumed() {
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
fn pausing_a_paused_line_reports_that_nothing_changed() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    let already = "Nothing was changed, and this reason was not stored.";
    let never_paused = taskline.run(&["line", "resume", "--reason", "a test"]);
    assert_eq!(never_paused.code, 0, "{}", never_paused.err);
    assert!(never_paused.err.contains(&format!("It was running already. {already}")), "{}", never_paused.err);
    for verb in ["pause", "resume"] {
        let first = taskline.run(&["line", verb, "--reason", "a test"]);
        assert!(!first.err.contains("already"), "{}", first.err);
        for reason in ["a test", "another one"] {
            let again = taskline.run(&["line", verb, "--reason", reason]);
            assert_eq!(again.code, 0, "{}", again.err);
            let since = again.err.contains("already, since") && again.err.contains("by ann: a test");
            assert!(since && again.err.contains(already), "{reason}: {}", again.err);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_and_resume_report_whether_they_changed_the_line() {
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
async fn on_aws_pause_and_resume_compare_the_state_of_the_event_source_mapping() {
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
            "QueueUrl": "http://queue.test/line.fifo", "DeadLetterQueueUrl": "http://queue.test/dead-letters.fifo",
            "MessageGroup": "line", "TableName": "records", "EventSourceMappingId": "mapping", "CodeVersion": "1",
        }});
        let taskline = Taskline::new();
        let file = taskline.file("outputs.json", &outputs.to_string());
        let taskline = reaching(Taskline::on(&["--outputs", &file, "--endpoint-url", aws.url()]));
        let output = taskline.run(&["--json", "line", verb, "--reason", "a test"]);
        assert_eq!(output.code, 0, "{}", output.err);
        assert_eq!(output.json()["switched"], switched, "{verb} {before}");
        assert_eq!(output.err.contains("already. Nothing was changed"), !switched, "{}", output.err);
        assert_eq!(output.err.contains("CloudTrail"), switched, "{}", output.err);
    }
}

#[test]
fn without_a_command_help_goes_to_stderr_and_stdout_stays_empty() {
    let taskline = Taskline::new();
    let help = taskline.run(&[]);
    assert!(help.code == 0 && help.out.contains("Usage: taskline"), "{}", help.err);
    let refused = taskline.run(&["--json"]);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{}", refused.err);
    assert!(refused.err.contains("name a command"), "{}", refused.err);
}

#[test]
fn a_pause_survives_a_restart() {
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
async fn the_latest_failures_are_listed_newest_first() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline();
    let _running = taskline.start();
    let mut dead = Vec::new();
    for title in ["a", "b", "c", "d"] {
        receiver.answer(title, StatusCode::UNPROCESSABLE_ENTITY);
        dead.push(taskline.submit(title));
    }
    let status = taskline.until(&["line", "status"], |status| status["dead_lettered"] == 4);
    let newest = status["newest_failures"].as_array().unwrap();
    let newest: Vec<_> = newest.iter().map(|dead_letter| dead_letter["task_id"].as_str().unwrap()).collect();
    assert_eq!(newest, [&dead[3], &dead[2], &dead[1]]);
    let text = taskline.run(&["line", "status"]).out;
    assert!(text.contains("failed        ") && text.contains("permanent http_422"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_without_a_running_process_is_stopped_in_every_case() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    assert_eq!(taskline.json(&["line", "status"])["state"], "stopped", "an empty line is stopped, too");
    let id = taskline.submit("waits");
    taskline.run(&["line", "pause", "--reason", "a test"]);
    let status = taskline.json(&["line", "status"]);
    assert_eq!((&status["state"], &status["running"]), (&json!("stopped"), &json!(false)));
    assert_eq!((&status["paused"], &status["seconds_to_drain"]), (&json!(true), &json!(null)));
    assert_eq!((&status["head"]["task_id"], &status["head"]["status"]), (&json!(id), &json!("accepted")));
    let text = taskline.run(&["line", "status"]).out;
    assert!(text.contains("stopped: no `taskline local` runs here; the line is also paused"), "{text}");

    let console = taskline.start_with(&["console"]);
    let snapshot = Console::at(&console.console).get("/api/snapshot").await;
    assert_eq!((&snapshot["state"], &snapshot["paused"]), (&json!("stopped"), &json!(true)));
    taskline.start().kill();
    assert_eq!(taskline.json(&["line", "status"])["state"], "stopped", "a lock does not outlive its process");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_names_the_failing_head_and_its_next_attempt() {
    let receiver = Receiver::start().await;
    receiver.answer("a", StatusCode::SERVICE_UNAVAILABLE);
    // So long that the test ends while the task waits.
    let settings = [("ATTEMPT_BUDGET", "100"), ("RETRY_BASE_SECONDS", "3600"), ("RETRY_MAX_SECONDS", "3600")];
    let taskline =
        settings.iter().fold(receiver.taskline(), |taskline, (name, value)| taskline.with(name, *value));
    let running = taskline.start();
    let ids = ["a", "b"].map(|title| taskline.submit(title));
    let moment = |at: &Value| at.as_str()?.parse::<shared::Timestamp>().ok();
    let wait = |status: &Value| {
        Some(moment(&status["head"]["next_attempt_at"])? - moment(&status["head"]["failure"]["at"])?)
    };
    // Jitter shortens the delay by up to half. Until the message is hidden for the delay, its lease sets the time.
    let waits = |status: &Value| wait(status).is_some_and(|wait| wait >= TimeDelta::seconds(1800));
    let status = taskline.until(&["line", "status"], waits);
    assert_eq!((&status["state"], &status["head"]["task_id"]), (&json!("retrying"), &json!(ids[0])));
    assert_eq!((&status["head"]["status"], &status["head"]["attempts"]), (&json!("retrying"), &json!(1)));
    assert_eq!(
        (&status["head"]["failure"]["code"], &status["head"]["attempts_left"]),
        (&json!("http_503"), &json!(100))
    );
    assert_eq!(status["seconds_to_drain"], json!(null));

    let console = Console::at(&running.console);
    let snapshot =
        eventually(|| console.get("/api/snapshot"), |snapshot| snapshot["state"] == "retrying").await;
    assert_eq!(
        (&snapshot["head"]["task_id"], snapshot["head"]["failure"]["code"].as_str()),
        (&json!(ids[0]), Some("http_503"))
    );
    let text = taskline.run(&["line", "status"]).out;
    assert!(text.contains(&format!("head          {} ", ids[0])), "{text}");
    assert!(text.contains("last failure  ") && text.contains("unavailable http_503"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_and_the_page_count_the_same_minute_of_completions() {
    let taskline = Taskline::new();
    let running = taskline.start();
    for title in ["a", "b", "c"] {
        taskline.submit(title);
    }
    taskline.until_idle();
    let console = Console::at(&running.console);
    let counted = |snapshot: &Value| snapshot["last_hour"][59]["completed"] == json!(3);
    let snapshot = eventually(|| console.get("/api/snapshot"), counted).await;
    assert_eq!(snapshot["completed_last_minute"], snapshot["last_hour"][59]["completed"]);
    assert_eq!(taskline.json(&["line", "status"])["completed_last_minute"], 3);
}

#[test]
fn a_watched_status_is_printed_again_when_it_changes() {
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
