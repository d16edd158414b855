//! `taskline held`, with `FAILURE_POLICY=hold`.

use axum::http::StatusCode;

use crate::{
    receiver::Receiver,
    taskline::{Running, Taskline, task},
};

/// A line that is held at its first task, with one more behind it.
async fn held() -> (Receiver, Taskline, Running, String) {
    let receiver = Receiver::start().await;
    receiver.answer("first", StatusCode::UNPROCESSABLE_ENTITY);
    let taskline = receiver.taskline().with("FAILURE_POLICY", "hold");
    let running = taskline.start();
    let id = taskline.submit("first");
    taskline.submit("second");
    taskline.until(&["line", "status"], |status| status["state"] == "held");
    (receiver, taskline, running, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_held_task_is_shown_with_its_failure_and_nothing_overtakes_it() {
    let (receiver, taskline, _running, id) = held().await;
    let shown = taskline.json(&["held", "show"]);
    assert_eq!(shown[0]["task_id"], id);
    assert_eq!(shown[0]["failure"]["code"], "http_422");
    let text = taskline.run(&["held", "show"]);
    let expected = "1 task waits behind it. `held resume`, `held skip` or `held discard` lets the line go on; `held amend` alone \
                does not.";
    assert!(text.err.contains(expected), "{}", text.err);
    assert_eq!(receiver.titles(), ["first"]);
    assert_eq!(taskline.run(&["verify"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn held_show_reports_the_hold_time_the_waiting_tasks_and_the_retention() {
    let (_receiver, taskline, _running, id) = held().await;
    let shown = &taskline.json(&["held", "show"])[0];
    assert!(shown["held_seconds"].is_u64() && shown["held_since"].is_string(), "{shown}");
    assert_eq!((&shown["waiting_behind"], &shown["lost_at"]), (&1.into(), &serde_json::Value::Null));
    assert!(shown["attempts_left"].is_u64(), "{shown}");
    let text = taskline.run(&["held", "show"]).out;
    assert!(
        text.contains("held         for ") && text.contains("kept         until it leaves the line"),
        "{text}"
    );
    assert_eq!(taskline.json(&["line", "status"])["held_at"], id.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_task_is_handled_before_the_tasks_behind_it() {
    let (receiver, taskline, _running, id) = held().await;
    receiver.answer("first", StatusCode::OK);
    let preview = taskline.run(&["held", "resume", "--reason", "a test"]);
    assert!(preview.err.contains("Nothing was changed"), "{}", preview.err);
    assert_eq!(taskline.run(&["held", "resume", "--yes", "--reason", "a test"]).code, 0);
    taskline.until_idle();
    assert_eq!(receiver.titles(), ["first", "first", "second"]);
    assert_eq!(taskline.status_of(&id)["status"], "completed");
    assert_eq!(taskline.run(&["verify"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amended_held_task_keeps_its_position() {
    let (receiver, taskline, _running, id) = held().await;
    let file = taskline.file("amended.json", r#"{"title":"fixed","description":"d","priority":"low"}"#);
    let amended = taskline.run(&["held", "amend", &id, &file, "--yes", "--reason", "typo"]);
    assert_eq!(amended.code, 0, "{}", amended.err);
    assert_eq!(taskline.run(&["held", "resume", "--yes", "--reason", "a test", &id]).code, 0);
    taskline.until_idle();
    assert_eq!(receiver.titles(), ["first", "fixed", "second"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn amending_a_held_task_to_the_same_content_is_refused() {
    let (_receiver, taskline, _running, id) = held().await;
    let file = taskline.file("same.json", &task("first"));
    let before = taskline.status_of(&id);
    for form in [&[][..], &["--yes"], &["--json", "--yes"]] {
        let amend = ["held", "amend", &id, &file, "--reason", "why"];
        let output = taskline.run(&[&amend[..], form].concat());
        assert_eq!((output.code, output.out.as_str()), (1, ""), "{form:?}: {}", output.err);
        assert!(output.err.contains("the task would not change"), "{form:?}: {}", output.err);
    }
    assert_eq!(taskline.status_of(&id), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_task_becomes_a_dead_letter_and_the_line_continues() {
    let (receiver, taskline, _running, id) = held().await;
    assert_eq!(taskline.run(&["held", "skip", "--yes", "--reason", "later"]).code, 0);
    taskline.until_idle();
    assert_eq!(receiver.titles(), ["first", "second"]);
    assert_eq!(taskline.status_of(&id)["attempts_left"], serde_json::Value::Null);
    assert_eq!(taskline.json(&["dead-letters", "list"])["dead_letters"][0]["task_id"], id.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn discarding_the_held_task_lets_the_line_continue() {
    let (receiver, taskline, _running, id) = held().await;
    assert_eq!(taskline.run(&["held", "discard", "--yes", "--reason", "a test"]).code, 0);
    taskline.until_idle();
    assert_eq!(receiver.titles(), ["first", "second"]);
    assert_eq!(taskline.status_of(&id)["status"], "discarded");
    let nothing = taskline.run(&["held", "resume", "--yes", "--reason", "a test"]);
    assert_eq!(nothing.code, 1);
    assert!(nothing.err.contains("the line is not held"), "{}", nothing.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_survives_a_crash_of_the_process() {
    let (receiver, taskline, running, _) = held().await;
    running.kill();
    let _running = taskline.start();
    taskline.until(&["line", "status"], |status| status["in_flight"] == 1);
    assert_eq!(taskline.json(&["line", "status"])["state"], "held");
    receiver.answer("first", StatusCode::OK);
    assert_eq!(taskline.run(&["held", "resume", "--yes", "--reason", "a test"]).code, 0);
    taskline.until_idle();
    assert_eq!(receiver.titles(), ["first", "first", "second"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_previews_show_the_action_and_change_nothing() {
    let (_receiver, taskline, _running, id) = held().await;
    for verb in ["resume", "skip", "discard"] {
        let preview = taskline.json(&["held", verb, "--reason", "a test"]);
        assert_eq!(preview[format!("would_{verb}")]["task_id"], id.as_str(), "{preview}");
        let without = taskline.run(&["held", verb, "--yes"]);
        assert_eq!(without.code, 2);
        assert!(without.err.contains("--reason"), "{}", without.err);
    }
    assert_eq!(taskline.status_of(&id)["status"], "held");
    assert_eq!(taskline.run(&["held", "skip", "--yes", "--reason", "the others wait"]).code, 0);
    taskline.until_idle();
    let audit = &taskline.status_of(&id)["audit"][0];
    assert_eq!((&audit["by"], &audit["reason"]), (&"ann".into(), &"the others wait".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_comes_before_the_confirmation() {
    let (_receiver, taskline, running, id) = held().await;
    // The pipeline is killed so that no delivery replaces the receipt on the record.
    running.kill();
    assert_eq!(taskline.run(&["held", "discard", "--yes", "--reason", "a test", &id]).code, 0);
    let file = taskline.file("amended.json", &task("amended"));
    for (command, reason) in [
        (&["held", "resume", id.as_str()][..], "it is discarded, not held"),
        (&["held", "skip", &id], "it is discarded, not held"),
        (&["held", "amend", &id, &file], "it is discarded, neither dead_lettered nor held"),
    ] {
        for form in [&[][..], &["--json"], &["--yes"]] {
            let output = taskline.run(&[command, form, &["--reason", "a test"]].concat());
            assert_eq!((output.code, output.out.as_str()), (1, ""), "{command:?}: {}", output.err);
            assert!(output.err.contains(reason), "{command:?}: {}", output.err);
            assert!(!output.err.contains("would"), "{command:?}: {}", output.err);
        }
    }
    // The run that gave the task up may have ended before it made the message visible.
    assert_eq!(taskline.run(&["held", "discard", "--yes", "--reason", "a test", &id]).code, 0);
}
