//! `taskline dead-letters redrive` of many dead letters: previewed, limited, interrupted, killed, and run twice at
//! once.

use std::process::{Child, Command, Stdio};

use axum::http::StatusCode;
use local::{DataDirectory, SqliteTaskRecords};
use serde_json::json;
use shared::{Status, ports::TaskRecords};

use crate::{
    receiver::Receiver,
    taskline::{Running, Taskline},
};

const REDRIVE: [&str; 5] = ["dead-letters", "redrive", "--force", "--reason", "the receiver was fixed"];

/// A pipeline with this many dead letters, `00`, `01` ..., whose receiver is fixed.
async fn with_dead(count: usize) -> (Receiver, Taskline, Running, Vec<String>) {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("RUST_LOG", "warn");
    let running = taskline.start();
    let titles: Vec<_> = (0..count).map(|number| format!("{number:02}")).collect();
    titles.iter().for_each(|title| receiver.answer(title, StatusCode::UNPROCESSABLE_ENTITY));
    let lines: String = titles.iter().map(|title| crate::taskline::task(title) + "\n").collect();
    assert_eq!(taskline.run_with_input(&["submit"], &lines).code, 0);
    taskline
        .until(&["line", "status"], |status| status["dead_lettered"] == count && status["state"] == "idle");
    titles.iter().for_each(|title| receiver.answer(title, StatusCode::OK));
    (receiver, taskline, running, titles)
}

