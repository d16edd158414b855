//! A line, used by callers through the deployed URL.

use std::{net::SocketAddr, time::Duration};

use reqwest::{Client, Method, StatusCode, Url};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{
    taskline::{http_builder, task},
    text::text,
};

/// The maximum time for a condition; a passing test doesn't wait this long.
const PATIENCE: Duration = Duration::from_secs(600);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The ids in a 202.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Accepted {
    pub sequence_number: u128,
    pub task_id: String,
}

pub struct Line {
    url: String,
    token: String,
    client: Client,
}

impl Line {
    pub fn new(url: &str, token: &str) -> Self {
        let host = Url::parse(url).unwrap().host_str().unwrap().to_owned();
        // ministack's host names end in `localhost`, which not every system resolves.
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let client = http_builder().resolve(&host, here).build().unwrap();
        Self { url: url.to_owned(), token: token.to_owned(), client }
    }

    /// Retries while the API answers 503; a task that was started and refused is never handled.
    pub async fn submit(&self, title: &str) -> Accepted {
        self.submit_task(&task(title)).await
    }

    /// The same with a task as JSON.
    pub async fn submit_task(&self, task: &str) -> Accepted {
        let started = Instant::now();
        loop {
            let (status, answer) = self.send(Method::POST, "/tasks", task).await;
            if status == StatusCode::ACCEPTED {
                return Accepted {
                    task_id: text(&answer, "task_id").to_owned(),
                    sequence_number: text(&answer, "sequence_number").parse().unwrap(),
                };
            }
            let is_unavailable = status == StatusCode::SERVICE_UNAVAILABLE;
            assert!(is_unavailable && started.elapsed() < PATIENCE, "{status}: {answer:#}");
            sleep(POLL_INTERVAL).await;
        }
    }

    pub async fn show(&self, task_id: &str) -> Value {
        let (status, answer) = self.send(Method::GET, &format!("/tasks/{task_id}"), "").await;
        assert_eq!(status, StatusCode::OK, "{answer:#}");
        answer
    }

    /// Waits until the task has this status.
    pub async fn until(&self, task_id: &str, status: &str) -> Value {
        let started = Instant::now();
        loop {
            let (answered, task) = self.send(Method::GET, &format!("/tasks/{task_id}"), "").await;
            if answered == StatusCode::OK && task["status"] == status {
                return task;
            }
            assert!(started.elapsed() < PATIENCE, "still not {status}: {answered}: {task:#}");
            sleep(POLL_INTERVAL).await;
        }
    }

    pub async fn send(&self, method: Method, path: &str, body: &str) -> (StatusCode, Value) {
        self.send_with(method, path, &[], body).await
    }

    /// Sends a request with additional headers.
    pub async fn send_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (StatusCode, Value) {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = if self.token.is_empty() { request } else { request.bearer_auth(&self.token) };
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.header("content-type", "application/json").body(body.to_owned());
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }
}
