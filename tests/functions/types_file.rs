//! The functions with a file of types, as their stacks deploy it: `TYPES_FILE`.

use std::fs;

use harness::{StandIn, gateway_event::request};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::function::{answered, body, delivery, processor, start, webhook};

/// A folder with a file of types.
struct Types(TempDir);

impl Types {
    fn new(toml: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("types.toml"), toml).unwrap();
        Self(folder)
    }

    fn with_schema(self, schema: &str) -> Self {
        fs::write(self.0.path().join("schema.json"), schema).unwrap();
        self
    }

    fn path(&self) -> String {
        self.0.path().join("types.toml").to_str().unwrap().to_owned()
    }
}

/// A request for a task of this type.
fn submission(task_type: &str, payload: Value) -> Value {
    let task = json!({"title": "Water", "description": "d", "priority": "low", "type": task_type, "payload": payload});
    request("POST", "/tasks", json!({"content-type": "application/json"}), &task.to_string())
}

#[tokio::test]
async fn the_api_takes_the_types_of_its_file_with_payloads_that_fit_their_schemas() {
    let types =
        Types::new("[[type]]\nname = \"invoice\"\nschema = \"schema.json\"\n[[type]]\nname = \"note\"")
            .with_schema(r#"{"required": ["number"], "properties": {"number": {"minimum": 1}}}"#);
    let aws = StandIn::that_succeeds().await;
    let mut api = start("api", aws.url(), &[("TYPES_FILE", &types.path())]).await;
    for (task_type, payload, pointer, message) in [
        ("invoices", json!({"number": 1}), "/type", "must be one of invoice, note"),
        ("invoice", json!({"number": 0}), "/payload/number", "must be at least 1"),
        ("invoice", json!({}), "/payload/number", "is required"),
        ("invoice", json!(null), "/payload", "is required for this type"),
    ] {
        let answer = answered(api.invoke(submission(task_type, payload)).await);
        assert_eq!(answer["statusCode"], 400);
        assert_eq!(body(&answer)["violations"], json!([{"pointer": pointer, "message": message}]));
    }
    assert!(aws.operations().is_empty());
    for (task_type, payload) in [("invoice", json!({"number": 1})), ("note", json!({"number": 0}))] {
        assert_eq!(answered(api.invoke(submission(task_type, payload)).await)["statusCode"], 202);
    }
}

#[tokio::test]
async fn the_processor_gives_a_task_to_the_handler_of_its_type_and_keeps_one_of_an_unknown_type() {
    let (invoices, others) = (StandIn::that_succeeds().await, StandIn::that_succeeds().await);
    let toml = format!(
        "[[type]]\nname = \"task\"\n[[type]]\nname = \"note\"\nrecord = true\n[[type]]\nname = \"invoice\"\nwebhook = \"{}\"",
        invoices.url()
    );
    let types = Types::new(&toml);
    let path = types.path();
    for (task_type, posted, is_kept) in
        [("task", [0, 1], false), ("note", [0, 1], false), ("invoice", [1, 1], false), ("bill", [1, 1], true)]
    {
        let aws = StandIn::that_succeeds().await;
        let settings = [&webhook(&others)[..], &[("TYPES_FILE", &path)]].concat();
        let answer =
            answered(processor(&aws, &settings).await.invoke(delivery(&message_of(task_type).await)).await);
        let failures = answer["batchItemFailures"].as_array().unwrap();
        assert_eq!(failures.len(), usize::from(is_kept), "{task_type}");
        assert_eq!([&invoices, &others].map(|receiver| receiver.operations().len()), posted, "{task_type}");
        let record = aws.asked("PutItem").pop().unwrap()["Item"]["record"]["S"].as_str().unwrap().to_owned();
        assert_eq!(record.contains("no_handler"), is_kept, "{task_type}: {record}");
    }
}

/// The body of a message of a task of this type, from an API that knows no types.
async fn message_of(task_type: &str) -> String {
    let aws = StandIn::that_succeeds().await;
    answered(start("api", aws.url(), &[]).await.invoke(submission(task_type, json!(null))).await);
    aws.asked("SendMessage")[0]["MessageBody"].as_str().unwrap().to_owned()
}
