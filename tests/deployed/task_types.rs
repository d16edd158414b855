//! Types of tasks from a file that is deployed with the functions: `-c typesFile=`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    pipeline::{Pipeline, with_the_dead_letter_policy},
    receiver::Call,
    text::text,
};

fn task(task_type: &str, payload: Value) -> String {
    let title = format!("of the type {task_type}");
    json!({"title": title, "description": "d", "priority": "low", "type": task_type, "payload": payload})
        .to_string()
}

async fn refused(pipeline: &Pipeline, body: &str) -> Value {
    let (status, problem) = pipeline.line.send(Method::POST, "/tasks", body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem:#}");
    problem["violations"].clone()
}

#[test]
fn a_task_is_handled_by_the_handler_of_its_type() {
    with_the_dead_letter_policy(async |pipeline| {
        let receivers = [&pipeline.invoices, &pipeline.receiver];
        for (task_type, is_posted) in
            [("invoice.send", [true, false]), ("invoice.archive", [false, false]), ("task", [false, true])]
        {
            let accepted = pipeline.line.submit_task(&task(task_type, json!({"invoice": 17}))).await;
            pipeline.line.until(&accepted.task_id, "completed").await;
            let is_call = |call: &Call| call.task_id == accepted.task_id;
            assert_eq!(receivers.map(|it| it.calls().iter().any(is_call)), is_posted, "{task_type}");
        }
    });
}

#[test]
fn the_api_refuses_an_unknown_type_and_a_payload_that_breaks_the_schema() {
    with_the_dead_letter_policy(async |pipeline| {
        let unknown = refused(pipeline, &task("invoice.sent", json!({"invoice": 17}))).await;
        let message = "must be one of invoice.archive, invoice.send, task";
        assert_eq!(unknown, json!([{"pointer": "/type", "message": message}]));
        let broken = refused(pipeline, &task("invoice.send", json!({"invoice": "17"}))).await;
        assert_eq!(broken, json!([{"pointer": "/payload/invoice", "message": "must be a whole number"}]));
    });
}

#[test]
fn submit_knows_the_types_from_the_outputs_of_the_stack() {
    with_the_dead_letter_policy(async |pipeline| {
        assert_eq!(pipeline.deployment.output("TaskTypes"), "task,invoice.send,invoice.archive");
        for taskline in [pipeline.deployment.taskline(), pipeline.deployment.taskline_by_outputs()] {
            let unknown = taskline.run_with_input(&["submit"], &task("invoice.sent", json!(null)));
            assert_eq!(unknown.code, 2, "{}{}", unknown.out, unknown.err);
            assert!(
                unknown.err.contains("must be one of invoice.archive, invoice.send, task"),
                "{}",
                unknown.err
            );
            let known = taskline.run_with_input(&["--json", "submit"], &task("invoice.archive", json!(null)));
            assert_eq!(known.code, 0, "{}", known.err);
            taskline.until(&["task", "show", text(&known.json(), "task_id")], |task| {
                task["status"] == "completed"
            });
        }
    });
}
