//! `GET /tasks/{id}?wait=…` on AWS: the function reads the table again, with growing pauses, until the task is settled.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use harness::{StandIn, succeeds};
use serde_json::{Value, json};

use crate::function::{answered, body, post, request, start};

/// A table that keeps the record of the last write. After `reads` reads, the record is completed.
async fn table(reads: usize) -> StandIn {
    let (item, count): (Arc<Mutex<Value>>, _) = (Arc::default(), AtomicUsize::new(0));
    StandIn::start(move |operation, body| match operation {
        "PutItem" => {
            *item.lock().unwrap() = body["Item"].clone();
            succeeds(operation, body)
        }
        "GetItem" => {
            let mut item = item.lock().unwrap().clone();
            if count.fetch_add(1, Ordering::SeqCst) >= reads {
                let mut record: Value = serde_json::from_str(item["record"]["S"].as_str().unwrap()).unwrap();
                record["status"] = "completed".into();
                record["result"] = json!([7]);
                item["record"]["S"] = record.to_string().into();
            }
            (200, json!({"Item": item}))
        }
        _ => succeeds(operation, body),
    })
    .await
}

/// What a request that waits is answered, and how often it read the table.
async fn waited(reads: usize, wait: &str) -> (u64, Value, usize) {
    waited_with(&[], reads, wait).await
}

async fn waited_with(settings: &[(&str, &str)], reads: usize, wait: &str) -> (u64, Value, usize) {
    let aws = table(reads).await;
    let mut api = start("api", aws.url(), settings).await;
    let accepted = answered(api.invoke(post("Water", None)).await);
    let path = accepted["headers"]["location"].as_str().unwrap();
    let mut event = request("GET", path, json!({}), "");
    event["rawQueryString"] = format!("wait={wait}").into();
    event["queryStringParameters"] = json!({"wait": wait});
    let answer = answered(api.invoke(event).await);
    (answer["statusCode"].as_u64().unwrap(), body(&answer), aws.asked("GetItem").len())
}

#[tokio::test]
async fn a_request_that_waits_is_answered_once_the_task_is_completed() {
    let (status, task, reads) = waited(2, "20s").await;
    assert_eq!((status, &task["status"], &task["result"], reads), (200, &json!("completed"), &json!([7]), 3));
}

#[tokio::test]
async fn a_request_whose_time_is_over_is_answered_with_the_task_as_it_is() {
    let (status, task, reads) = waited(usize::MAX, "1s").await;
    assert_eq!((status, &task["status"]), (200, &json!("accepted")));
    // At once, after 0.25 s, after 0.75 s, and at the end.
    assert!((2..=4).contains(&reads), "{reads}");
}

#[tokio::test]
async fn an_invalid_wait_is_refused_without_a_read() {
    let (status, problem, reads) = waited(0, "21s").await;
    assert_eq!((status, reads), (400, 0));
    assert!(problem["detail"].as_str().unwrap().starts_with("wait must be"), "{problem}");
}

#[tokio::test]
async fn the_function_shortens_a_wait_to_its_limit_and_may_refuse_it() {
    let (status, task, reads) = waited_with(&[("WAIT_SECONDS_MAX", "1")], usize::MAX, "20s").await;
    assert_eq!((status, &task["status"]), (200, &json!("accepted")));
    assert!((2..=4).contains(&reads), "{reads}: as many as in a second");
    let (status, problem, reads) = waited_with(&[("WAIT_SECONDS_MAX", "0")], 0, "1s").await;
    assert_eq!((status, reads), (400, 0));
    assert!(problem["detail"].as_str().unwrap().contains("leave out wait"), "{problem}");
}
