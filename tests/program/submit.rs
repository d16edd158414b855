//! `taskline submit` and `taskline task show`.

use crate::taskline::{Taskline, task};

fn stopped() -> Taskline {
    let taskline = Taskline::new();
    taskline.start().terminate();
    taskline
}

#[test]
fn a_file_with_one_task_on_many_lines_is_one_task() {
    let taskline = stopped();
    let file = taskline
        .file("task.json", "{\n  \"title\": \"t\",\n  \"description\": \"d\",\n  \"priority\": \"low\"\n}\n");
    let said = taskline.run(&["submit", &file]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.out.lines().count(), 1);
}

#[test]
fn json_lines_are_accepted_in_their_order_and_can_be_run_again_under_a_key() {
    let taskline = stopped();
    let lines: String = (0..50).map(|number| task(&format!("task {number}")) + "\n").collect();
    let first = taskline.run_with_input(&["submit", "--key", "import-7"], &lines);
    assert_eq!(first.code, 0, "{}", first.err);
    let ids = |out: &str| out.lines().map(|line| line[..36].to_owned()).collect::<Vec<_>>();
    let again = taskline.run_with_input(&["submit", "--key", "import-7"], &lines);
    assert_eq!(ids(&first.out), ids(&again.out));
    assert_eq!(taskline.json(&["line", "status"])["waiting"], 50);

    let running = taskline.start();
    taskline.until_idle();
    running.terminate();
    let places: Vec<u64> = ids(&first.out)
        .iter()
        .map(|id| taskline.status_of(id)["first_sequence_number"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn what_cleaning_changed_is_said_beside_the_data() {
    let taskline = stopped();
    let cleaned = task("<b>bold</b>");
    let said = taskline.run_with_input(&["submit"], &cleaned);
    assert_eq!((said.code, said.out.lines().count()), (0, 1), "{}", said.err);
    assert!(said.err.contains("Cleaning changed /title"), "{}", said.err);
    assert!(!taskline.run_with_input(&["submit"], &task("plain")).err.contains("leaning"));

    let lines = format!("{}\n{cleaned}\n\n{cleaned}\n", task("plain"));
    let said = taskline.run_with_input(&["submit"], &lines);
    assert!(said.err.contains("Cleaning changed 2 tasks, the first on line 2 (/title)."), "{}", said.err);
    let said = taskline.run_with_input(&["submit", "--json"], &lines);
    let named: Vec<_> = said.out.lines().map(|line| line.contains(r#""sanitised":["/title"]"#)).collect();
    assert_eq!(named, [false, true, true], "{}", said.out);
}

#[test]
fn the_first_line_that_is_not_accepted_ends_it_and_is_named() {
    let taskline = stopped();
    let lines = format!("{}\n{}\n{}\n", task("one"), r#"{"title":"","priority":"low"}"#, task("three"));
    let said = taskline.run_with_input(&["submit"], &lines);
    assert_eq!(said.code, 1);
    for named in ["line 2", "/title", "/description"] {
        assert!(said.err.contains(named), "{}", said.err);
    }
    assert_eq!(taskline.json(&["line", "status"])["waiting"], 1);
}

#[test]
fn a_key_used_for_another_task_and_a_file_that_is_missing_are_named() {
    let taskline = stopped();
    assert_eq!(taskline.run_with_input(&["submit", "--key", "k"], &task("one")).code, 0);
    let reused = taskline.run_with_input(&["submit", "--key", "k"], &task("two"));
    assert_eq!(reused.code, 1);
    assert!(reused.err.contains("was used for another payload"), "{}", reused.err);
    let missing = taskline.run(&["submit", "no-such-file.json"]);
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains("no-such-file.json"), "{}", missing.err);
}

#[test]
fn a_task_is_shown_without_its_words_unless_asked_and_watched_to_its_end() {
    let taskline = stopped();
    let id = taskline.submit("private");
    let hidden = taskline.run(&["task", "show", &id]);
    assert!(!hidden.out.contains("private") && hidden.out.contains("accepted"), "{}", hidden.out);
    assert!(taskline.run(&["task", "show", &id, "--payload"]).out.contains("private"));
    assert_eq!(taskline.json(&["task", "show", &id, "--payload"])["payload"]["task"]["title"], "private");

    let running = taskline.start();
    let watched = taskline.run(&["task", "show", &id, "--watch"]);
    assert!(watched.out.contains("status       completed"), "{}", watched.out);
    running.terminate();
}

#[test]
fn an_unknown_or_malformed_id_is_refused() {
    let taskline = stopped();
    let unknown = taskline.run(&["task", "show", "00000000-0000-4000-8000-000000000000"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("there is no task"), "{}", unknown.err);
    assert_eq!(taskline.run(&["task", "show", "seven"]).code, 2);
}
