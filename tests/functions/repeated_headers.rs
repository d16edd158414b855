//! Repeated headers, sent to both real programs. API Gateway joins them with a comma (HTTP API, payload format 2.0),
//! the program on one machine gets them separately; both answer alike.

use harness::{
    StandIn, task_json,
    taskline::{Taskline, http},
};
use serde_json::{Value, json};

use crate::function::{answered, api, body, request};

#[tokio::test(flavor = "multi_thread")]
async fn the_function_and_the_program_answer_alike_to_repeated_headers() {
    let aws = StandIn::that_succeeds().await;
    let (mut function, taskline) = (api(&aws).await, Taskline::new());
    let running = taskline.start();
    let one = ("content-type", "application/json");
    let key = |value| ("idempotency-key", value);
    let typed = |value| ("content-type", value);
    let long = "k".repeat(256);
    for (headers, status) in [
        (vec![one], 202),
        (vec![one, key("order-42")], 202),
        (vec![one, key("k"), key("k")], 400),
        (vec![one, key("k"), key("l")], 400),
        (vec![one, key("k"), key("")], 400),
        (vec![one, key(""), key("k")], 400),
        (vec![one, key(""), key("")], 400),
        (vec![one, key("k"), key("l"), key("m")], 400),
        (vec![one, key("k,k")], 400),
        (vec![one, key("k, k")], 400),
        (vec![one, key(",")], 400),
        (vec![one, key("")], 400),
        (vec![one, key("ä")], 400),
        (vec![one, key(&long)], 400),
        (vec![one, one], 415),
        (vec![one, typed("")], 415),
        (vec![typed(""), one], 415),
        (vec![one, typed("text/plain")], 415),
        (vec![typed("text/plain"), one], 415),
        (vec![typed("application/json;v=1"), one], 415),
        (vec![typed("application/json; charset=utf-8"), typed("application/json; charset=utf-8")], 415),
        (vec![one, ("content-encoding", "identity"), ("content-encoding", "gzip")], 415),
        (vec![one, ("accept", "text/html"), ("accept", "*/*")], 202),
    ] {
        let mut joined = json!({});
        let mut on_one_machine = http().post(format!("{}/tasks", running.url)).body(task_json("Water"));
        for (name, value) in &headers {
            on_one_machine = on_one_machine.header(*name, value.as_bytes());
            joined[*name] = match joined[*name].as_str() {
                Some(first) => json!(format!("{first},{value}")),
                None => json!(value),
            };
        }
        let on_aws = answered(function.invoke(request("POST", "/tasks", joined, &task_json("Water"))).await);
        let on_one_machine = on_one_machine.send().await.unwrap();
        assert_eq!(on_aws["statusCode"], status, "on AWS: {headers:?}");
        assert_eq!(on_one_machine.status(), status, "on one machine: {headers:?}");
        if status != 202 {
            let problem: Value = serde_json::from_str(&on_one_machine.text().await.unwrap()).unwrap();
            assert_eq!(body(&on_aws), problem, "{headers:?}");
            let names_the_key = problem["detail"].as_str().unwrap().contains("Idempotency-Key");
            assert_eq!(names_the_key, status == 400, "{problem}");
        }
    }
}
