//! `taskline local --handler-function`: a Lambda function on an emulator handles the tasks of a pipeline on this machine.

use harness::{Ministack, create_function, endpoint};
use serde_json::json;

use crate::{
    stack::reaching,
    taskline::{Running, Taskline},
};

const CODE: &str = "def handler(task, context):\n    return {'handled': task['title']}\n";

/// A pipeline whose handler is this function on the emulator.
async fn start(taskline: &Taskline, function: &str) -> Running {
    let endpoint = endpoint::<Ministack>().await;
    let by = ["--handler-function", function, "--region", "us-east-1", "--endpoint-url", endpoint];
    taskline.start_with(&[&["local", "--listen", "127.0.0.1:0"], &by[..]].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_waits_for_a_function_that_is_missing_and_goes_on_when_it_is_there() {
    let taskline = reaching(Taskline::new()).with("RETRY_MAX_SECONDS", "1");
    let _running = start(&taskline, "arrives-late:live").await;
    let id = taskline.submit("first");
    let waiting =
        taskline.until(&["task", "show", &id], |task| !task["failures"].as_array().unwrap().is_empty());
    let failure = &waiting["failures"][0];
    assert_eq!((&failure["class"], &failure["code"]), (&json!("unavailable"), &json!("function_not_found")));
    create_function("arrives-late", CODE, &json!({})).await;
    taskline.until(&["task", "show", &id], |task| task["status"] == "completed");
}

#[test]
fn the_option_and_the_setting_exclude_each_other() {
    for (name, value) in [("TASK_HANDLER", "record"), ("HANDLER_FUNCTION", "orders")] {
        let refused = Taskline::new().with(name, value).run(&["local", "--handler-function", "orders"]);
        assert_eq!(refused.code, 2, "{}", refused.err);
        assert!(refused.err.contains("--handler-function") && refused.err.contains(name), "{}", refused.err);
    }
    let refused = Taskline::new().run(&["local", "--handler-function", "orders/live"]);
    assert!(
        refused.code == 2 && refused.err.contains("--handler-function must be a function's name"),
        "{}",
        refused.err
    );
    let refused = Taskline::new().run(&["local", "--region", "eu-central-1"]);
    assert!(
        refused.code == 2 && refused.err.contains("--region is for a pipeline on AWS"),
        "{}",
        refused.err
    );
}
