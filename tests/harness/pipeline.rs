//! A whole pipeline, as `taskline local` runs it: with a folder, an address and a clock that the test moves.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use local::{DataDirectory, Pipeline, PipelineOptions, SqliteDeliverySwitch, SqliteTaskRecords};
use processor::ProcessorSettings;
use reqwest::{Response, header};
use shared::{
    SequenceNumber, Status, TaskId, TaskRecord,
    ports::{LineStatus, TaskRecords},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    CountedTaskIds, ScriptedHandler, TestClock, eventually, request::task_json, settle::settle,
    taskline::http, within,
};

/// How long a killed pipeline's threads may take to end.
const KILL_TIMEOUT: Duration = Duration::from_secs(60);

/// A pipeline with its folder. It has a separate runtime, so that it can be killed like a process.
pub struct TestPipeline {
    pub clock: TestClock,
    pub handler: ScriptedHandler,
    settings: ProcessorSettings,
    task_ids: Arc<CountedTaskIds>,
    client: reqwest::Client,
    running: Option<(Pipeline, Runtime)>,
    directory: TempDir,
}

impl TestPipeline {
    pub async fn start(handler: ScriptedHandler) -> Self {
        let mut settings = ProcessorSettings::read(&|_| None).unwrap();
        // A test that moves the clock before a run begins must not use up that run's time.
        settings.handler_timeout = TimeDelta::days(1);
        let mut pipeline = Self {
            clock: TestClock::new(),
            handler,
            settings,
            task_ids: Arc::default(),
            client: http(),
            running: None,
            directory: TempDir::new().unwrap(),
        };
        pipeline.start_again().await;
        pipeline
    }

    /// Starts with the data of the last run.
    pub async fn start_again(&mut self) {
        let runtime = Runtime::new().unwrap();
        let data = DataDirectory::new(self.directory.path());
        let options = PipelineOptions {
            clock: Arc::new(self.clock.clone()),
            task_ids: self.task_ids.clone(),
            ..PipelineOptions::new(data, self.settings.clone(), self.handler.clone())
        };
        let started = runtime.spawn(Pipeline::start(options)).await.unwrap();
        self.running = Some((started.unwrap(), runtime));
    }

    fn pipeline(&self) -> &Pipeline {
        &self.running.as_ref().expect("a running pipeline").0
    }

    /// Stops it as Ctrl-C does: the running task is finished.
    pub async fn stop(&mut self) {
        let (pipeline, runtime) = self.running.take().unwrap();
        within("the pipeline's end", runtime.spawn(pipeline.stop())).await.unwrap();
        shut_down(runtime).await;
    }

    /// Ends it as `kill -9` does: unfinished work stays undone. Writes that were already requested are done before this
    /// returns: the file's writer is a separate thread that works in order.
    pub async fn kill(&mut self) {
        let (pipeline, runtime) = self.running.take().unwrap();
        shut_down(runtime).await;
        settle(pipeline.store(), &self.clock).await;
        drop(pipeline);
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    /// Submits a task that must be accepted; returns its id and sequence number.
    pub async fn post(&self, title: &str) -> (TaskId, SequenceNumber) {
        let answer = self.try_post(title, None).await.unwrap();
        assert_eq!(answer.status(), 202);
        let json: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let field = |name: &str| json[name].as_str().unwrap().to_owned();
        (field("task_id").parse().unwrap(), field("sequence_number").parse().unwrap())
    }

    pub async fn post_with_key(&self, title: &str, key: &str) -> Response {
        self.try_post(title, Some(key)).await.unwrap()
    }

    async fn try_post(&self, title: &str, key: Option<&str>) -> reqwest::Result<Response> {
        let mut request = self
            .client
            .post(self.url("/tasks"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(task_json(title));
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        request.send().await
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.pipeline().address())
    }

    pub async fn find(&self, task_id: TaskId) -> Option<TaskRecord> {
        let records = SqliteTaskRecords::new(self.pipeline().store());
        records.find(task_id).await.unwrap()
    }

    pub async fn record(&self, task_id: TaskId) -> TaskRecord {
        self.find(task_id).await.expect("a record")
    }

    pub async fn status(&self, task_id: TaskId) -> Status {
        self.record(task_id).await.status
    }

    /// Waits until the task has this status.
    pub async fn until(&self, task_id: TaskId, status: Status) -> TaskRecord {
        let has_status =
            |record: &Option<TaskRecord>| record.as_ref().is_some_and(|record| record.status == status);
        eventually(|| self.find(task_id), has_status).await.unwrap()
    }

    /// The same; moves the clock by a second whenever the line waits for a retry.
    pub async fn until_after_retries(&self, task_id: TaskId, status: Status) -> TaskRecord {
        let poll = || async {
            let record = self.find(task_id).await;
            if record.as_ref().is_some_and(|record| record.status == Status::Retrying) {
                self.clock.advance_seconds(1);
            }
            record
        };
        let has_status =
            |record: &Option<TaskRecord>| record.as_ref().is_some_and(|record| record.status == status);
        eventually(poll, has_status).await.unwrap()
    }

    pub fn address(&self) -> std::net::SocketAddr {
        self.pipeline().address()
    }

    /// The line's delivery switch.
    pub fn line(&self) -> SqliteDeliverySwitch {
        SqliteDeliverySwitch::new(self.pipeline().store(), Arc::new(self.clock.clone()))
    }

    /// Waits until the line's status is as wanted.
    pub async fn until_line(&self, is_wanted: impl Fn(&LineStatus) -> bool) -> LineStatus {
        use shared::ports::DeliverySwitch;
        let line = self.line();
        eventually(|| async { line.status().await.unwrap() }, is_wanted).await
    }
}

async fn shut_down(runtime: Runtime) {
    tokio::task::spawn_blocking(move || runtime.shutdown_timeout(KILL_TIMEOUT)).await.unwrap();
}

impl Drop for TestPipeline {
    fn drop(&mut self) {
        if let Some((_, runtime)) = self.running.take() {
            runtime.shutdown_background();
        }
    }
}
