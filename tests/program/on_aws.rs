//! Every command on a pipeline on AWS, which an emulator simulates.

use harness::Outcome;
use serde_json::json;
use shared::ports::TaskQueue;

use crate::{
    console::Console,
    stack::{Stack, reaching},
    taskline::{Taskline, task},
};

const REASON: [&str; 2] = ["--reason", "the receiver was fixed"];

/// A pipeline with a dead letter of each of these titles, and their ids.
async fn with_dead(titles: &[&str]) -> (Stack, Taskline, Vec<String>) {
    let stack = Stack::deploy().await;
    let taskline = stack.taskline();
    let mut ids = Vec::new();
    for title in titles {
        stack.handler.on(title, [Outcome::Permanent("refused")]);
        ids.push(taskline.submit(title));
        stack.turn().await;
    }
    (stack, taskline, ids)
}

/// A pipeline whose line is held at `first`, with one more task behind it; and the id of `first`.
async fn held() -> (Stack, Taskline, String) {
    let stack = Stack::holding().await;
    let taskline = stack.taskline();
    stack.handler.on("first", [Outcome::Permanent("refused")]);
    let id = taskline.submit("first");
    taskline.submit("second");
    stack.turn().await;
    (stack, taskline, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_is_found_by_its_stack_or_by_an_outputs_file() {
    let stack = Stack::deploy().await;
    let by_stack = stack.taskline();
    let id = by_stack.submit("one");
    let file = by_stack.file("outputs.json", &stack.outputs_file());
    for naming in [vec!["--outputs", &file], vec!["--outputs", &file, "--stack", &stack.name]] {
        let endpoint = harness::endpoint::<harness::Ministack>().await;
        let by_file = reaching(Taskline::on(&naming)).with("AWS_ENDPOINT_URL", endpoint);
        assert_eq!(by_file.status_of(&id)["status"], "accepted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn submitted_tasks_are_queued_in_order_and_belong_to_the_operator() {
    let stack = Stack::deploy().await;
    let taskline = stack.taskline();
    let lines: String = ["a", "b", "c"].into_iter().map(|title| task(title) + "\n").collect();
    let first = taskline.run_with_input(&["submit", "--key", "import"], &lines);
    assert_eq!(first.code, 0, "{}", first.err);
    let again = taskline.run_with_input(&["submit", "--key", "import"], &lines);
    let ids = |out: &str| out.lines().map(|line| line[..36].to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&first.out), ids(&again.out));
    assert_eq!(taskline.json(&["line", "status"])["waiting"], 3);
    assert_eq!(taskline.status_of(&ids(&first.out)[0])["submitted_by"], "taskline: operator");
    for _ in 0..3 {
        stack.turn().await;
    }
    assert_eq!(stack.handler.titles(), ["a", "b", "c"]);
    let verified = taskline.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    assert!(verified.out.contains("3 completed"), "{}", verified.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_paused_and_resumed_and_reports_what_is_known() {
    let stack = Stack::deploy().await;
    let taskline = stack.taskline();
    for (verb, state) in [("resume", "idle"), ("resume", "idle"), ("pause", "paused"), ("pause", "paused")] {
        let output = taskline.run(&["line", verb, "--reason", "a test"]);
        assert_eq!(output.code, 0, "{}", output.err);
        assert_eq!(taskline.json(&["line", "status"])["state"], state);
    }
    taskline.submit("waits");
    let status = taskline.json(&["line", "status"]);
    assert_eq!((&status["waiting"], &status["head_age_seconds"]), (&json!(1), &json!(null)));
    assert_eq!((&status["completed_last_minute"], &status["seconds_to_drain"]), (&json!(null), &json!(null)));
    let text = taskline.run(&["line", "status"]).out;
    assert!(text.contains("head's age    unknown") && text.contains("completed     unknown"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_a_line_is_reported_while_it_is_retried() {
    let stack = Stack::deploy().await;
    let taskline = stack.taskline();
    stack.handler.on("fails", [Outcome::Transient("busy")]);
    let id = taskline.submit("fails");
    assert_eq!(taskline.json(&["line", "status"])["head"], json!(null), "SQS does not report the head");
    stack.turn().await;
    let head = &taskline.json(&["line", "status"])["head"];
    assert_eq!((&head["task_id"], &head["status"]), (&json!(id), &json!("retrying")));
    assert_eq!((&head["failure"]["code"], &head["next_attempt_at"]), (&json!("busy"), &json!(null)));
    stack.turn().await;
    assert_eq!(taskline.status_of(&id)["status"], "completed");
    assert_eq!(taskline.json(&["line", "status"])["head"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_watched_until_it_is_finished() {
    let stack = Stack::deploy().await;
    let taskline = stack.taskline();
    let id = taskline.submit("seen");
    let watching = std::thread::spawn(move || taskline.run(&["task", "show", &id, "--watch"]));
    stack.turn().await;
    let watched = tokio::task::spawn_blocking(|| watching.join().unwrap()).await.unwrap();
    assert!(watched.out.contains("status       completed"), "{}{}", watched.out, watched.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_redriven_in_order_and_purged_from_their_queue() {
    let (stack, taskline, ids) = with_dead(&["a", "b", "c"]).await;
    let list = taskline.json(&["dead-letters", "list"])["dead_letters"].clone();
    let listed: Vec<_> =
        list.as_array().unwrap().iter().map(|dead_letter| dead_letter["task_id"].clone()).collect();
    assert_eq!(listed, [json!(ids[0]), json!(ids[1]), json!(ids[2])]);
    assert_eq!(taskline.json(&["dead-letters", "show", &ids[0]])["failure"]["code"], "refused");

    let refused = taskline.run(&[&["dead-letters", "redrive", "--yes", "--all"][..], &REASON].concat());
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("would fail again"), "{}", refused.err);
    let output = taskline
        .run(&[&["--json", "dead-letters", "redrive", "--yes", "--all", "--force"][..], &REASON].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    assert_eq!(
        (output.json()["redriven"].as_array().unwrap().len(), &output.json()["purged"]),
        (3, &json!(3))
    );
    for _ in 0..3 {
        stack.turn().await;
    }
    assert_eq!(stack.handler.titles(), ["a", "b", "c", "a", "b", "c"]);
    let shown = taskline.status_of(&ids[0]);
    assert_eq!((&shown["status"], &shown["generation"]), (&json!("completed"), &json!(1)));
    // The change is recorded under the identity of the credentials.
    assert_eq!((&shown["audit"][0]["by"], &shown["audit"][0]["reason"]), (&json!("root"), &json!(REASON[1])));
    assert!(taskline.run(&["dead-letters", "reconcile"]).err.contains("agree"));
    assert_eq!(taskline.run(&["verify"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_redrives_and_discards_like_the_command_line() {
    let (stack, taskline, ids) = with_dead(&["a", "b"]).await;
    let running = taskline.start_with(&["console"]);
    let console = Console::at(&running.console);
    let snapshot = console.get("/api/snapshot").await;
    assert_eq!((&snapshot["dead_lettered"], &snapshot["completed_last_minute"]), (&json!(2), &json!(null)));
    assert_eq!(console.get("/api/dead-letters/ids?code=refused").await, json!(ids));
    let (_, outcome) = console.act(&json!({"action": "redrive", "ids": ids, "force": true})).await;
    assert_eq!(outcome["done"], json!(ids));
    let task = json!({"title": "c", "description": "d", "priority": "low"});
    console.act(&json!({"action": "submit", "task": task, "key": "once"})).await;
    for _ in 0..3 {
        stack.turn().await;
    }
    assert_eq!(stack.handler.titles(), ["a", "b", "a", "b", "c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_amended_and_another_discarded() {
    let (stack, taskline, ids) = with_dead(&["wrong", "needless"]).await;
    let file = taskline.file("fixed.json", &task("right"));
    let amend = [&["dead-letters", "amend", "--yes", &ids[0], &file][..], &REASON].concat();
    assert_eq!(taskline.run(&amend).code, 0);
    let discard = [&["dead-letters", "discard", "--yes", &ids[1]][..], &REASON].concat();
    assert_eq!(taskline.run(&discard).code, 0);
    let redrive = [&["dead-letters", "redrive", "--yes", "--all"][..], &REASON].concat();
    assert_eq!(taskline.run(&redrive).code, 0);
    stack.turn().await;
    assert_eq!(stack.handler.titles(), ["wrong", "needless", "right"]);
    assert_eq!(taskline.status_of(&ids[0])["status"], "completed");
    assert_eq!(taskline.status_of(&ids[1])["status"], "discarded");
    assert_eq!(taskline.json(&["dead-letters", "list"])["dead_letters"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn reconcile_records_messages_that_sqs_moved_to_the_dead_letter_queue() {
    let stack = Stack::deploy().await;
    let taskline = stack.taskline();
    let id = taskline.submit("throttled");
    for _ in 0..3 {
        let seen = stack.line().receive(1, 5).await.unwrap();
        stack.line().change_visibility(&seen[0].receipt, 0).await.unwrap();
    }
    assert!(stack.line().receive(1, 1).await.unwrap().is_empty());
    assert_eq!(taskline.status_of(&id)["status"], "accepted");
    let found = taskline.run(&["dead-letters", "reconcile", "--yes"]);
    assert!(found.out.contains(&id) && found.err.contains("Repaired 1 task,"), "{}{}", found.out, found.err);
    assert_eq!(taskline.json(&["dead-letters", "list"])["dead_letters"][0]["task_id"], id.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_task_is_amended_and_resumed_at_its_position() {
    let (stack, taskline, id) = held().await;
    assert_eq!(taskline.json(&["held", "show"])[0]["task_id"], id.as_str());
    assert!(taskline.run(&["held", "show"]).err.contains("1 task waits behind it"));
    // Fourteen days after it was enqueued.
    let shown = &taskline.json(&["held", "show"])[0];
    let moment = |name: &str| shown[name].as_str().unwrap().parse::<shared::Timestamp>().unwrap();
    assert_eq!(moment("lost_at") - moment("enqueued_at"), chrono::TimeDelta::days(14));
    let file = taskline.file("fixed.json", &task("fixed"));
    assert_eq!(taskline.run(&["held", "amend", &id, &file, "--yes", "--reason", "typo"]).code, 0);
    let resumed = taskline.run(&["held", "resume", "--yes", "--reason", "a test"]);
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    stack.turn().await;
    stack.turn().await;
    assert_eq!(stack.handler.titles(), ["first", "fixed", "second"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn skipping_or_discarding_a_held_task_lets_the_line_continue() {
    for (verb, status) in [("skip", "dead_lettered"), ("discard", "discarded")] {
        let (stack, taskline, id) = held().await;
        let output = taskline.run(&["held", verb, "--yes", "--reason", "a test"]);
        assert_eq!(output.code, 0, "{}", output.err);
        stack.turn().await;
        stack.turn().await;
        assert_eq!(stack.handler.titles(), ["first", "second"]);
        assert_eq!(taskline.status_of(&id)["status"], status);
    }
}
