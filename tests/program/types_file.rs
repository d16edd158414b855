//! The file of types with the real program: `taskline local --types`, and the commands that know the types of the pipeline.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use axum::{Router, http::HeaderMap, routing::post};
use serde_json::{Value, json};

use crate::{
    request::wait,
    settings::banner,
    taskline::{Running, Taskline, http},
};

const SCHEMA: &str = r#"{
    "type": "object", "required": ["invoice"],
    "properties": {"invoice": {"type": "integer", "minimum": 1}, "total": {"type": "number"}}
}"#;

/// Notes its task's type and deadline, and fails with the exit code of the payload's `exit`.
const HANDLER: &str = r#"
import json, os, sys
task = json.loads(sys.stdin.read())
with open("log.txt", "a") as log:
    print(sys.argv[1], task["type"], task["title"], task["attempt"], file=log)
sys.exit((task["payload"] or {}).get("exit", 0))
"#;

/// Like it, for all its tasks.
const SERVER: &str = r#"
import json, sys
for line in sys.stdin:
    task = json.loads(line)
    with open("log.txt", "a") as log:
        print("server", task["type"], task["title"], task["attempt"], file=log)
    answer = {"task_id": task["task_id"], "attempt": task["attempt"], "outcome": "completed"}
    print(json.dumps(answer), flush=True)
"#;

fn fixture(types: &str) -> (Taskline, String) {
    let taskline = Taskline::new().with("PATH", env!("PATH")).with("RETRY_MAX_SECONDS", "1");
    taskline.file("handle.py", HANDLER);
    taskline.file("serve.py", SERVER);
    taskline.file("invoice.schema.json", SCHEMA);
    let file = taskline.file("types.toml", types);
    (taskline, file)
}

fn start(taskline: &Taskline, file: &str) -> Running {
    taskline.start_with(&["local", "--listen", "127.0.0.1:0", "--types", file])
}

