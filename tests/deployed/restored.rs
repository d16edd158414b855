//! docs/disaster.md: a restored table replaces a damaged one, and the line continues.
//!
//! ministack has no point-in-time recovery. The test makes the copy that AWS would make: a new table with the records
//! of one moment, and the keys and the index of the old table.

use aws_sdk_dynamodb::{Client, types::BillingMode};
use serde_json::json;

use crate::{
    deployment::{Configuration, Deployment},
    pipeline::run,
};

const NEW_TABLE: &str = "restored-records";
const BEFORE: Configuration<'static> = Configuration {
    pipeline: "restored",
    environment: "dev",
    binaries: "functions",
    context: &["handler=record"],
};
const AFTER: Configuration<'static> =
    Configuration { context: &["handler=record", "tableName=restored-records"], ..BEFORE };

#[test]
fn a_restored_table_is_adopted_and_the_line_continues_in_order() {
    run(async {
        let damaged = Deployment::deploy(BEFORE).await;
        let line = damaged.line().await;
        let done = line.submit("done before the damage").await;
        line.until(&done.task_id, "completed").await;
        let paused = damaged.taskline().run(&["line", "pause", "--reason", "records are restored"]);
        assert_eq!(paused.code, 0, "{}", paused.err);
        let waiting = line.submit("accepted before the damage").await;
        restore(&damaged).await;
        let late = line.submit("accepted after it").await;

        let restored = Deployment::deploy(AFTER).await;
        assert_eq!(restored.output("TableName"), NEW_TABLE);
        assert_eq!(restored.output("QueueUrl"), damaged.output("QueueUrl"));
        let taskline = restored.taskline();
        let status = taskline.json(&["line", "status"]);
        assert_eq!((&status["state"], &status["waiting"]), (&json!("paused"), &json!(2)));
        let (answer, _) = line.send(reqwest::Method::GET, &format!("/tasks/{}", late.task_id), "").await;
        assert_eq!(answer, 404, "its record is not in the restored table");
        let found = taskline.json(&["dead-letters", "reconcile"]);
        assert_eq!(found["differences"], json!([]), "tasks that wait in the line are not missing: {found:#}");

        let resumed = taskline.run(&["line", "resume", "--reason", "records are restored"]);
        assert_eq!(resumed.code, 0, "{}", resumed.err);
        for task in [&done, &waiting, &late] {
            line.until(&task.task_id, "completed").await;
        }
        let verified = taskline.run(&["verify"]);
        assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    });
}

/// Copies the records into a new table with the keys and the index of the old one.
async fn restore(damaged: &Deployment) {
    let client = Client::new(&damaged.account.configuration().await);
    let old = damaged.output("TableName");
    let described = client.describe_table().table_name(old).send().await.unwrap().table.unwrap();
    let indexes = described.global_secondary_indexes.unwrap().into_iter().map(|index| {
        let made = aws_sdk_dynamodb::types::GlobalSecondaryIndex::builder();
        let made = made.set_index_name(index.index_name).set_key_schema(index.key_schema);
        made.set_projection(index.projection).build().unwrap()
    });
    client
        .create_table()
        .table_name(NEW_TABLE)
        .set_attribute_definitions(described.attribute_definitions)
        .set_key_schema(described.key_schema)
        .set_global_secondary_indexes(Some(indexes.collect()))
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
    let items = client.scan().table_name(old).into_paginator().items().send().try_collect().await.unwrap();
    assert_eq!(items.len(), 2);
    for item in items {
        client.put_item().table_name(NEW_TABLE).set_item(Some(item)).send().await.unwrap();
    }
}
