//! The watch function: what it reads and writes, and that it writes no metric when it can't read.

use harness::{Invoked, PipelineFixture, StandIn, throttles};
use serde_json::{Value, json};
use shared::{Failure, FailureClass, Status, TaskRecord, Timestamp};

use crate::function::{DEAD_LETTERS, answered, start};

const SECRET_TITLE: &str = "Water the orchids";

/// AWS with these records in the index and this number of messages in each queue.
async fn aws(records: Vec<Value>, in_queues: u64) -> StandIn {
    StandIn::start(move |operation, body| match operation {
        "Query" if body["ExpressionAttributeValues"][":value"]["S"] == "yes" => {
            (200, json!({"Items": records}))
        }
        "Query" => (200, json!({"Items": []})),
        "GetQueueAttributes" => {
            let count = in_queues.to_string();
            let both =
                json!({"ApproximateNumberOfMessages": count, "ApproximateNumberOfMessagesNotVisible": "0"});
            (200, json!({"Attributes": both}))
        }
        "SendMessage" => (200, json!({"SequenceNumber": "18849496460467696128"})),
        _ => (200, json!({})),
    })
    .await
}

/// A dead letter's item in the table, whose task has a secret title.
async fn dead_letter() -> Value {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.submit(SECRET_TITLE, None).await.unwrap().task_id;
    let mut record: Value = serde_json::to_value(pipeline.record(task_id).await).unwrap();
    let failure = Failure {
        class: FailureClass::Permanent,
        code: "http_400".to_owned(),
        message: SECRET_TITLE.to_owned(),
        attempt: 1,
        generation: 0,
        at: Timestamp::from_timestamp(1_795_255_200, 0).unwrap(),
        replaced: 0,
        duration_ms: None,
        request_id: String::new(),
        xray_trace_id: None,
        code_version: String::new(),
        handler_version: None,
        answer: None,
    };
    record["status"] = json!(Status::DeadLettered);
    record["failures"] = json!([failure]);
    let record: TaskRecord = serde_json::from_value(record).unwrap();
    json!({"task_id": {"S": record.task_id}, "record": {"S": serde_json::to_string(&record).unwrap()}})
}

/// The output of one run: the metrics' values by name and class, and the other lines.
async fn run(aws: &StandIn, settings: &[(&str, &str)]) -> (Invoked, Vec<(String, Value)>, Vec<Value>) {
    let mut watch = start("watch", aws.url(), &[&[DEAD_LETTERS], settings].concat()).await;
    let invoked = watch.invoke(json!({})).await;
    let lines: Vec<Value> =
        watch.printed_until_killed().await.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (written, logged): (Vec<Value>, Vec<Value>) =
        lines.into_iter().partition(|line| line["_aws"].is_object());
    let values = written.iter().flat_map(|line| {
        assert_eq!(line["Pipeline"], "dev");
        let named = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
        let class = line["Class"].as_str().map_or_else(String::new, |class| format!(" {class}"));
        named.iter().map(move |metric| {
            let name = metric["Name"].as_str().unwrap();
            (format!("{name}{class}"), line[name][0].clone())
        })
    });
    let mut values: Vec<_> = values.collect();
    values.sort_by(|one, other| one.0.cmp(&other.0));
    (invoked, values, logged)
}

#[tokio::test]
async fn observing_a_healthy_pipeline_takes_two_queries_and_two_counts_and_writes_zeros() {
    let aws = aws(vec![], 0).await;
    let (invoked, values, logged) = run(&aws, &[]).await;
    answered(invoked);
    let names = [
        "HandlerUnavailable",
        "HeadFailedAttempts",
        "HeldLines",
        "NeedsAttention",
        "NeedsAttentionAge",
        "NewDeadLetters",
        "UnrecordedDeadLetters",
    ];
    assert_eq!(values, names.map(|name| (name.to_owned(), json!(0.0))));
    assert_eq!(logged, Vec::<Value>::new(), "a log line every minute would cost money");
    let mut operations = aws.operations();
    operations.sort();
    assert_eq!(operations, ["GetQueueAttributes", "GetQueueAttributes", "Query", "Query"]);
    assert!(aws.asked("Query").iter().all(|query| query["IndexName"] == aws::table::NEEDS_ATTENTION_INDEX));
}

