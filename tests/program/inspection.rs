//! Inspecting dead letters reads records: it receives no messages and writes nothing.

use harness::{Outcome, PipelineFixture, StandIn};
use serde_json::{Value, json};

use crate::{console::Console, stack::reaching, taskline::Taskline};

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::123456789012:user/ann</Arn><UserId>A</UserId><Account>123456789012</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

/// A pipeline with this record alone.
async fn with_record(record: &str, task_id: &str) -> StandIn {
    let item = json!({
        "task_id": {"S": task_id}, "revision": {"N": "1"}, "status": {"S": "dead_lettered"},
        "record": {"S": record},
    });
    StandIn::start(move |operation, _| {
        let answer = match operation {
            "GetCallerIdentity" => json!(IDENTITY),
            "GetItem" => json!({"Item": item}),
            "Query" | "Scan" => json!({"Items": [item], "Count": 1}),
            "GetQueueAttributes" => json!({"Attributes": {
                "ApproximateNumberOfMessages": "1", "ApproximateNumberOfMessagesNotVisible": "0"}}),
            "GET /2015-03-31/event-source-mappings/mapping" => json!({"UUID": "mapping", "State": "Enabled"}),
            _ => json!({}),
        };
        (200, answer)
    })
    .await
}

fn outputs() -> Value {
    json!({"taskline-test-processing": {
        "QueueUrl": "http://queue.test/line.fifo", "DeadLetterQueueUrl": "http://queue.test/dead-letters.fifo",
        "MessageGroup": "line", "TableName": "records", "EventSourceMappingId": "mapping", "CodeVersion": "2",
    }})
}

#[tokio::test(flavor = "multi_thread")]
async fn inspection_commands_receive_no_messages_and_write_nothing() {
    let pipeline = PipelineFixture::new();
    pipeline.handler.on("poison", [Outcome::Permanent("bad")]);
    let task_id = pipeline.post("poison").await;
    pipeline.turn().await;
    let record = serde_json::to_string(&pipeline.record(task_id).await).unwrap();
    let task_id = task_id.to_string();
    let aws = with_record(&record, &task_id).await;
    let files = Taskline::new();
    let file = files.file("outputs.json", &outputs().to_string());
    let fixed = files.file("fixed.json", &crate::taskline::task("fixed"));
    let taskline = reaching(Taskline::on(&["--outputs", &file, "--endpoint-url", aws.url()]));
    for command in [
        &["line", "status"][..],
        &["dead-letters", "list", "--title", "POIS", "--class", "permanent"],
        &["dead-letters", "show", &task_id],
        &["dead-letters", "redrive", "--all", "--reason", "why"],
        &["dead-letters", "discard", "--all", "--reason", "why"],
        &["dead-letters", "amend", &task_id, &fixed, "--reason", "why"],
        &["task", "show", &task_id],
        &["held", "show"],
        &["verify"],
    ] {
        let output = taskline.run(command);
        assert_eq!(output.code, 0, "{command:?}: {}{}", output.out, output.err);
    }
    let running = taskline.start_with(&["console"]);
    let console = Console::at(&running.console);
    let snapshot = console.get("/api/snapshot").await;
    assert_eq!(
        (&snapshot["dead_lettered"], &snapshot["last_hour"][0]["completed"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(console.get("/api/dead-letters").await["total"], 1);
    console.get(&format!("/api/tasks/{task_id}?payload=true")).await;
    console.get(&format!("/api/tasks/{task_id}/overtakers")).await;
    for action in ["redrive", "discard"] {
        assert_eq!(console.post("/api/preview", &json!({"action": action, "ids": [task_id]})).await.0, 200);
    }
    let operations = aws.operations();
    assert!(operations.iter().any(|operation| operation == "Query"), "{operations:?}");
    let reads = ["GetCallerIdentity", "GetItem", "Query", "Scan", "GetQueueAttributes"];
    for operation in operations {
        assert!(operation.starts_with("GET ") || reads.contains(&operation.as_str()), "{operation}");
    }
}
