//! Who changed what and why: the command line and the page have one rule for reasons, and no reason looks like
//! another audit entry.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    console::Console,
    receiver::Receiver,
    taskline::{Running, Taskline},
};

/// A pipeline with a dead letter of each title, and their ids.
async fn with_dead(titles: &[&str]) -> (Taskline, Running, Vec<String>) {
    let receiver = Receiver::start().await;
    titles.iter().for_each(|title| receiver.answer(title, StatusCode::UNPROCESSABLE_ENTITY));
    let taskline = receiver.taskline();
    let running = taskline.start();
    let ids = titles.iter().map(|title| taskline.submit(title)).collect();
    taskline.until_idle();
    (taskline, running, ids)
}

const NO_REASONS: [&str; 7] = ["", " ", "\t\n", "\u{A0}\u{2003}", "\u{200B}", "\u{202E}\u{202C}", "\u{3164}"];

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_and_the_page_refuse_the_same_reasons() {
    let (taskline, running, ids) = with_dead(&["a"]).await;
    let console = Console::at(&running.console);
    let too_long = "x".repeat(501);
    for reason in NO_REASONS.into_iter().chain([too_long.as_str()]) {
        for command in [
            &["dead-letters", "discard", "--all"][..],
            &["dead-letters", "redrive", "--all", "--force"],
            &["line", "pause"],
            &["line", "resume"],
            &["held", "resume"],
            &["held", "skip"],
            &["held", "discard"],
        ] {
            let output = taskline.run(&[command, &["--reason", reason]].concat());
            assert_eq!(output.code, 2, "{command:?} {reason:?}");
            assert!(output.err.contains("--reason"), "{}", output.err);
        }
        let actions = [json!({"action": "discard", "ids": ids}), json!({"action": "pause_line"})];
        for mut order in actions {
            order["reason"] = json!(reason);
            let (status, problem) = console.post("/api/act", &order).await;
            assert_eq!(status, 400, "{order}");
            assert!(problem["title"].as_str().unwrap().starts_with("a reason "), "{problem}");
        }
    }
    for command in [["line", "pause"], ["line", "resume"], ["held", "skip"]] {
        assert_eq!(taskline.run(&command).code, 2, "{command:?}");
    }
    assert_eq!(taskline.json(&["line", "status"])["state"], "idle");
    assert_eq!(taskline.status_of(&ids[0])["audit"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reason_and_no_name_can_imitate_another_audit_entry() {
    let (taskline, running, ids) = with_dead(&["a", "b"]).await;
    let forged =
        "done\naudit        2026-01-01T00:00:00+00:00 redrive by root: \u{202E}lla\u{202C}\r\u{85}\u{1b}[2J";
    let name = "ann: ok\naudit        2026-01-01T00:00:00+00:00 skip by root";
    let discard = ["dead-letters", "discard", "--yes", &ids[0], "--reason", forged];
    let output = taskline.command(&discard).env("USER", name).output().unwrap();
    assert!(output.status.success());
    let console = Console::at(&running.console);
    let order = json!({"action": "discard", "ids": [ids[1]], "reason": forged});
    assert_eq!(console.post("/api/act", &order).await.0, 200);

    let mut reasons = Vec::new();
    for id in &ids {
        let text = taskline.run(&["task", "show", id]).out;
        let audits = text.lines().filter(|line| line.starts_with("audit "));
        assert_eq!(audits.count(), 1, "{text}");
        let shown = taskline.status_of(id);
        let on_page = console.get(&format!("/api/tasks/{id}")).await;
        assert_eq!((shown["audit"].as_array().unwrap().len(), &on_page["audit"]), (1, &shown["audit"]));
        reasons.push(shown["audit"][0]["reason"].clone());
        for output in [text, shown.to_string(), taskline.run(&["verify"]).out] {
            assert!(!output.contains(['\u{202E}', '\u{202C}', '\r', '\u{85}', '\u{1b}']), "{output:?}");
        }
    }
    let kept = "done audit 2026-01-01T00:00:00+00:00 redrive by root: lla [2J";
    assert_eq!(reasons, [json!(kept), json!(kept)], "the same by command line and page");
    let by = &taskline.status_of(&ids[0])["audit"][0]["by"];
    assert!(!by.as_str().unwrap().contains('\n'), "{by}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_line_shows_who_paused_it_and_why() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let paused = taskline.json(&["line", "pause", "--reason", " the receiver moves\nto another host "]);
    assert_eq!((&paused["paused"], &paused["last_change"]["by"]), (&json!(true), &json!("ann")));
    assert_eq!(paused["last_change"]["reason"], "the receiver moves to another host");
    let seen = &taskline.json(&["line", "status"])["pause"];
    assert_eq!((&seen["by"], &seen["reason"]), (&json!("ann"), &json!("the receiver moves to another host")));
    // An operator who pauses a paused line sees who paused it first, and does not replace that entry.
    let again = taskline.run(&["line", "pause", "--reason", "lunch"]);
    assert!(again.err.contains("by ann: the receiver moves"), "{}", again.err);
    assert!(again.err.contains("Nothing was changed, and this reason was not stored"), "{}", again.err);
    assert!(taskline.run(&["line", "status"]).out.contains("by ann: the receiver moves"));
    running.terminate();
    let running = taskline.start();
    assert_eq!(taskline.json(&["line", "status"])["pause"]["by"], "ann", "it survives a restart");
    let resumed = taskline.json(&["line", "resume", "--reason", "moved"]);
    assert_eq!(
        (&resumed["paused"], &resumed["last_change"]["action"]),
        (&json!(false), &json!("resume_line"))
    );
    assert_eq!(taskline.json(&["line", "status"])["pause"], Value::Null);
    let console = Console::at(&running.console);
    console.act(&json!({"action": "pause_line"})).await;
    assert_eq!(taskline.json(&["line", "status"])["pause"]["reason"], "for a reason");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_user_name_the_user_id_is_recorded() {
    let (taskline, _running, ids) = with_dead(&["a", "b", "c", "d"]).await;
    let uid = rustix::process::getuid().as_raw();
    let cases = [
        (vec![], format!("uid {uid}")),
        (vec![("USER", "")], format!("uid {uid}")),
        (vec![("USER", "\n "), ("LOGNAME", "bob")], "bob".to_owned()),
        (vec![("LOGNAME", "eve")], "eve".to_owned()),
    ];
    for ((environment, by), id) in cases.into_iter().zip(&ids) {
        let discard = ["dead-letters", "discard", "--yes", id, "--reason", "not needed"];
        let output = taskline.command(&discard).env_remove("USER").envs(environment).output().unwrap();
        assert!(output.status.success());
        assert_eq!(taskline.status_of(id)["audit"][0]["by"], by);
    }
}