#[tokio::test]
async fn a_dead_letter_is_counted_by_class_and_its_contents_are_not_logged() {
    let aws = aws(vec![dead_letter().await], 3).await;
    let (invoked, values, logged) = run(&aws, &[]).await;
    answered(invoked);
    let value = |name: &str| values.iter().find(|(it, _)| it == name).unwrap().1.clone();
    assert_eq!(value("NeedsAttention"), 1.0);
    assert_eq!(value("NeedsAttention permanent"), 1.0);
    assert_eq!(value("UnrecordedDeadLetters"), 2.0);
    assert!(value("NeedsAttentionAge").as_f64().unwrap() > 0.0);
    assert!(!json!([values, logged]).to_string().contains("orchids"));
}

#[tokio::test]
async fn a_watch_that_cannot_read_fails_with_the_reason_and_writes_no_metric() {
    let throttling = StandIn::start(throttles).await;
    let (invoked, values, logged) = run(&throttling, &[]).await;
    assert!(matches!(invoked, Invoked::Failed(_)), "{invoked:?}");
    assert_eq!(values, []);
    assert_eq!(logged[0]["error"], "failed to observe the pipeline");
}

/// A run that reads nothing must not write the metrics of the run before.
#[tokio::test]
async fn a_failed_run_does_not_repeat_the_metrics_of_the_run_before() {
    use std::sync::atomic::{AtomicBool, Ordering};
    static IS_DOWN: AtomicBool = AtomicBool::new(false);
    let aws = StandIn::start(|operation, body| match operation {
        _ if IS_DOWN.load(Ordering::Relaxed) => throttles(operation, body),
        "GetQueueAttributes" => {
            let none =
                json!({"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0"});
            (200, json!({"Attributes": none}))
        }
        _ => (200, json!({"Items": []})),
    })
    .await;
    let mut watch = start("watch", aws.url(), &[DEAD_LETTERS]).await;
    answered(watch.invoke(json!({})).await);
    IS_DOWN.store(true, Ordering::Relaxed);
    assert!(matches!(watch.invoke(json!({})).await, Invoked::Failed(_)));
    let lines = watch.printed_until_killed().await;
    assert_eq!(lines.iter().filter(|line| line.contains("\"_aws\"")).count(), 1, "{lines:#?}");
}

#[tokio::test]
async fn a_canary_is_submitted_once_per_interval_with_the_canary_submitter() {
    let aws = aws(vec![], 0).await;
    let (invoked, values, _) = run(&aws, &[("CANARY_SECONDS", "86400")]).await;
    answered(invoked);
    assert!(values.contains(&("CanaryMissed".to_owned(), json!(0.0))), "{values:?}");
    let sent = &aws.asked("SendMessage")[0];
    let put = &aws.asked("PutItem")[0]["Item"];
    assert!(put["record"]["S"].as_str().unwrap().contains("taskline: canary"), "{put}");
    assert_eq!(sent["MessageDeduplicationId"], format!("{}.0", put["task_id"]["S"].as_str().unwrap()));
    let record = put.clone();
    let existing = StandIn::start(move |operation, _| match operation {
        "GetItem" => (200, json!({"Item": record})),
        "GetQueueAttributes" => {
            let none =
                json!({"ApproximateNumberOfMessages": "1", "ApproximateNumberOfMessagesNotVisible": "0"});
            (200, json!({"Attributes": none}))
        }
        _ => (200, json!({"Items": []})),
    })
    .await;
    let (invoked, values, _) = run(&existing, &[("CANARY_SECONDS", "86400")]).await;
    answered(invoked);
    assert!(values.contains(&("CanaryMissed".to_owned(), json!(1.0))), "{values:?}");
    assert!(existing.asked("SendMessage").is_empty() && existing.asked("PutItem").is_empty());
}