fn lines(taskline: &Taskline) -> Vec<String> {
    let file = taskline.data().parent().unwrap().join("log.txt");
    fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn task(title: &str, task_type: &str, payload: &Value) -> String {
    json!({"title": title, "description": "d", "priority": "low", "type": task_type, "payload": payload})
        .to_string()
}

const MIXED: &str = r#"
[[type]]
name = "invoice.send"
command = "/usr/bin/env python3 handle.py one"
timeout_seconds = 120
attempt_budget = 2
schema = "invoice.schema.json"

[[type]]
name = "invoice.remind"
server = "/usr/bin/env python3 serve.py"

[[type]]
name = "invoice.archive"
record = true
"#;

#[test]
fn each_type_has_its_own_handler_and_budget_and_the_line_is_one() {
    let (taskline, file) = fixture(MIXED);
    let running = start(&taskline, &file);
    let submit = |text: &str| {
        let printed = taskline.run_with_input(&["--json", "submit"], text);
        assert_eq!(printed.code, 0, "{}", printed.err);
        printed.json()["task_id"].as_str().unwrap().to_owned()
    };
    let failing = submit(&task("a", "invoice.send", &json!({"invoice": 1, "exit": 75})));
    submit(&task("b", "invoice.remind", &json!(7)));
    let archived = submit(&task("c", "invoice.archive", &json!(null)));
    submit(&task("d", "invoice.send", &json!({"invoice": 2})));
    taskline.until_idle();
    let expected =
        ["one invoice.send a 1", "one invoice.send a 2", "server invoice.remind b 1", "one invoice.send d 1"];
    assert_eq!(lines(&taskline), expected);
    assert_eq!(taskline.status_of(&failing)["status"], "dead_lettered");
    assert_eq!(taskline.status_of(&archived)["status"], "completed");
    assert_eq!(taskline.run(&["verify"]).code, 0);
    assert_eq!(running.terminate(), 0);
}

#[test]
fn the_start_prints_each_type_with_its_handler() {
    let (taskline, file) = fixture(MIXED);
    let printed = banner(&mut taskline.command(&["local", "--listen", "127.0.0.1:0", "--types", &file]));
    for line in [
        "Each task is recorded as completed",
        "A task of the type invoice.send starts ",
        "A task of the type invoice.archive is recorded as completed",
        "A task of another type than invoice.send, invoice.remind, invoice.archive is refused.",
        r#""priority":"low","type":"invoice.archive"}'"#,
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
}

/// The secret that the pipeline keeps signs the posts of a type, as `--webhook` has it.
#[test]
fn a_webhook_of_a_type_is_signed_with_the_secret_that_the_pipeline_keeps() {
    let signatures: Arc<Mutex<Vec<String>>> = Arc::default();
    let url = wait({
        let signatures = Arc::clone(&signatures);
        async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/hook", listener.local_addr().unwrap());
            let router = Router::new().fallback(post(async move |headers: HeaderMap| {
                let signature = headers.get("webhook-signature").unwrap().to_str().unwrap().to_owned();
                signatures.lock().unwrap().push(signature);
            }));
            tokio::spawn(async move { axum::serve(listener, router).await });
            url
        }
    });
    let types = format!("[[type]]\nname = \"task\"\nwebhook = \"{url}\"\n[[type]]\nname = \"other\"\n");
    let (taskline, file) = fixture(&types);
    let running = start(&taskline, &file);
    taskline.submit("a");
    let other = taskline.run_with_input(&["submit", "--type", "other"], &crate::taskline::task("b"));
    assert_eq!(other.code, 0, "{}", other.err);
    taskline.until_idle();
    assert_eq!(running.terminate(), 0);
    assert!(taskline.data().join("webhook-secret").is_file());
    let signatures = signatures.lock().unwrap();
    assert!(matches!(signatures.as_slice(), [one] if one.starts_with("v1,")), "{signatures:?}");
}

#[test]
fn the_api_and_the_commands_refuse_the_same_tasks_for_the_same_reasons() {
    let (taskline, file) = fixture(MIXED);
    let running = start(&taskline, &file);
    let post = |text: String| {
        wait(async {
            let request =
                http().post(format!("{}/tasks", running.url)).header("content-type", "application/json");
            let answer = request.body(text).send().await.unwrap();
            let status = answer.status().as_u16();
            (status, serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap())
        })
    };
    let secret = "hunter2";
    for (text, pointer, message) in [
        (
            task("a", "invoice.sned", &json!(1)),
            "/type",
            "must be one of invoice.archive, invoice.remind, invoice.send",
        ),
        (task("a", "invoice.send", &json!(null)), "/payload", "is required for this type"),
        (task("a", "invoice.send", &json!({"total": 1})), "/payload/invoice", "is required"),
        (
            task("a", "invoice.send", &json!({"invoice": secret})),
            "/payload/invoice",
            "must be a whole number",
        ),
        (task("a", "invoice.send", &json!({"invoice": 0})), "/payload/invoice", "must be at least 1"),
        (task("a", "invoice.send", &json!([secret])), "/payload", "must be an object"),
    ] {
        let (status, problem) = post(text.clone());
        let violation = json!([{"pointer": pointer, "message": message}]);
        assert_eq!((status, &problem["violations"]), (400, &violation), "{problem}");
        let printed = taskline.run_with_input(&["submit"], &text);
        assert_eq!(printed.code, 2);
        assert_eq!(printed.err, format!("taskline: line 1: the task is invalid:\n  {pointer} {message}\n"));
        assert!(!printed.err.contains(secret) && !problem.to_string().contains(secret));
    }
    assert_eq!(post(task("a", "invoice.send", &json!({"invoice": 1}))).0, 202);
    // A stopped pipeline is as strict.
    assert_eq!(running.terminate(), 0);
    let printed = taskline.run_with_input(&["submit", "--type", "invoice.sned"], &crate::taskline::task("a"));
    assert_eq!(printed.code, 2, "{}", printed.err);
}

#[test]
fn an_amendment_needs_a_known_type_and_a_payload_that_fits() {
    let (taskline, file) = fixture(MIXED);
    let running = start(&taskline, &file);
    let printed = taskline
        .run_with_input(&["--json", "submit"], &task("a", "invoice.send", &json!({"invoice": 1, "exit": 1})));
    let id = printed.json()["task_id"].as_str().unwrap().to_owned();
    taskline.until_idle();
    let amend = |text: &str| {
        let arguments = ["dead-letters", "amend", &id, "-", "--yes", "--reason", "because"];
        taskline.run_with_input(&arguments, text)
    };
    for (text, refusal) in [
        (task("b", "invoice.sned", &json!(1)), "\n  /type must be one of invoice.archive"),
        (task("b", "invoice.send", &json!({"invoice": "1"})), "\n  /payload/invoice must be a whole number"),
    ] {
        let refused = amend(&text);
        assert_eq!(refused.code, 2);
        assert!(refused.err.contains(refusal), "{}", refused.err);
    }
    let other_type = amend(&task("b", "invoice.remind", &json!("any")));
    assert_eq!(other_type.code, 0, "{}", other_type.err);
    let redriven = taskline.run(&["dead-letters", "redrive", &id, "--yes", "--reason", "because"]);
    assert_eq!(redriven.code, 0, "{}", redriven.err);
    taskline.until_idle();
    assert_eq!(lines(&taskline), ["one invoice.send a 1", "server invoice.remind b 2"]);
    assert_eq!(running.terminate(), 0);
}

#[test]
fn a_task_of_a_type_that_was_removed_waits_and_the_status_names_the_type() {
    let (taskline, file) = fixture(MIXED);
    let paused = start(&taskline, &file);
    let pause = taskline.run(&["line", "pause", "--reason", "because"]);
    assert_eq!(pause.code, 0, "{}", pause.err);
    let accepted = taskline.run_with_input(&["submit"], &task("a", "invoice.archive", &json!(1)));
    assert_eq!(accepted.code, 0, "{}", accepted.err);
    assert_eq!(paused.terminate(), 0);
    fs::write(&file, "[[type]]\nname = \"invoice.send\"\nrecord = true\n").unwrap();
    let running = start(&taskline, &file);
    let resume = taskline.run(&["line", "resume", "--reason", "because"]);
    assert_eq!(resume.code, 0, "{}", resume.err);
    let status = taskline.until(&["line", "status"], |it| it["handler_unavailable"]["code"] == "no_handler");
    assert_eq!(status["handler_unavailable"]["task_type"], "invoice.archive");
    let words = taskline.run(&["line", "status"]).out;
    assert!(words.contains("handler unavailable for the type invoice.archive since "), "{words}");
    assert_eq!(running.terminate(), 0);
    fs::write(&file, MIXED).unwrap();
    let running = start(&taskline, &file);
    taskline.until_idle();
    assert_eq!(running.terminate(), 0);
}

#[test]
fn an_unusable_file_is_refused_at_the_start_by_file_type_and_key() {
    let (taskline, file) = fixture("");
    for (types, problem) in [
        ("", "names no type"),
        ("[type.a]\nrecord = true", "[type] must be [[type]]"),
        ("[[type]]\nname = \"a\"\ntimeout = 3", "type a: timeout is not a key of a type"),
        (
            "[[type]]\nname = \"a\"\ncommand = \"no-such-program\"",
            "type a: command names the program no-such-program",
        ),
        ("[[type]]\nname = \"a\"\nwebhook = \"hunter2\"", "type a: webhook "),
        (
            "[[type]]\nname = \"a\"\nschema = \"missing.json\"",
            "type a: schema names missing.json, which can't be read",
        ),
        ("[[type]]\nname = \"a\"\nschema = \"handle.py\"", "type a: schema is not JSON (line "),
    ] {
        fs::write(&file, types).unwrap();
        let refused = taskline.run(&["local", "--listen", "127.0.0.1:0", "--types", &file]);
        assert_eq!(refused.code, 2, "{types}: {}", refused.err);
        let expected = format!("taskline: --types can't be used: {file}: {problem}");
        assert!(refused.err.starts_with(&expected), "{}", refused.err);
        assert!(!refused.err.contains("hunter2"), "{}", refused.err);
    }
    let folder = taskline.data().parent().unwrap().to_str().unwrap().to_owned();
    let refused = taskline.run(&["local", "--types", &folder]);
    assert_eq!((refused.code, refused.err.contains("is not a file")), (2, true), "{}", refused.err);
    assert!(!taskline.data().exists(), "nothing was created");
}

#[test]
fn the_setting_is_read_like_the_option_from_the_working_directory_and_not_beside_another() {
    let (taskline, file) = fixture(MIXED);
    let taskline = taskline.with("TYPES_FILE", "types.toml");
    let running = taskline.start();
    let refused = taskline.run_with_input(&["submit"], &crate::taskline::task("a"));
    assert!(refused.err.contains("/type must be one of"), "{}", refused.err);
    assert_eq!(running.terminate(), 0);
    let both = taskline.run(&["local", "--types", &file]);
    assert_eq!((both.code, both.err.contains("--types and TYPES_FILE both")), (2, true), "{}", both.err);
    let both = taskline.with("TASK_TYPES", "a").run(&["local"]);
    assert!(both.err.contains("TYPES_FILE and TASK_TYPES are both set: unset one of them"), "{}", both.err);
}

#[test]
fn a_setting_that_no_type_uses_is_refused() {
    let (taskline, file) = fixture(MIXED);
    let unused = taskline.with("WEBHOOK_TIMEOUT_SECONDS", "5").run(&["local", "--types", &file]);
    assert_eq!(unused.code, 2);
    let expected =
        "WEBHOOK_TIMEOUT_SECONDS does nothing without TASK_HANDLER=webhook or a type with such a handler";
    assert!(unused.err.contains(expected), "{}", unused.err);
}
