//! No log line, however detailed, and no output that was not asked for contains a task or its result.

use axum::{Router, response::Response};
use serde_json::{Value, json};

use crate::{data::Data, request::wait, taskline::Taskline};

/// In the title, the description, the payload and the results.
const PRIVATE: &str = "very-private";

/// Ends like the title says, with the task in its result and in its last words.
const PROGRAM: &str = r#"
import json, os, sys
text = sys.stdin.read()
task = json.loads(text)
ending = task["title"].split()[1]
if ending == "prints":
    sys.exit(print(text + text))
if ending == "overflows":
    sys.exit(print(json.dumps(task["payload"] * 10000)))
print(text)
print(f'KeyError: {task["title"]}: {task["payload"][0]}', file=sys.stderr)
sys.stderr.flush()
if ending == "crashes":
    os.kill(os.getpid(), 11)
sys.exit({"completes": 0, "fails": 1, "retries": 75, "waits": 69}[ending])
"#;

/// The same as a server, whose standard error is the pipeline's.
const SERVER: &str = r#"
import json, os, sys
for line in sys.stdin:
    task = json.loads(line)
    ending = task["title"].split()[1]
    if ending == "crashes":
        os.kill(os.getpid(), 11)
    if ending == "prints":
        print(line, flush=True)
        continue
    outcome = {"completes": "completed", "overflows": "completed", "fails": "permanent", "retries": "transient"}
    answer = {"task_id": task["task_id"], "attempt": task["attempt"], "outcome": outcome.get(ending, "unavailable")}
    if answer["outcome"] == "completed":
        answer["result"] = task["payload"] * (2000 if ending == "overflows" else 1)
    print(json.dumps(answer), flush=True)
"#;

/// The same as a webhook's receiver.
async fn receive(body: String) -> Response {
    let call: Value = serde_json::from_str(&body).unwrap();
    let title = call["data"]["title"].as_str().unwrap();
    let (status, body) = match title.split(' ').nth(1).unwrap() {
        "prints" => (200, body.repeat(2)),
        "overflows" => (200, format!("{:?}", PRIVATE.repeat(5_000))),
        "fails" => (422, body),
        "retries" => (500, body),
        "crashes" => (404, body),
        "waits" => (503, body),
        _ => (200, body),
    };
    Response::builder().status(status).header("content-type", "application/json").body(body.into()).unwrap()
}

/// Its URL.
fn receiver() -> String {
    wait(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, Router::new().fallback(receive)).await });
        url
    })
}

const ENDINGS: [&str; 7] = ["completes", "prints", "overflows", "fails", "retries", "crashes", "waits"];

#[test]
fn no_log_and_no_output_that_was_not_asked_for_contains_a_task_or_its_result() {
    for flag in ["--handler", "--handler-server", "--webhook"] {
        let taskline = Taskline::new()
            .with("PATH", env!("PATH"))
            .with("RUST_LOG", "trace")
            .with("ATTEMPT_BUDGET", "2")
            .with("RETRY_MAX_SECONDS", "1")
            .with("UNAVAILABLE_SECONDS_MAX", "0");
        let handler = match flag {
            "--handler" => format!("python3 '{}'", taskline.file("handle.py", PROGRAM)),
            "--handler-server" => format!("python3 '{}'", taskline.file("server.py", SERVER)),
            _ => receiver(),
        };
        let running = taskline.start_with(&["local", "--listen", "127.0.0.1:0", flag, &handler]);
        let task = |ending: &&str| {
            let payload = [format!("{PRIVATE} payload")];
            json!({"title": format!("{PRIVATE} {ending}"), "description": format!("{PRIVATE} words"), "priority": "low", "payload": payload})
        };
        let tasks: String = ENDINGS.iter().map(|ending| format!("{}\n", task(ending))).collect();
        assert_eq!(taskline.run_with_input(&["submit"], &tasks).code, 0);
        taskline.until_idle();
        let mut outputs = vec![running.terminate().to_string(), taskline.log()];
        let mut dropped = 0;
        for record in wait(Data::of(&taskline).records()).into_values() {
            dropped += usize::from(record.result_dropped.is_some());
            for command in [["task", "show"], ["dead-letters", "show"]] {
                let show = [command[0], command[1], &record.task_id.to_string()];
                outputs.push(taskline.run(&show).out);
                outputs.push(taskline.run(&[&["--json"], &show[..]].concat()).out);
            }
        }
        assert!(dropped > 0, "{flag}: no result was too long");
        for command in [["line", "status"], ["dead-letters", "list"], ["dead-letters", "summary"]] {
            outputs.push(taskline.run(&command).out);
            outputs.push(taskline.run(&[&["--json"], &command[..]].concat()).out);
        }
        assert!(outputs.iter().any(|output| output.contains("dead_lettered")), "{flag}");
        for output in outputs {
            assert!(!output.contains(PRIVATE), "{flag}: {output}");
        }
    }
}
