//! Looking at dead letters reads records: nothing is received, nothing written.

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
        "QueueUrl": "http://queue.test/line.fifo", "DeadLetterQueueUrl": "http://queue.test/letters.fifo",
        "MessageGroup": "line", "TableName": "records", "EventSourceMappingId": "mapping", "CodeVersion": "2",
    }})
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_looks_receives_nothing_and_writes_nothing() {
    let bench = PipelineFixture::new();
    bench.handler.on("poison", [Outcome::Permanent("bad")]);
    let task_id = bench.post("poison").await;
    bench.turn().await;
    let record = serde_json::to_string(&bench.record(task_id).await).unwrap();
    let task_id = task_id.to_string();
    let aws = with_record(&record, &task_id).await;
    let files = Taskline::new();
    let file = files.file("outputs.json", &outputs().to_string());
    let mended = files.file("mended.json", &crate::taskline::task("mended"));
    let taskline = reaching(Taskline::on(&["--outputs", &file, "--endpoint-url", aws.url()]));
    for look in [
        &["line", "status"][..],
        &["dead-letters", "list", "--title", "POIS", "--class", "permanent"],
        &["dead-letters", "show", &task_id],
        &["dead-letters", "redrive", "--all", "--reason", "why"],
        &["dead-letters", "discard", "--all", "--reason", "why"],
        &["dead-letters", "amend", &task_id, &mended, "--reason", "why"],
        &["task", "show", &task_id],
        &["held", "show"],
        &["verify"],
    ] {
        let said = taskline.run(look);
        assert_eq!(said.code, 0, "{look:?}: {}{}", said.out, said.err);
    }
    let running = taskline.start_with(&["console"]);
    let console = Console::at(&running.console);
    let look = console.get("/api/snapshot").await;
    assert_eq!((&look["dead_lettered"], &look["hour"][0]["completed"]), (&json!(1), &Value::Null));
    assert_eq!(console.get("/api/dead-letters").await["total"], 1);
    console.get(&format!("/api/tasks/{task_id}?payload=true")).await;
    console.get(&format!("/api/tasks/{task_id}/overtakers")).await;
    for action in ["redrive", "discard"] {
        assert_eq!(console.post("/api/preview", &json!({"action": action, "ids": [task_id]})).await.0, 200);
    }
    let asked = aws.operations();
    assert!(asked.iter().any(|operation| operation == "Query"), "{asked:?}");
    let looks = ["GetCallerIdentity", "GetItem", "Query", "Scan", "GetQueueAttributes"];
    for operation in asked {
        assert!(operation.starts_with("GET ") || looks.contains(&operation.as_str()), "{operation}");
    }
}
