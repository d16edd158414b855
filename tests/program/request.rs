//! A caller's requests to a pipeline that may die or run out of disk space while it answers.

use std::sync::LazyLock;

use axum::http::StatusCode;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::taskline::{http, task};

/// The runtime of the receivers, which answer during the test.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

pub fn wait<T>(work: impl Future<Output = T>) -> T {
    RUNTIME.block_on(work)
}

pub struct Answer {
    pub status: StatusCode,
    pub retry_after: Option<String>,
    pub body: Value,
}

/// None if the connection broke first.
pub fn post(url: &str, title: &str, key: Option<&str>) -> Option<Answer> {
    let request = http().post(format!("{url}/tasks")).header("content-type", "application/json");
    let request = match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    };
    send(request.body(task(title)))
}

pub fn get(url: &str, id: &str) -> Option<Answer> {
    send(http().get(format!("{url}/tasks/{id}")))
}

fn send(request: reqwest::RequestBuilder) -> Option<Answer> {
    wait(async {
        let answer = request.send().await.ok()?;
        let status = answer.status();
        let retry_after = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let body = serde_json::from_str(&answer.text().await.ok()?).ok()?;
        Some(Answer { status, retry_after, body })
    })
}
