//! A client of the API: submits tasks over HTTP with keep-alive, and reads them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use harness::taskline::http_builder;
use serde::Deserialize;
use shared::{SequenceNumber, TaskId};

/// As long as a short dead letter.
const DESCRIPTION_BYTES: usize = 500;
/// Far longer than any acceptable response.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Clones share connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    tasks: String,
    accepted: Arc<AtomicU64>,
}

/// An accepted task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptedTask {
    pub task_id: TaskId,
    pub sequence_number: SequenceNumber,
    /// From the time when the task was due to the response.
    pub took: Duration,
    /// When the response came.
    pub answered: Instant,
}

#[derive(Deserialize)]
struct Answer {
    task_id: TaskId,
    sequence_number: SequenceNumber,
}

/// Whether a request has an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdempotencyKey {
    /// The title, without characters that a key can't have.
    Title,
    /// Every request is a new task.
    None,
}

impl Client {
    /// A client of the pipeline at `url`.
    pub fn of(url: &str) -> anyhow::Result<Self> {
        let http = http_builder().timeout(ANSWER_TIMEOUT).build()?;
        Ok(Self { http, tasks: format!("{url}/tasks"), accepted: Arc::default() })
    }

    /// How many tasks this client and its clones have submitted.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Submits a task, which must be accepted.
    pub async fn submit(&self, title: &str, key: IdempotencyKey) -> anyhow::Result<(TaskId, SequenceNumber)> {
        let description = "x".repeat(DESCRIPTION_BYTES);
        let task = serde_json::json!({"title": title, "description": description, "priority": "low"});
        let mut request = self.http.post(&self.tasks).header("content-type", "application/json");
        if key == IdempotencyKey::Title {
            request = request.header("idempotency-key", title.replace([' ', ','], "-"));
        }
        let answer = request.body(task.to_string()).send().await.context("POST /tasks")?;
        let (status, body) = (answer.status(), answer.text().await?);
        anyhow::ensure!(status == 202, "POST /tasks was answered with {status}: {body}");
        let Answer { task_id, sequence_number } = serde_json::from_str(&body).context(body)?;
        self.accepted.fetch_add(1, Ordering::Relaxed);
        Ok((task_id, sequence_number))
    }

    /// Reads a task, which must exist.
    pub async fn get_task(&self, task_id: TaskId) -> anyhow::Result<()> {
        let answer = self.http.get(format!("{}/{task_id}", self.tasks)).send().await?;
        let status = answer.status();
        answer.bytes().await?;
        anyhow::ensure!(status == 200, "GET /tasks/{task_id} was answered with {status}");
        Ok(())
    }
}
