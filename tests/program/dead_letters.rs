//! `taskline dead-letters`, on tasks that really failed.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    receiver::Receiver,
    taskline::{Running, Taskline, task},
};

/// A pipeline in which the receiver refused the `dead` tasks and completed the others.
async fn with_dead(dead: &[&str], alive: &[&str]) -> (Receiver, Taskline, Running, Vec<String>) {
    let receiver = Receiver::start().await;
    let (taskline, running, ids) = with_dead_at(&receiver, dead, alive).await;
    (receiver, taskline, running, ids)
}

async fn with_dead_at(
    receiver: &Receiver,
    dead: &[&str],
    alive: &[&str],
) -> (Taskline, Running, Vec<String>) {
    let taskline = receiver.taskline();
    let running = taskline.start();
    let mut ids = Vec::new();
    for title in dead {
        receiver.answer(title, StatusCode::UNPROCESSABLE_ENTITY);
        ids.push(taskline.submit(title));
    }
    for title in alive {
        taskline.submit(title);
    }
    taskline.until_idle();
    (taskline, running, ids)
}

const REASON: [&str; 2] = ["--reason", "the receiver was fixed"];

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_listed_and_shown_with_its_failure_and_without_its_payload() {
    let (_receiver, taskline, _running, ids) = with_dead(&["poison"], &["fine"]).await;
    let list = taskline.json(&["dead-letters", "list"])["dead_letters"].clone();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["task_id"], ids[0]);
    assert_eq!(list[0]["failure"]["class"], "permanent");
    assert_eq!(list[0]["failure"]["code"], "http_422");
    assert_eq!((&list[0]["attempts"], &list[0]["first_sequence_number"]), (&json!(1), &json!("1")));
    let shown = taskline.json(&["dead-letters", "show", &ids[0]]);
    assert_eq!(shown["failure"]["code"], "http_422");
    assert!(
        shown["failures"][0]["request_id"].is_string() && shown["failures"][0]["code_version"].is_string()
    );
    for text in [taskline.run(&["dead-letters", "list"]).out, shown.to_string()] {
        assert!(!text.contains("poison"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_filtered_by_class_and_code_and_limited() {
    let (_receiver, taskline, _running, _) = with_dead(&["one", "two", "three"], &[]).await;
    let count = |arguments: &[&str]| {
        taskline.json(&[&["dead-letters", "list"], arguments].concat())["dead_letters"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count(&[]), 3);
    assert_eq!(count(&["--code", "http_422"]), 3);
    assert_eq!((count(&["--code", "http_500"]), count(&["--class", "transient"])), (0, 0));
    assert_eq!(count(&["--limit", "2"]), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_filtered_by_age_priority_submitter_and_title() {
    let (_receiver, taskline, _running, _) = with_dead(&["Blue whale", "Red fox"], &[]).await;
    let listed = |arguments: &[&str]| {
        taskline.json(&[&["dead-letters", "list"], arguments].concat())["dead_letters"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(
        (listed(&["--title", "WHALE"]), listed(&["--title", "e"]), listed(&["--title", "cat"])),
        (1, 2, 0)
    );
    assert_eq!((listed(&["--priority", "low"]), listed(&["--priority", "high"])), (2, 0));
    assert_eq!((listed(&["--submitter", "local"]), listed(&["--submitter", "bob"])), (2, 0));
    assert_eq!((listed(&["--newer-than", "1h"]), listed(&["--older-than", "1h"])), (2, 0));
    assert_eq!((listed(&["--older-than", "0s"]), listed(&["--newer-than", "1000000years"])), (2, 2));
    for (filter, named) in [("--class", "permanent"), ("--priority", "medium"), ("--older-than", "number")] {
        let invalid = taskline.run(&["dead-letters", "list", filter, "nonsense"]);
        assert_eq!(invalid.code, 2);
        assert!(invalid.err.contains(filter) && invalid.err.contains(named), "{}", invalid.err);
    }
}

/// Pages of two: some end with a match, and some matches have others between them.
#[tokio::test(flavor = "multi_thread")]
async fn pages_of_dead_letters_miss_none_and_repeat_none() {
    let titles = ["a1", "b", "a2", "a3", "b", "b", "a4", "b", "a5"];
    let (_receiver, taskline, _running, ids) = with_dead(&titles, &[]).await;
    for (filter, wanted) in [(&["--title", "a"][..], vec![0, 2, 3, 6, 8]), (&[], (0..9).collect())] {
        let (mut listed, mut next) = (Vec::new(), None);
        loop {
            let mut page = [&["--json", "dead-letters", "list", "--limit", "2"], filter].concat();
            page.extend(next.iter().flat_map(|cursor: &String| ["--after", cursor.as_str()]));
            let output = taskline.run(&page);
            let dead_letters = output.json()["dead_letters"].as_array().unwrap().clone();
            assert!(dead_letters.len() <= 2);
            listed.extend(
                dead_letters.iter().map(|dead_letter| dead_letter["task_id"].as_str().unwrap().to_owned()),
            );
            match output.json()["next"].as_str() {
                Some(cursor) => next = Some(cursor.to_owned()),
                None => break,
            }
        }
        assert_eq!(listed, wanted.into_iter().map(|index: usize| ids[index].clone()).collect::<Vec<_>>());
    }
    for cursor in ["nonsense", "", "1/2", "x/01890a5d-ac96-774b-bcce-b302099a8057"] {
        let invalid = taskline.run(&["dead-letters", "list", "--after", cursor]);
        assert_eq!(invalid.code, 2);
        assert!(invalid.err.contains("--after"), "{}", invalid.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_overtook_a_dead_letter_are_counted_and_named() {
    let (_receiver, taskline, _running, ids) = with_dead(&["first", "second"], &["x", "y"]).await;
    for id in &ids {
        let shown = taskline.json(&["dead-letters", "show", id]);
        assert_eq!(
            (&shown["overtaken_by"]["count"], &shown["overtaken_by"]["all_seen"]),
            (&json!(2), &json!(true))
        );
        let first = shown["overtaken_by"]["first"].as_array().unwrap();
        let title = |overtaker: &Value| {
            let id = overtaker["task_id"].as_str().unwrap();
            taskline.json(&["task", "show", id, "--payload"])["payload"]["task"]["title"].clone()
        };
        assert_eq!(first.iter().map(title).collect::<Vec<_>>(), ["x", "y"]);
    }
    let text = taskline.run(&["dead-letters", "show", &ids[0], "--all-overtakers"]).out;
    assert!(text.contains("overtaken by 2, which"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redrive_without_yes_shows_a_preview_and_changes_nothing() {
    let (receiver, taskline, _running, ids) = with_dead(&["poison"], &[]).await;
    let preview = taskline.run(&[&["dead-letters", "redrive", "--all", "--force"][..], &REASON].concat());
    assert_eq!(preview.code, 0);
    assert!(preview.out.contains(&ids[0]) && preview.err.contains("Nothing was changed"), "{}", preview.err);
    assert_eq!(taskline.status_of(&ids[0])["status"], "dead_lettered");
    assert_eq!(receiver.calls().len(), 1);
    let without_reason = taskline.run(&["dead-letters", "redrive", "--all", "--yes"]);
    assert_eq!(without_reason.code, 2);
    let without_selection = taskline.run(&[&["dead-letters", "redrive", "--yes"][..], &REASON].concat());
    assert_eq!(without_selection.code, 2);
    assert!(without_selection.err.contains("--all"), "{}", without_selection.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_would_fail_again_is_redriven_only_with_force() {
    let receiver = Receiver::start().await;
    receiver.report_version("1.4");
    let (taskline, _running, ids) = with_dead_at(&receiver, &["poison"], &["fine"]).await;
    let redrive = [&["dead-letters", "redrive", "--yes", &ids[0]][..], &REASON].concat();
    let refused = taskline.run(&redrive);
    assert_eq!(refused.code, 1);
    let expected = "would fail again with http_422: the task did not change, and the same handler, version 1.4, \
                    completed another task at";
    assert!(refused.err.contains(expected), "{}", refused.err);
    receiver.answer("poison", StatusCode::OK);
    let forced = taskline.run(&[&redrive[..], &["--force"]].concat());
    assert_eq!(forced.code, 0, "{}", forced.err);
    taskline.until_idle();
    let shown = taskline.status_of(&ids[0]);
    assert_eq!((&shown["status"], &shown["generation"]), (&json!("completed"), &json!(1)));
    assert_eq!(shown["audit"][0]["by"], "ann");
    assert_eq!(shown["audit"][0]["reason"], REASON[1]);
    let verified = taskline.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.out);
    assert!(verified.out.contains(&format!("exception  {}", ids[0])), "{}", verified.out);
}

/// The whole flow of an operator whose receiver was at fault.
#[tokio::test(flavor = "multi_thread")]
async fn refused_tasks_are_redriven_without_force_once_the_receiver_is_fixed() {
    let (receiver, taskline, _running, ids) = with_dead(&["one", "two"], &["fine"]).await;
    ["one", "two"].iter().for_each(|title| receiver.answer(title, StatusCode::OK));
    let select = [&["dead-letters", "redrive", "--code", "http_422"][..], &REASON].concat();
    let preview = taskline.json(&select);
    assert_eq!(preview["would_refuse"], json!([]));
    let doubts = preview["may_fail_again"].as_array().unwrap();
    assert_eq!(doubts.iter().map(|doubt| &doubt["task_id"]).collect::<Vec<_>>(), [&ids[0], &ids[1]]);
    let preview = taskline.run(&select).err;
    let known = "2 may fail again: the handler has not reported a version: whether it changed is unknown.";
    assert!(preview.contains(known), "{preview}");
    let output = taskline.run(&[&select[..], &["--yes"]].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    assert!(output.err.contains("2 tasks redriven.") && !output.err.contains("--force"), "{}", output.err);
    taskline.until_idle();
    for id in &ids {
        assert_eq!(taskline.status_of(id)["status"], "completed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_reports_another_version_counts_as_changed() {
    let receiver = Receiver::start().await;
    receiver.report_version("1.4");
    let (taskline, _running, ids) = with_dead_at(&receiver, &["poison"], &[]).await;
    let redrive = [&["dead-letters", "redrive", &ids[0]][..], &REASON].concat();
    let preview = taskline.json(&redrive);
    assert_eq!(
        preview["would_refuse"],
        json!([]),
        "no task was completed since, so the current version is unknown"
    );
    let doubt = preview["may_fail_again"][0]["reason"].as_str().unwrap();
    assert!(doubt.contains("version 1.4 with this failure, and no version is known since"), "{doubt}");
    receiver.report_version("1.5");
    receiver.answer("poison", StatusCode::OK);
    taskline.submit("fine");
    taskline.until_idle();
    let preview = taskline.json(&redrive);
    assert_eq!((&preview["would_refuse"], &preview["may_fail_again"]), (&json!([]), &json!([])));
    let output = taskline.run(&[&redrive[..], &["--yes"]].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    taskline.until_idle();
    let shown = taskline.status_of(&ids[0]);
    assert_eq!((&shown["status"], &shown["handler_version"]), (&json!("completed"), &json!("1.5")));
    assert_eq!(shown["failures"][0]["handler_version"], json!({"reported": "1.4"}));
    let text = taskline.run(&["task", "show", &ids[0]]).out;
    assert!(text.contains("handler version 1.4"), "{text}");
}

/// Neither the pipeline's code version nor the command's identifies what runs behind a webhook.
#[tokio::test(flavor = "multi_thread")]
async fn the_code_version_does_not_count_as_the_receivers_version() {
    let receiver = Receiver::start().await;
    receiver.answer("poison", StatusCode::UNPROCESSABLE_ENTITY);
    let taskline = receiver.taskline().with("CODE_VERSION", "7");
    let _running = taskline.start();
    let id = taskline.submit("poison");
    taskline.until_idle();
    assert_eq!(taskline.status_of(&id)["failures"][0]["code_version"], "7");
    receiver.answer("poison", StatusCode::OK);
    let output = taskline.run(&[&["dead-letters", "redrive", "--yes", &id][..], &REASON].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    taskline.until_idle();
    assert_eq!(taskline.status_of(&id)["status"], "completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_redriven_in_their_original_order() {
    let titles = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let (receiver, taskline, _running, mut ids) = with_dead(&titles, &["alive"]).await;
    titles.iter().for_each(|title| receiver.answer(title, StatusCode::OK));
    ids.reverse();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let output =
        taskline.run(&[&["dead-letters", "redrive", "--yes", "--force"][..], &REASON, &ids].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    taskline.until_idle();
    assert_eq!(receiver.titles()[13..], titles);
    assert!(taskline.json(&["dead-letters", "list"])["dead_letters"].as_array().unwrap().is_empty());
    let agreed = taskline.run(&["dead-letters", "reconcile"]);
    assert!(agreed.err.contains("agree"), "{}", agreed.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redrive_sends_the_amended_task() {
    let (receiver, taskline, _running, ids) = with_dead(&["wrong"], &[]).await;
    let file = taskline.file("fixed.json", r#"{"title":"right","description":"d","priority":"low"}"#);
    let amend = [&["dead-letters", "amend", &ids[0], &file][..], &REASON].concat();
    let preview = taskline.run(&amend);
    assert!(
        preview.err.contains("- title: wrong") && preview.err.contains("+ title: right"),
        "{}",
        preview.err
    );
    assert!(!preview.err.contains("Cleaning"), "{}", preview.err);
    assert!(
        preview.err.contains("  priority: low"),
        "the preview shows unchanged fields, too: {}",
        preview.err
    );
    assert_eq!(taskline.run(&[&amend[..], &["--yes"]].concat()).code, 0);
    let output = taskline.run(&[&["dead-letters", "redrive", "--yes", &ids[0]][..], &REASON].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    taskline.until_idle();
    assert_eq!(receiver.titles(), ["wrong", "right"]);
    let shown = taskline.json(&["task", "show", &ids[0], "--payload"]);
    assert_eq!(shown["original_payload"]["task"]["title"], "wrong");
    let text = taskline.run(&["task", "show", &ids[0], "--payload"]).out;
    assert!(text.contains("title        right") && text.contains("title        wrong"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amendment_is_sanitised_and_its_preview_reports_it() {
    let (_receiver, taskline, _running, ids) = with_dead(&["wrong"], &[]).await;
    let file =
        taskline.file("fixed.json", r#"{"title":"<p>a</p><p>b</p>","description":"d","priority":"low"}"#);
    let amend = [&["dead-letters", "amend", &ids[0], &file][..], &REASON].concat();
    let preview = taskline.run(&amend);
    assert!(preview.err.contains("+ title: a b\n"), "{}", preview.err);
    assert!(preview.err.contains("Cleaning changed /title."), "{}", preview.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amendment_that_changes_nothing_is_refused_and_allows_no_redrive() {
    let receiver = Receiver::start().await;
    receiver.report_version("1.4");
    let (taskline, _running, ids) = with_dead_at(&receiver, &["poison"], &["fine"]).await;
    let before = taskline.status_of(&ids[0]);
    let marked_up = r#"{"title":"<b>poison</b>","description":"d","priority":"low"}"#;
    for (name, task) in [("same.json", task("poison").as_str()), ("cleaned.json", marked_up)] {
        let file = taskline.file(name, task);
        for form in [&[][..], &["--yes"], &["--json"], &["--json", "--yes"]] {
            let amend = ["dead-letters", "amend", &ids[0], &file];
            let output = taskline.run(&[&amend[..], &REASON, form].concat());
            assert_eq!((output.code, output.out.as_str()), (1, ""), "{name} {form:?}: {}", output.err);
            assert!(output.err.contains("the task would not change"), "{name} {form:?}: {}", output.err);
        }
    }
    assert_eq!(taskline.status_of(&ids[0]), before);
    let redrive = taskline.run(&[&["dead-letters", "redrive", "--yes", &ids[0]][..], &REASON].concat());
    assert_eq!(redrive.code, 1, "{}", redrive.err);
    assert!(redrive.err.contains("would fail again"), "{}", redrive.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amendment_is_validated_like_a_request() {
    let (_receiver, taskline, _running, ids) = with_dead(&["wrong"], &[]).await;
    let file =
        taskline.file("bad.json", r#"{"title":"<script>x</script>","description":"d","priority":"low"}"#);
    let output = taskline.run(&[&["dead-letters", "amend", "--yes", &ids[0], &file][..], &REASON].concat());
    assert_eq!(output.code, 2);
    assert!(output.err.contains("/title"), "{}", output.err);
    assert_eq!(taskline.status_of(&ids[0])["amended_at"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_dead_letter_is_not_listed_but_its_record_is_kept() {
    let (_receiver, taskline, _running, ids) = with_dead(&["one", "two"], &[]).await;
    let output = taskline.run(&[&["dead-letters", "discard", "--yes", &ids[0]][..], &REASON].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    assert_eq!(taskline.status_of(&ids[0])["status"], "discarded");
    let list = taskline.json(&["dead-letters", "list"])["dead_letters"].clone();
    assert_eq!((list.as_array().unwrap().len(), &list[0]["task_id"]), (1, &json!(ids[1])));
    let twice = taskline.run(&[&["dead-letters", "discard", "--yes", &ids[0]][..], &REASON].concat());
    assert_eq!(twice.code, 1);
    assert!(twice.err.contains("is discarded"), "{}", twice.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transient_failure_is_retried_until_its_budget_is_spent_and_every_attempt_is_recorded() {
    let receiver = Receiver::start().await;
    receiver.answer("flaky", StatusCode::INTERNAL_SERVER_ERROR);
    let taskline = receiver.taskline().with("ATTEMPT_BUDGET", "2");
    let _running = taskline.start();
    let id = taskline.submit("flaky");
    taskline.submit("behind");
    taskline.until_idle();
    assert_eq!(receiver.titles(), ["flaky", "flaky", "behind"]);
    let failures = taskline.status_of(&id)["failures"].as_array().unwrap().clone();
    assert_eq!(taskline.status_of(&id)["attempts_left"], json!(null), "a redrive starts a new budget");
    let attempts: Vec<_> = failures.iter().map(|failure| failure["attempt"].as_u64().unwrap()).collect();
    assert_eq!(attempts, [1, 2]);
    assert!(failures.iter().all(|failure| failure["code"] == "http_500" && failure["class"] == "transient"));
    receiver.answer("flaky", StatusCode::OK);
    let output = taskline.run(&[&["dead-letters", "redrive", "--yes", "--all"][..], &REASON].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    taskline.until_idle();
    assert_eq!(taskline.status_of(&id)["status"], "completed");
}

/// A program that waits for a confirmation here would wait for nothing.
#[tokio::test(flavor = "multi_thread")]
async fn no_confirmation_is_asked_for_when_nothing_would_change() {
    let receiver = Receiver::start().await;
    receiver.report_version("1.4");
    let (taskline, _running, ids) = with_dead_at(&receiver, &["poison"], &["fine"]).await;
    let run = |arguments: &[&str]| taskline.run(&[&["dead-letters"], arguments, &REASON].concat());
    for (arguments, code, expected) in [
        (&["redrive", ids[0].as_str()][..], 1, "1 would be refused"),
        (&["redrive", "--all"], 0, "1 would be refused"),
        (&["redrive", "--code", "none"], 0, "Nothing to redrive."),
        (&["discard", "--code", "none"], 0, "Nothing to discard."),
    ] {
        let text = run(arguments);
        assert_eq!(text.code, code, "{arguments:?}: {}", text.err);
        assert!(text.err.contains(expected) && !text.err.contains("--yes"), "{arguments:?}: {}", text.err);
        let json = run(&[&["--json"], arguments].concat());
        assert_eq!(json.code, code, "{arguments:?}: {}", json.err);
        assert!(json.json().is_object() && !json.err.contains("--yes"), "{arguments:?}: {}", json.err);
    }
    let refused = run(&["redrive", "--yes", "--all"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    let refused = run(&["redrive", "--yes", "--title", "poison"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    let forced = run(&["redrive", "--force", &ids[0]]);
    assert!(forced.code == 0 && forced.err.contains("Add --yes"), "{}", forced.err);
}
