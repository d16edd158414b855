//! The parts of a pipeline, driven step by step: the test decides when messages are received and which calls fail.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use api::{AcceptError, Acceptance, CorsOrigins, Intake, WaitLimit};
use axum::{Extension, body::Body, http::Request};
use chrono::TimeDelta;
use local::{DataDirectory, QueueTerms, SqliteDeliverySwitch, SqliteTaskQueue, SqliteTaskRecords, Store};
use operations::{ChangeError, Operations};
use processor::{Handlers, Handling, Invocation, Processor, ProcessorSettings, sqs_event};
use shared::{
    Caller, Delivery, Message, Reason, SequenceNumber, Status, TaskId, TaskRecord, TaskRules, TaskType,
    TaskTypes, Timestamp, lifecycle,
    limits::RECEIVE_COUNT_MAX,
    ports::{Clock, Depth, TaskIds, TaskQueue, TaskRecords, Visibility},
};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::{
    Answer, CountedTaskIds, Faults, FaultyQueue, FaultyRecords, PassingClock, ScriptedHandler, Step,
    TestClock, request, settle::settle,
};

type Records = FaultyRecords<SqliteTaskRecords>;
type Queue = FaultyQueue<SqliteTaskQueue>;

/// How a turn of the line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing was delivered.
    Idle,
    Acknowledged,
    Unacknowledged,
    /// The invocation died at a planned crash.
    Crashed,
}

/// Clones share the store, the clock, the handler and the faults.
#[derive(Clone)]
pub struct PipelineFixture {
    pub clock: TestClock,
    pub handler: ScriptedHandler,
    is_record_only: bool,
    pub faults: Faults,
    pub settings: ProcessorSettings,
    /// What the API and the operators demand of a task.
    pub rules: Arc<dyn TaskRules>,
    /// The handlers of types that have their own.
    pub type_handlers: Vec<(TaskType, ScriptedHandler)>,
    pub cors_origins: CorsOrigins,
    pub wait_limit: WaitLimit,
    pub caller: Caller,
    pub max_receive_count: u32,
    store: Store,
    task_ids: Arc<dyn TaskIds>,
    invocations: Arc<AtomicU32>,
    _directory: Arc<TempDir>,
}

impl PipelineFixture {
    /// With the default settings of a pipeline.
    pub fn new() -> Self {
        // In memory where `/dev/shm` exists: the disk is not under test, and each sync takes milliseconds.
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        let data = DataDirectory::new(directory.path());
        Self {
            clock: TestClock::new(),
            handler: ScriptedHandler::default(),
            is_record_only: false,
            faults: Faults::default(),
            settings: ProcessorSettings::read(&|_| None).unwrap(),
            rules: Arc::new(TaskTypes::default()),
            type_handlers: Vec::new(),
            cors_origins: CorsOrigins::default(),
            wait_limit: WaitLimit::default(),
            caller: Caller::local(),
            max_receive_count: RECEIVE_COUNT_MAX,
            store: data.open_or_create(&data.lock().unwrap()).unwrap(),
            task_ids: Arc::new(CountedTaskIds::default()),
            invocations: Arc::default(),
            _directory: Arc::new(directory),
        }
    }

    /// The same without a handler: the record is the result.
    pub fn record_only(&self) -> Self {
        Self { is_record_only: true, ..self.clone() }
    }

    /// With the failure policy `hold`.
    pub fn holding() -> Self {
        let mut pipeline = Self::new();
        pipeline.settings.failure_policy = lifecycle::FailurePolicy::Hold;
        pipeline
    }

    // The parts.

    pub fn records(&self) -> Records {
        FaultyRecords { inner: self.plain_records(), faults: self.faults.clone() }
    }

    pub fn line(&self) -> Queue {
        FaultyQueue { inner: self.plain_line(), faults: self.faults.clone(), enqueue: Step::Enqueue }
    }

    fn dead_letter_queue(&self) -> Queue {
        FaultyQueue {
            inner: self.plain_dead_letters(),
            faults: self.faults.clone(),
            enqueue: Step::SendDeadLetter,
        }
    }

    fn plain_records(&self) -> SqliteTaskRecords {
        SqliteTaskRecords::new(self.store.clone())
    }

    fn plain_line(&self) -> SqliteTaskQueue {
        SqliteTaskQueue::line(self.store.clone(), Arc::new(self.clock.clone()), self.terms())
    }

    fn plain_dead_letters(&self) -> SqliteTaskQueue {
        SqliteTaskQueue::dead_letters(self.store.clone(), Arc::new(self.clock.clone()), self.terms())
    }

    fn terms(&self) -> QueueTerms {
        QueueTerms {
            visibility_seconds: self.settings.visibility_seconds(),
            max_receive_count: self.max_receive_count,
        }
    }

    pub fn api(&self) -> Intake<Records, Queue> {
        let clock = Arc::new(self.clock.clone());
        Intake::new(self.records(), self.line(), Arc::clone(&self.task_ids), clock)
            .with_rules(Arc::clone(&self.rules))
            .waiting_at_most(self.wait_limit)
    }

