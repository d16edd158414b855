//! Previews and selections of dead letters with several failure codes: lists, counts and reasons agree.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    receiver::Receiver,
    taskline::{Printed, Running, Taskline, task},
};

const REASON: [&str; 2] = ["--reason", "the receiver answers again"];

/// A pipeline with this number of dead letters for each of these codes, mixed; permanent ones would fail again.
async fn with_dead(counts: &[(StatusCode, usize)]) -> (Receiver, Taskline, Running) {
    let receiver = Receiver::start().await;
    receiver.report_version("1.4");
    let taskline = receiver.taskline().with("RUST_LOG", "warn").with("ATTEMPT_BUDGET", "1");
    let running = taskline.start();
    let most = counts.iter().map(|(_, count)| *count).max().unwrap();
    let mut lines = String::new();
    for number in 0..most {
        for (code, _) in counts.iter().filter(|(_, count)| number < *count) {
            let title = format!("{} {number:03}", code.as_u16());
            receiver.answer(&title, *code);
            lines.push_str(&(task(&title) + "\n"));
        }
    }
    assert_eq!(taskline.run_with_input(&["submit"], &lines).code, 0);
    let all: usize = counts.iter().map(|(_, count)| count).sum();
    taskline.until(&["line", "status"], |status| status["dead_lettered"] == all && status["state"] == "idle");
    // From here on, the same version is known to handle tasks.
    taskline.submit("fine");
    taskline.until_idle();
    (receiver, taskline, running)
}