/// Starts a redrive of all dead letters as a separate process.
fn begin(taskline: &Taskline, arguments: &[&str]) -> Child {
    let mut command = taskline.command(&[&REDRIVE[..], &["--all", "--yes"], arguments].concat());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(name: &str, process: &Child) {
    let kill = format!("kill -{name} {}", process.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

fn records_of(taskline: &Taskline) -> SqliteTaskRecords {
    SqliteTaskRecords::new(DataDirectory::new(taskline.data()).open().unwrap())
}

/// Each dead letter was sent once more, in the original order, and completed.
fn assert_redriven_once_in_order(receiver: &Receiver, taskline: &Taskline, titles: &[String]) {
    taskline.until_idle();
    assert_eq!(receiver.titles()[titles.len()..], *titles);
    assert_eq!(taskline.json(&["dead-letters", "list"])["dead_letters"], json!([]));
    let verified = taskline.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_counts_overtaken_refused_and_earlier_tasks() {
    let (_receiver, taskline, _running, _) = with_dead(3).await;
    taskline.run(&["line", "pause", "--reason", "a test"]);
    taskline.submit("waits");
    let preview =
        taskline.json(&["dead-letters", "redrive", "--title", "02", "--reason", "the receiver was fixed"]);
    assert_eq!(preview["would_redrive"].as_array().unwrap().len(), 1);
    assert_eq!(preview["would_refuse"], json!([]));
    assert!(preview["may_fail_again"][0]["reason"].as_str().unwrap().contains("not reported a version"));
    let preview = taskline.json(&[&REDRIVE[..], &["--title", "02"]].concat());
    assert_eq!(
        (preview["would_redrive"].as_array().unwrap().len(), &preview["would_refuse"]),
        (1, &json!([]))
    );
    assert_eq!((&preview["overtakes"], &preview["overtaken_by"]), (&json!(2), &json!(1)));
    let message = taskline.run(&[&REDRIVE[..], &["--all"]].concat()).err;
    assert!(
        message.contains("3 tasks would go to the end of the line") && !message.contains("stay behind"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_redrive_takes_the_earliest_dead_letters() {
    let (receiver, taskline, _running, titles) = with_dead(4).await;
    let output = taskline.run(&[&REDRIVE[..], &["--all", "--yes", "--max", "3"]].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    taskline.until_idle();
    assert_eq!(receiver.titles()[4..], titles[..3]);
    assert_eq!(taskline.json(&["dead-letters", "list"])["dead_letters"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_redrive_stops_between_two_tasks_and_continues_when_run_again() {
    let (receiver, taskline, _running, titles) = with_dead(60).await;
    let redriving = begin(&taskline, &["--rate", "1"]);
    receiver.counted().wait_for(|calls| *calls > 60).await.unwrap();
    signal("INT", &redriving);
    let ended = redriving.wait_with_output().unwrap();
    let message = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{message}");
    assert!(message.contains(" redriven.") && message.contains("not tried"), "{message}");
    let left = taskline.json(&["dead-letters", "list"]);
    let left = left["dead_letters"].as_array().unwrap();
    assert!(
        (1..60).contains(&left.len())
            && left.iter().all(|dead_letter| dead_letter["status"] == "dead_lettered")
    );
    let again = begin(&taskline, &[]).wait_with_output().unwrap();
    assert!(again.status.success());
    assert_redriven_once_in_order(&receiver, &taskline, &titles);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_concurrent_redrives_send_each_dead_letter_once_in_the_original_order() {
    let (receiver, taskline, _running, titles) = with_dead(40).await;
    let both = [begin(&taskline, &[]), begin(&taskline, &[])];
    for one in both {
        let ended = one.wait_with_output().unwrap();
        let message = String::from_utf8(ended.stderr).unwrap();
        // Tasks that the other process redrove first are refused, for no other reason.
        let refused = message.lines().filter(|line| line.starts_with("Not redriven"));
        for line in refused {
            assert!(line.ends_with(", not dead_lettered"), "{line}");
        }
    }
    assert_redriven_once_in_order(&receiver, &taskline, &titles);
    assert!(taskline.run(&["dead-letters", "reconcile"]).err.contains("agree"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_redrive_that_a_processor_finishes_is_reported_as_redriven() {
    let (receiver, taskline, _running, titles) = with_dead(2).await;
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    let mut killed = taskline.command(&[&REDRIVE[..], &["--title", "01", "--yes"]].concat());
    killed.env("CRASH_AT", "enqueue:after:1").output().unwrap();
    assert_eq!(taskline.json(&["dead-letters", "list"])["dead_letters"][1]["status"], "redriving");
    let records = records_of(&taskline);
    let redriving = begin(&taskline, &["--rate", "1"]);
    while records.needing_attention(None, 500).await.unwrap().records.len() == 2 {}
    signal("STOP", &redriving);
    // The resume fails if the first dead letter took the whole second and the redrive stopped at the next one with
    // the file locked.
    let is_resumed = taskline.run(&["line", "resume", "--reason", "a test"]).code == 0;
    if is_resumed {
        taskline.until_idle();
    }
    signal("CONT", &redriving);
    let ended = redriving.wait_with_output().unwrap();
    let message = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success() && message.contains("2 tasks redriven."), "{message}");
    assert!(is_resumed || taskline.run(&["line", "resume", "--reason", "a test"]).code == 0);
    taskline.until_idle();
    assert_eq!(receiver.titles()[titles.len()..], ["01", "00"]);
}

/// The process is killed as soon as it has begun one, two or three dead letters: before that one is sent, after it,
/// or in between.
#[tokio::test(flavor = "multi_thread")]
async fn repeatedly_killed_redrives_lose_nothing_repeat_nothing_and_keep_the_order() {
    let (receiver, taskline, _running, titles) = with_dead(40).await;
    let records = records_of(&taskline);
    let dead = async || {
        let page = records.needing_attention(None, 500).await.unwrap();
        page.records.iter().filter(|record| record.status == Status::DeadLettered).count()
    };
    let mut kills = 0;
    while dead().await > 0 {
        let kill_at = dead().await.saturating_sub(1 + kills % 3);
        // A few at a time, so that a late kill leaves others for the next.
        let mut redriving = begin(&taskline, &["--max", "4"]);
        while dead().await > kill_at && redriving.try_wait().unwrap().is_none() {}
        redriving.kill().unwrap();
        redriving.wait().unwrap();
        kills += 1;
    }
    assert!(kills > 3, "only {kills} kills: too few");
    let last = begin(&taskline, &[]).wait_with_output().unwrap();
    assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
    assert_redriven_once_in_order(&receiver, &taskline, &titles);
}
