//! A client of the API: submits over HTTP, with keep-alive, and looks up what it submitted.

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
/// Far beyond any answer that counts as one.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Clones share connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    tasks: String,
    accepted: Arc<AtomicU64>,
}

/// A task that was answered with 202.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub task_id: TaskId,
    /// Its place in the line.
    pub place: SequenceNumber,
    /// From when it was due to the answer.
    pub took: Duration,
    /// When that was.
    pub answered: Instant,
}

#[derive(Deserialize)]
struct Answer {
    task_id: TaskId,
    sequence_number: SequenceNumber,
}

/// Whether a client says who its task is, so that it may ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The title, as far as a key can be one.
    Given,
    /// Every request is a new task.
    None,
}

impl Client {
    /// Of the pipeline at `url`.
    pub fn of(url: &str) -> anyhow::Result<Self> {
        let http = http_builder().timeout(ANSWER_TIMEOUT).build()?;
        Ok(Self { http, tasks: format!("{url}/tasks"), accepted: Arc::default() })
    }

    /// How many tasks were accepted of it and its clones.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Its id and its place.
    pub async fn submit(&self, title: &str, key: Key) -> anyhow::Result<(TaskId, SequenceNumber)> {
        let description = "x".repeat(DESCRIPTION_BYTES);
        let task = serde_json::json!({"title": title, "description": description, "priority": "low"});
        let mut request = self.http.post(&self.tasks).header("content-type", "application/json");
        if key == Key::Given {
            request = request.header("idempotency-key", title.replace([' ', ','], "-"));
        }
        let answer = request.body(task.to_string()).send().await.context("POST /tasks")?;
        let (status, body) = (answer.status(), answer.text().await?);
        anyhow::ensure!(status == 202, "POST /tasks was answered with {status}: {body}");
        let Answer { task_id, sequence_number } = serde_json::from_str(&body).context(body)?;
        self.accepted.fetch_add(1, Ordering::Relaxed);
        Ok((task_id, sequence_number))
    }

    /// Looks at a task.
    pub async fn look_up(&self, task_id: TaskId) -> anyhow::Result<()> {
        let answer = self.http.get(format!("{}/{task_id}", self.tasks)).send().await?;
        let status = answer.status();
        answer.bytes().await?;
        anyhow::ensure!(status == 200, "GET /tasks/{task_id} was answered with {status}");
        Ok(())
    }
}