fn ids(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|it| it["task_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn previews_list_refused_tasks_separately_and_group_them_by_code() {
    let counts = [
        (StatusCode::BAD_REQUEST, 12),
        (StatusCode::UNPROCESSABLE_ENTITY, 13),
        (StatusCode::INTERNAL_SERVER_ERROR, 25),
    ];
    let (_receiver, taskline, _running) = with_dead(&counts).await;
    for max in ["50", "30", "7", "1"] {
        let redrive = [&["dead-letters", "redrive", "--all", "--max", max][..], &REASON].concat();
        let preview = taskline.json(&redrive);
        let (going, refused) = (ids(&preview["would_redrive"]), ids(&preview["would_refuse"]));
        assert!(going.is_disjoint(&refused), "{preview}");
        assert_eq!((going.len() + refused.len()).to_string(), max);
        let alike = preview["refused_alike"].as_array().unwrap();
        for group in alike {
            let code = &group["code"];
            let of_code = preview["would_refuse"].as_array().unwrap().iter().filter(|it| it["code"] == *code);
            assert_eq!(group["count"], of_code.count(), "{group}");
            assert!(group["reason"].as_str().unwrap().contains(code.as_str().unwrap()), "{group}");
        }
        let text = taskline.run(&redrive);
        let shown = text.out.lines().count();
        assert_eq!(shown, going.len().min(20), "{}", text.out);
        let output = if going.is_empty() {
            "Nothing to redrive.".to_owned()
        } else {
            format!(
                "{} would go to the end of the line, in this order.",
                operations::counted(going.len(), "task")
            )
        };
        assert!(text.err.contains(&output), "{}", text.err);
        for group in alike {
            let line = format!("  {}: ", group["count"]);
            assert!(text.err.contains(&line), "{line}: {}", text.err);
        }
    }
    let all = taskline.json(&[&["dead-letters", "redrive", "--all"][..], &REASON].concat());
    // The refused ones are still dead letters, and older than the last that would be redriven.
    assert_eq!(all["overtakes"], ids(&all["would_refuse"]).len());
    assert_eq!(all["refused_alike"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_gets_the_same_preview() {
    let counts = [(StatusCode::BAD_REQUEST, 3), (StatusCode::UNPROCESSABLE_ENTITY, 2)];
    let (_receiver, taskline, running) = with_dead(&counts).await;
    let console = crate::console::Console::at(&running.console);
    let mut ids = console.get("/api/dead-letters/ids").await;
    // A task that is named twice counts once.
    let again = ids[0].clone();
    ids.as_array_mut().unwrap().push(again);
    let (status, preview) =
        console.post("/api/preview", &json!({"action": "redrive", "ids": ids.clone()})).await;
    assert_eq!((status, &preview["count"]), (200, &json!(5)), "{preview}");
    assert_eq!((&preview["refused_count"], &preview["tasks"]), (&json!(5), &json!([])));
    let counts: Vec<_> = preview["refused_alike"].as_array().unwrap().iter().map(|it| &it["count"]).collect();
    assert_eq!(counts, [&json!(3), &json!(2)]);
    let (_, outcome) = console.act(&json!({"action": "discard", "ids": ids})).await;
    assert_eq!((outcome["done"].as_array().unwrap().len(), &outcome["refused"]), (5, &json!([])));
    assert_eq!(taskline.json(&["dead-letters", "reconcile"])["stale_messages"], 0);
}

fn assert_invalid(output: &Printed, named: &str) {
    assert_eq!(output.code, 2, "{named}: {}{}", output.out, output.err);
    assert!(output.err.contains(named), "{named}: {}", output.err);
    assert_eq!(output.out, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn contradictory_or_empty_selections_are_refused_and_change_nothing() {
    let (_receiver, taskline, _running) = with_dead(&[(StatusCode::BAD_REQUEST, 2)]).await;
    let listed = taskline.json(&["dead-letters", "list"])["dead_letters"].clone();
    let id = listed[0]["task_id"].as_str().unwrap();
    let unset = ["--all", "--title", "x"];
    for verb in ["redrive", "discard"] {
        let output = |arguments: &[&str]| {
            taskline.run(&[&["dead-letters", verb, "--yes"], &REASON[..], arguments].concat())
        };
        assert_invalid(&output(&unset), "--all");
        assert_invalid(&output(&["--all", "--code", "http_400"]), "--all");
        assert_invalid(&output(&["--all", "--class", "permanent"]), "--all");
        assert_invalid(&output(&["--all", "--newer-than", "1h"]), "--all");
        assert_invalid(&output(&["--all", id]), "--all");
        assert_invalid(&output(&[]), "--all");
        assert_invalid(&output(&["--max", "3"]), "--all");
        assert_invalid(&output(&["--title", ""]), "--title");
        assert_invalid(&output(&["--code", " "]), "--code");
        assert_invalid(&output(&["--submitter", ""]), "--submitter");
        assert_invalid(&output(&["--older-than", "2h", "--newer-than", "1h"]), "--older-than");
        assert_invalid(&output(&["--reason", "another one", "--all"]), "--reason");
        assert_invalid(&output(&["not-an-id"]), "not-an-id");
        assert_invalid(&output(&["--all", "--max", "0"]), "--max");
    }
    assert_invalid(
        &taskline.run(&["dead-letters", "list", "--older-than", "2h", "--newer-than", "1h"]),
        "--older-than",
    );
    assert_eq!(taskline.json(&["dead-letters", "list"])["dead_letters"], listed);
    // Both are allowed together: the filter guards the ids.
    let guarded = taskline
        .run(&[&["dead-letters", "discard", "--yes", id, "--code", "http_500"][..], &REASON].concat());
    assert_eq!(guarded.code, 1, "{}", guarded.err);
    assert!(guarded.err.contains("the filter"), "{}", guarded.err);
    // A task that is named twice counts once.
    let twice =
        taskline.run(&[&["--json", "dead-letters", "discard", "--yes", id, id][..], &REASON].concat());
    assert_eq!(
        (twice.code, &twice.json()["discarded"], &twice.json()["refused"]),
        (0, &json!([id]), &json!([]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_action_has_a_json_preview_that_changes_nothing() {
    let (_receiver, taskline, _running) = with_dead(&[(StatusCode::INTERNAL_SERVER_ERROR, 2)]).await;
    let listed = taskline.json(&["dead-letters", "list"]);
    let id = listed["dead_letters"][0]["task_id"].as_str().unwrap();
    let file = taskline.file("amended.json", &task("amended"));
    let preview = |arguments: &[&str]| taskline.json(&[&["dead-letters"], arguments, &REASON].concat());
    assert_eq!(preview(&["redrive", "--all"])["would_redrive"], listed["dead_letters"]);
    assert_eq!(preview(&["discard", "--all"])["would_discard"], listed["dead_letters"]);
    assert_eq!(preview(&["amend", id, &file])["would_amend"]["task_id"], id);
    let reconciled = taskline.json(&["dead-letters", "reconcile"]);
    assert_eq!((&reconciled["differences"], &reconciled["messages_seen"]), (&json!([]), &json!(2)));
    assert_eq!(taskline.json(&["dead-letters", "list"]), listed);
    // An empty list is printed, too.
    let nothing = [&["dead-letters", "redrive", "--yes", "--code", "none"][..], &REASON].concat();
    assert_eq!(taskline.json(&nothing)["redriven"], json!([]));
    assert_eq!(preview(&["redrive", "--code", "none"])["would_redrive"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_filter_matches_composed_and_decomposed_characters() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("ATTEMPT_BUDGET", "1");
    let _running = taskline.start();
    for title in ["Café Straße", "plain"] {
        receiver.answer(title, StatusCode::BAD_REQUEST);
    }
    taskline.submit("Cafe\u{301} Straße");
    taskline.submit("plain");
    taskline.until_idle();
    for text in ["café", "cafe\u{301}", "CAFE\u{301}", "STRASSE", "straße"] {
        let found = taskline.json(&["dead-letters", "list", "--title", text]);
        assert_eq!(found["dead_letters"].as_array().unwrap().len(), 1, "{text}");
    }
    assert_eq!(taskline.json(&["dead-letters", "list", "--title", "cafe"])["dead_letters"], json!([]));
}
