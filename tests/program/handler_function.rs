//! `taskline local --handler-function`: a Lambda function on an emulator handles the tasks of a pipeline on this machine.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use harness::{Ministack, create_function, document::Document, endpoint};
use serde_json::{Value, json};

use crate::{
    stack::{configuration, reaching},
    taskline::{Running, Taskline},
};

const CODE: &str = "def handler(task, context):\n    return {'handled': task['title']}\n";

/// A pipeline whose handler is this function on the emulator.
async fn start(taskline: &Taskline, function: &str) -> Running {
    let endpoint = endpoint::<Ministack>().await;
    let by = ["--handler-function", function, "--region", "us-east-1", "--endpoint-url", endpoint];
    taskline.start_with(&[&["local", "--listen", "127.0.0.1:0"], &by[..]].concat())
}

fn submit(taskline: &Taskline, task: &Value) -> String {
    let printed = taskline.run_with_input(&["--json", "submit"], &task.to_string());
    assert_eq!(printed.code, 0, "{}", printed.err);
    printed.json()["task_id"].as_str().unwrap().to_owned()
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

/// A table for the documented handler.
async fn create_table(name: &str) {
    let key = KeySchemaElement::builder().attribute_name("task_id").key_type(KeyType::Hash);
    let definition =
        AttributeDefinition::builder().attribute_name("task_id").attribute_type(ScalarAttributeType::S);
    aws_sdk_dynamodb::Client::new(&configuration().await)
        .create_table()
        .table_name(name)
        .key_schema(key.build().unwrap())
        .attribute_definitions(definition.build().unwrap())
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_of_the_page_completes_a_task_and_refuses_one_for_ever() {
    let page = Document::read("docs/handlers.md");
    let code = page.blocks_in("python").into_iter().find(|code| code.contains("def handler(task, context)"));
    create_table("payments").await;
    let endpoint = endpoint::<Ministack>().await;
    let environment = json!({
        "TABLE": "payments", "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
    });
    create_function("payments", &code.unwrap(), &environment).await;
    // The emulator names every exception alike.
    let taskline = reaching(Taskline::new()).with("PERMANENT_ERRORS", "Runtime.HandlerError");
    let _running = start(&taskline, "payments:live").await;
    let paid = submit(&taskline, &json!({"title": "Pay", "description": "1250", "priority": "low"}));
    let refused = submit(&taskline, &json!({"title": "Pay", "description": "a lot", "priority": "low"}));
    let is_finished =
        |task: &Value| ["completed", "dead_lettered"].contains(&task["status"].as_str().unwrap());
    assert_eq!(taskline.until(&["task", "show", &paid], is_finished)["status"], "completed");
    let refused = taskline.until(&["task", "show", &refused], is_finished);
    assert_eq!(refused["status"], "dead_lettered");
    assert_eq!(refused["failures"][0]["answer"], "the description must be an amount in cents");
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