    fn handlers(&self) -> Handlers {
        let default = if self.is_record_only { Handling::Record } else { self.handler.clone().into() };
        let types = self.type_handlers.iter().cloned();
        types.fold(default.into(), |handlers: Handlers, (task_type, handler)| {
            handlers.with(task_type, handler)
        })
    }

    /// The same, with these known types at the API and at the processor.
    pub fn knowing(&mut self, task_types: TaskTypes) {
        self.settings.task_types = task_types.clone();
        self.rules = Arc::new(task_types);
    }

    /// A new one, as after a restart: a processor has no state.
    pub fn processor(&self) -> Processor<Records, Queue> {
        Processor::new(
            self.records(),
            self.line(),
            self.dead_letter_queue(),
            self.handlers(),
            Arc::new(self.clock.clone()),
            self.settings.clone(),
        )
    }

    // Submitting.

    pub async fn submit(&self, title: &str, key: Option<&str>) -> Result<Acceptance, AcceptError> {
        self.api().accept(request::accept_request(title, key)).await
    }

    /// Submits a task that must be accepted.
    pub async fn post(&self, title: &str) -> TaskId {
        self.submit(title, None).await.unwrap().task_id
    }

    /// Submits several.
    pub async fn post_all<const N: usize>(&self, titles: [&str; N]) -> [TaskId; N] {
        let mut task_ids = Vec::new();
        for title in titles {
            task_ids.push(self.post(title).await);
        }
        task_ids.try_into().unwrap()
    }

    /// Submits until the API dies at a planned crash; returns whether it died.
    pub async fn submit_until_crash(&self, title: &str, key: Option<&str>) -> bool {
        let answer = self.faults.until_crash(self.submit(title, key)).await;
        self.settle_store().await;
        answer.is_none()
    }

