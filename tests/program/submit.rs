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
    let output = taskline.run(&["submit", &file]);
    assert_eq!(output.code, 0, "{}", output.err);
    assert_eq!(output.out.lines().count(), 1);
}

#[test]
fn json_lines_are_accepted_in_order_and_can_be_submitted_again_with_a_key() {
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
    let positions: Vec<u64> = ids(&first.out)
        .iter()
        .map(|id| taskline.status_of(id)["first_sequence_number"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(positions.is_sorted(), "{positions:?}");
}

#[test]
fn sanitised_fields_are_reported_on_stderr() {
    let taskline = stopped();
    let cleaned = task("<b>bold</b>");
    let output = taskline.run_with_input(&["submit"], &cleaned);
    assert_eq!((output.code, output.out.lines().count()), (0, 1), "{}", output.err);
    assert!(output.err.contains("Cleaning changed /title"), "{}", output.err);
    assert!(!taskline.run_with_input(&["submit"], &task("plain")).err.contains("leaning"));

    let lines = format!("{}\n{cleaned}\n\n{cleaned}\n", task("plain"));
    let output = taskline.run_with_input(&["submit"], &lines);
    assert!(output.err.contains("Cleaning changed 2 tasks, the first on line 2 (/title)."), "{}", output.err);
    let output = taskline.run_with_input(&["submit", "--json"], &lines);
    let named: Vec<_> = output.out.lines().map(|line| line.contains(r#""sanitised":["/title"]"#)).collect();
    assert_eq!(named, [false, true, true], "{}", output.out);
}

#[test]
fn the_first_rejected_line_ends_the_command_and_is_named() {
    let taskline = stopped();
    let lines = format!("{}\n{}\n{}\n", task("one"), r#"{"title":"","priority":"low"}"#, task("three"));
    let output = taskline.run_with_input(&["submit"], &lines);
    assert_eq!(output.code, 1);
    for named in ["line 2", "/title", "/description"] {
        assert!(output.err.contains(named), "{}", output.err);
    }
    assert_eq!(taskline.json(&["line", "status"])["waiting"], 1);
}

#[test]
fn a_reused_key_and_a_missing_file_are_named() {
    let taskline = stopped();
    assert_eq!(taskline.run_with_input(&["submit", "--key", "k"], &task("one")).code, 0);
    let reused = taskline.run_with_input(&["submit", "--key", "k"], &task("two"));
    assert_eq!(reused.code, 1);
    assert!(reused.err.contains("was used for another payload"), "{}", reused.err);
    let missing = taskline.run(&["submit", "no-such-file.json"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("no-such-file.json"), "{}", missing.err);
}

#[test]
fn a_task_is_shown_without_its_payload_unless_requested_and_watched_until_it_is_finished() {
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

fn waiting(taskline: &Taskline) -> u64 {
    taskline.json(&["line", "status"])["waiting"].as_u64().unwrap()
}

/// The same tasks, in different line formats.
#[test]
fn a_key_numbers_tasks_and_not_lines_of_the_file() {
    let taskline = stopped();
    let (one, two, three) = (task("one"), task("two"), task("three"));
    let files = [
        format!("{one}\n{two}\n{three}\n"),
        format!("\n{one}\n{two}\n{three}"),
        format!("\n  \n\t\n{one}\n\n\n{two}\n{three}\n\n\n"),
        format!("{one}\r\n{two}\r\n\r\n{three}\r\n"),
        format!("\u{FEFF}{one}\n{two}\n{three}"),
        format!("\u{FEFF}\r\n{one}\n{two}\n{three}\n \n"),
    ];
    let mut outputs = Vec::new();
    for file in &files {
        let output = taskline.run_with_input(&["submit", "--key", "k"], file);
        assert_eq!(output.code, 0, "{file:?}: {}", output.err);
        outputs.push(output.out);
    }
    assert_eq!(waiting(&taskline), 3);
    outputs.dedup();
    assert_eq!(outputs.len(), 1, "{outputs:?}");
}

#[test]
fn resubmitting_a_file_with_appended_tasks_repeats_none() {
    let taskline = stopped();
    let pretty =
        "{\n\n  \"title\": \"one\",\n  \"description\": \"d\",\n  \"priority\": \"low\"\n}\n".to_owned();
    let one = task("one");
    let grown = [
        pretty,
        one.clone(),
        format!("{one}\n"),
        format!("\n\n{one}\n\n"),
        format!("{one}\n{}", task("two")),
        format!("{one}\n{}\n{}\n", task("two"), task("three")),
    ];
    for file in &grown {
        let output = taskline.run_with_input(&["submit", "--key", "import"], file);
        assert_eq!(output.code, 0, "{file:?}: {}", output.err);
    }
    assert_eq!(waiting(&taskline), 3);
}

#[test]
fn empty_and_unreadable_input_is_named_and_exits_with_code_2() {
    let taskline = stopped();
    let folder = taskline.data().parent().unwrap().to_str().unwrap().to_owned();
    let utf_16: Vec<u8> = "\u{FEFF}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let path = taskline.file("utf-16.json", "");
    std::fs::write(&path, utf_16).unwrap();
    let latin_1 = taskline.file("latin-1.json", "");
    std::fs::write(&latin_1, b"{\"title\":\"caf\xe9\",\"description\":\"d\",\"priority\":\"low\"}").unwrap();
    for (file, named) in [
        (taskline.file("empty.json", ""), "empty.json"),
        (taskline.file("blank.json", "\n \r\n\t\n"), "blank.json"),
        (taskline.file("mark.json", "\u{FEFF}"), "mark.json"),
        (taskline.file("list.json", &format!("[{}]", task("one"))), "malformed"),
        (taskline.file("text.json", "water the plants"), "malformed"),
        (path, "UTF-16"),
        (latin_1, "malformed"),
        (folder, "is a folder"),
        ("no-such-file.json".to_owned(), "no-such-file.json"),
    ] {
        let output = taskline.run(&["submit", &file]);
        assert_eq!(output.code, 2, "{file}: {}", output.err);
        assert!(output.err.contains(named), "{named}: {}", output.err);
    }
    for key in ["", "with space", "schlüssel", &"k".repeat(256)] {
        let output = taskline.run_with_input(&["submit", "--key", key], &task("one"));
        assert_eq!(output.code, 2, "{key}: {}", output.err);
        assert!(output.err.contains("--key"), "{}", output.err);
    }
    let long = "k".repeat(255);
    let two = format!("{}\n{}\n", task("one"), task("two"));
    let output = taskline.run_with_input(&["submit", "--key", &long], &two);
    assert_eq!((output.code, waiting(&taskline)), (2, 0), "nothing was submitted: {}", output.err);
    assert_eq!(taskline.run_with_input(&["submit", "--key", &long], &task("one")).code, 0);
}

/// Reading the file would drop the locks that this process holds on it.
#[test]
fn submit_refuses_a_file_of_the_pipeline_under_any_name_and_leaves_the_data_unchanged() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let id = taskline.submit("one");
    let link = taskline.data().parent().unwrap().join("link.json");
    std::os::unix::fs::symlink(taskline.data().join("taskline.db"), &link).unwrap();
    let hard = taskline.data().parent().unwrap().join("hard.json");
    std::fs::hard_link(taskline.data().join("taskline.db"), &hard).unwrap();
    let own = ["taskline.db", "taskline.db-wal", "taskline.db-shm", "taskline.lock"];
    for file in own.iter().map(|name| taskline.data().join(name)).chain([link, hard]) {
        let file = file.to_str().unwrap();
        for command in
            [&["submit", file][..], &["dead-letters", "amend", &id, file, "--reason", "why", "--yes"]]
        {
            let output = taskline.run(command);
            assert_eq!(output.code, 2, "{command:?}: {}", output.err);
            assert!(output.err.contains("of the pipeline itself"), "{}", output.err);
        }
    }
    running.terminate();
}

#[test]
fn an_invalid_task_is_reported_once_with_the_line_and_column_of_its_file() {
    let taskline = stopped();
    let one = task("one");
    let pretty = "{\n  \"title\": \"t\",\n  \"description\": d\n}\n";
    for (file, place) in [
        (format!("{one}\n{{\"title\" x}}\n"), "at line 2 column 10"),
        (format!("\n\n{one}\n\n{{\"title\" x}}\n"), "at line 5 column 10"),
        (format!("\n\n{one}\n{{\"title\":\n{one}\n"), "at line 4 column 9"),
        ("{\"title\" x}".to_owned(), "at line 1 column 10"),
        ("\n\n{\"title\" x}\n".to_owned(), "at line 3 column 10"),
        (pretty.to_owned(), "at line 3 column 18"),
        (format!("\r\n\n{pretty}"), "at line 5 column 18"),
        (format!("\n{one}\n[]\n"), "line 3: "),
        (format!("\n{one}\n{{}}\n"), "line 3: "),
        ("\n{}\n".to_owned(), "line 2: "),
    ] {
        let err = taskline.run_with_input(&["submit"], &file).err;
        assert!(err.contains(place), "{file:?}: {err}");
        assert_eq!(err.matches("line ").count(), 1, "{file:?}: {err}");
    }
}

#[test]
fn an_invalid_amendment_is_reported_with_the_line_of_its_file() {
    let taskline = stopped();
    let id = taskline.submit("one");
    for (file, place) in
        [("\n\n{\"title\" x}\n", "at line 3 column 10"), ("\n{\"title\":\n\n", "at line 2 column 9")]
    {
        let file = taskline.file("amended.json", file);
        let err = taskline.run(&["held", "amend", &id, &file, "--reason", "typo"]).err;
        assert!(err.contains(place), "{err}");
    }
}

#[test]
fn a_type_and_a_payload_are_added_to_each_task_as_they_are() {
    let taskline = stopped();
    let payload = taskline.file("payload.json", "{ \"b\" : [1.10, 1e400] }\n");
    let arguments = ["submit", "--json", "--type", "invoice.send", "--payload", &payload];
    let output = taskline.run_with_input(&arguments, &format!("{}\n{}\n", task("one"), task("two")));
    assert_eq!((output.code, output.out.lines().count()), (0, 2), "{}", output.err);
    for line in output.out.lines() {
        let accepted: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = accepted["task_id"].as_str().unwrap();
        let shown = taskline.run(&["task", "show", id, "--payload"]).out;
        assert!(shown.contains("type         invoice.send"), "{shown}");
        assert!(shown.contains("payload      { \"b\" : [1.10, 1e400] }"), "{shown}");
        let json = taskline.run(&["task", "show", id, "--payload", "--json"]).out;
        assert!(json.contains("{ \"b\" : [1.10, 1e400] }"), "{json}");
        let hidden = taskline.run(&["task", "show", id]).out;
        assert!(hidden.contains("invoice.send") && !hidden.contains("1e400"), "{hidden}");
        assert!(!taskline.run(&["task", "show", id, "--json"]).out.contains("1e400"));
    }
}

#[test]
fn a_payload_can_come_from_standard_input_but_not_together_with_the_task() {
    let taskline = stopped();
    let file = taskline.file("task.json", &task("one"));
    let output = taskline.run_with_input(&["submit", &file, "--payload", "-"], "[1]");
    assert_eq!(output.code, 0, "{}", output.err);
    let both = taskline.run_with_input(&["submit", "--payload", "-"], &task("one"));
    assert_eq!(both.code, 2);
    assert!(both.err.contains("can't both be read from standard input"), "{}", both.err);
}

#[test]
fn a_type_or_a_payload_that_is_wrong_or_given_twice_is_named() {
    let taskline = stopped();
    let broken = taskline.file("broken.json", "{\n  'a': 1}");
    let twice = taskline.file("twice.json", "{\"a\":1,\"a\":2}");
    let typed = r#"{"title":"t","description":"d","priority":"low","type":"a","payload":1}"#;
    for (arguments, input, named) in [
        (["--type", "A"], typed, "must be 1 to 64 of"),
        (["--type", "b"], typed, "/type is given more than once"),
        (["--payload", &broken], typed, "broken.json is not JSON in UTF-8 (line 2, column 3)"),
        (["--payload", &twice], &task("t"), "/payload/a is given more than once"),
        (["--payload", "no-such-file.json"], typed, "no-such-file.json"),
        (["--type", "b"], "{\"title\":\"", "line 1"),
    ] {
        let output = taskline.run_with_input(&["submit", arguments[0], arguments[1]], input);
        assert_eq!(output.code, 2, "{arguments:?}: {}", output.err);
        assert!(output.err.contains(named), "{arguments:?}: {}", output.err);
    }
    assert_eq!(taskline.json(&["line", "status"])["waiting"], 0);
}