    /// Sends a request to the routes.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let router = api::router(self.api()).layer(Extension(self.caller.clone()));
        let router = self.cors_origins.clone().around(router);
        Answer::read(router.oneshot(request).await.unwrap()).await
    }

    /// Enqueues a body that no API made.
    pub async fn enqueue_raw(&self, body: &str, dedupe_id: &str) -> SequenceNumber {
        self.plain_line().enqueue(body, dedupe_id).await.unwrap()
    }

    // Working the line.

    pub async fn receive(&self, max: u32) -> Vec<Delivery> {
        self.line().receive(max, 0).await.unwrap_or_default()
    }

    /// Receives a message that must be available.
    pub async fn receive_one(&self) -> Delivery {
        self.receive(1).await.pop().expect("a message")
    }

    /// One invocation: processes the deliveries, deletes the acknowledged ones, returns the others.
    pub async fn process(&self, deliveries: &[Delivery]) -> Vec<Delivery> {
        let invocation = Invocation {
            request_id: format!("invocation-{}", self.invocations.fetch_add(1, Ordering::SeqCst) + 1),
            xray_trace_id: Some("trace".to_owned()),
        };
        let event = sqs_event(deliveries.to_vec());
        let response = self.processor().process_batch(event, &invocation).await.unwrap();
        let failed = response.batch_item_failures;
        let is_undone = |delivery: &&Delivery| {
            failed.iter().any(|failure| failure.item_identifier == delivery.message_id)
        };
        for done in deliveries.iter().filter(|delivery| !is_undone(delivery)) {
            // A failed delete only causes another delivery.
            let _ = self.line().delete(&done.receipt).await;
        }
        deliveries.iter().filter(is_undone).cloned().collect()
    }

    /// Receives one message and processes it.
    pub async fn turn(&self) -> Turn {
        let work = async {
            let deliveries = self.receive(1).await;
            if deliveries.is_empty() {
                return Turn::Idle;
            }
            match self.process(&deliveries).await.is_empty() {
                true => Turn::Acknowledged,
                false => Turn::Unacknowledged,
            }
        };
        match self.faults.until_crash(work).await {
            Some(turn) => turn,
            None => {
                self.settle_store().await;
                Turn::Crashed
            }
        }
    }

    /// Works until the line is empty; moves the clock whenever nothing is delivered.
    pub async fn work_until_empty(&self) {
        for _ in 0..1_000 {
            if self.turn().await != Turn::Idle {
                continue;
            }
            if self.depth().await == Depth::default() {
                return;
            }
            self.clock.advance_seconds(15);
        }
        panic!("the line does not become empty: {:?}", self.depth().await);
    }

    /// Moves the clock by seconds until the next message is delivered and processed; returns how many.
    pub async fn next_turn(&self) -> (i64, Turn) {
        for waited in 0..50_000 {
            let turn = self.turn().await;
            if turn != Turn::Idle {
                return (waited, turn);
            }
            self.clock.advance_seconds(1);
        }
        panic!("nothing is delivered: {:?}", self.depth().await);
    }

    /// Moves the clock until the queue makes the message of a dead run visible again.
    pub fn visibility_passes(&self) {
        self.clock.advance_seconds(i64::from(self.settings.visibility_seconds()));
    }

    /// Waits for the work of dropped calls.
    pub async fn settle_store(&self) {
        settle(self.store.clone(), &self.clock).await;
    }

    /// What the pipeline's worker does from time to time.
    pub async fn delete_expired(&self) {
        self.plain_records().delete_expired(self.now()).await.unwrap();
    }

    // Reading.

    pub async fn find(&self, task_id: TaskId) -> Option<TaskRecord> {
        self.plain_records().find(task_id).await.unwrap()
    }

    pub async fn record(&self, task_id: TaskId) -> TaskRecord {
        self.find(task_id).await.expect("a record")
    }

    pub async fn status(&self, task_id: TaskId) -> Status {
        self.record(task_id).await.status
    }

    pub async fn depth(&self) -> Depth {
        self.plain_line().depth().await.unwrap()
    }

    /// The bodies in the dead-letter queue.
    pub async fn dead_letters(&self) -> Vec<String> {
        let queue = self.plain_dead_letters();
        let dead_letters = queue.receive(10, 0).await.unwrap();
        for dead_letter in &dead_letters {
            queue.change_visibility(&dead_letter.receipt, 0).await.unwrap();
        }
        dead_letters.into_iter().map(|dead_letter| dead_letter.body).collect()
    }

    /// The tasks in the dead-letter queue.
    pub async fn dead_task_ids(&self) -> Vec<TaskId> {
        let dead_letters = self.dead_letters().await;
        dead_letters.iter().map(|body| Message::decode(body).unwrap().task_id).collect()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    // What an operator or AWS does.

    /// The real operations, over parts with faults.
    pub fn operations(&self) -> Operations<Records, Queue, SqliteDeliverySwitch> {
        Operations {
            records: self.records(),
            line_queue: self.line(),
            dead_letter_queue: self.dead_letter_queue(),
            line: SqliteDeliverySwitch::new(self.store.clone(), Arc::new(self.clock.clone())),
            clock: Arc::new(PassingClock(self.clock.clone())),
            task_rules: Arc::clone(&self.rules),
            operator: "ann".to_owned(),
            submitter: self.caller.clone(),
            code_version: None,
            api_url: None,
            retention_seconds: None,
            counts_lag_seconds: 0,
            poll_interval: Duration::ZERO,
        }
    }

    pub async fn resume(&self, task_id: TaskId) {
        self.operations().resume(task_id, &because()).await.unwrap();
    }

    pub async fn skip(&self, task_id: TaskId) {
        self.operations().skip(task_id, &because()).await.unwrap();
    }

    pub async fn discard(&self, task_id: TaskId) {
        self.operations().discard(task_id, &because()).await.unwrap();
    }

    /// Replaces the text of a dead letter or held task.
    pub async fn amend(&self, task_id: TaskId, title: &str) {
        self.operations().amend(task_id, &request::task(title), &because()).await.unwrap();
    }

    pub async fn redrive(&self, task_id: TaskId) {
        self.try_redrive(task_id).await.unwrap();
    }

    pub async fn try_redrive(&self, task_id: TaskId) -> Result<TaskRecord, ChangeError> {
        self.operations().redrive(task_id, lifecycle::Force::Yes, &because()).await
    }

    /// Compares records and queues, and repairs each difference.
    pub async fn reconcile(&self) {
        let operations = self.operations();
        for repair in &operations.differences().await.unwrap().repairs {
            operations.repair(repair).await.unwrap();
        }
    }

    /// Makes a held message visible without a decision on its task.
    pub async fn make_held_visible(&self, task_id: TaskId) -> Visibility {
        let receipt = self.record(task_id).await.held_receipt.expect("a receipt");
        self.plain_line().change_visibility(&receipt, 0).await.unwrap()
    }

    /// Redrives until the operator's program dies at a planned crash; returns whether it died.
    pub async fn redrive_until_crash(&self, task_id: TaskId) -> bool {
        let done = self.faults.until_crash(self.try_redrive(task_id)).await;
        self.settle_store().await;
        done.is_none()
    }

    /// `StartMessageMoveTask`: SQS moves every dead letter back to the line, unchanged.
    pub async fn move_dead_letters_back(&self) {
        let queue = self.plain_dead_letters();
        for dead_letter in queue.receive(10, 0).await.unwrap() {
            self.enqueue_raw(&dead_letter.body, &dead_letter.message_id).await;
            queue.delete(&dead_letter.receipt).await.unwrap();
        }
    }

    /// A delivery to a throttled function: a receive is counted, nothing ran.
    pub async fn throttled_receive(&self) {
        let delivery = self.receive_one().await;
        let shown = self.plain_line().change_visibility(&delivery.receipt, 0).await;
        assert_eq!(shown.unwrap(), Visibility::Changed);
    }

    pub async fn hours_pass(&self, hours: i64) {
        self.clock.advance(TimeDelta::hours(hours));
    }
}

fn because() -> Reason {
    Reason::parse("because").unwrap()
}

impl Default for PipelineFixture {
    fn default() -> Self {
        Self::new()
    }
}
