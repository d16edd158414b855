//! A local data file that can't be written for a while: the worker tells the queue what happens to the message in
//! progress as soon as it can, and the line does not wait for the queue's visibility timeout or for a lease.
//!
//! A trigger in the file refuses the kind of write that must fail.

use std::{pin::Pin, sync::Arc, time::Duration};

use api::Intake;
use chrono::TimeDelta;
use harness::{
    CountedTaskIds, Gate, Outcome, ScriptedHandler, TestClock, accept_request, eventually, within,
};
use local::{DataDirectory, Pipeline, PipelineOptions, QueueTerms, SqliteTaskQueue, SqliteTaskRecords};
use processor::ProcessorSettings;
use rusqlite::Connection;
use shared::{
    Status, TaskId, Timestamp,
    ports::{Clock, TaskRecords},
};
use tempfile::TempDir;
use tokio::sync::watch;

const NO_DELETE: &str = "BEFORE DELETE ON messages";
const NO_CHANGE_OF_VISIBILITY: &str = "BEFORE UPDATE ON messages WHEN NEW.receipt IS OLD.receipt";
const NO_RECORD: &str = "BEFORE UPDATE ON records";

/// Knows until when a worker waits.
#[derive(Clone)]
struct WatchedClock {
    clock: TestClock,
    waits: watch::Sender<Vec<Timestamp>>,
}

impl Clock for WatchedClock {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let sleep = self.clock.sleep_until(at);
        self.waits.send_modify(|waits| waits.push(at));
        sleep
    }
}

struct Unwritable {
    clock: WatchedClock,
    handler: ScriptedHandler,
    pipeline: Pipeline,
    begun_at: Timestamp,
    folder: TempDir,
}

impl Unwritable {
    async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let clock = WatchedClock { clock: TestClock::new(), waits: watch::Sender::default() };
        let handler = ScriptedHandler::default();
        let pipeline = Pipeline::start(options(&folder, &clock, &handler)).await.unwrap();
        Self { begun_at: clock.now(), clock, handler, pipeline, folder }
    }

    async fn post(&self, title: &str) -> TaskId {
        let clock = Arc::new(self.clock.clone());
        let terms = QueueTerms { visibility_seconds: 0, max_receive_count: 1 };
        let line = SqliteTaskQueue::line(self.pipeline.store(), clock.clone(), terms);
        let api = Intake::new(self.records(), line, Arc::new(CountedTaskIds::default()), clock);
        // With a key, because the ids start again each time.
        api.accept(accept_request(title, Some(title))).await.unwrap().task_id
    }

    fn records(&self) -> SqliteTaskRecords {
        SqliteTaskRecords::new(self.pipeline.store())
    }

    fn in_file(&self, statement: &str) {
        self.file().execute_batch(statement).unwrap();
    }

    fn file(&self) -> Connection {
        Connection::open(self.folder.path().join("taskline.db")).unwrap()
    }

    fn refuse(&self, what: &str) {
        self.in_file(&format!("CREATE TRIGGER refusal {what} BEGIN SELECT RAISE(ABORT, 'refused'); END"));
    }

    fn refuse_no_more(&self) {
        self.in_file("DROP TRIGGER refusal");
    }

    /// Lets so many retries fail, each a second after the one before, and the next one succeed.
    async fn fail_retries(&self, retries: u32) {
        for _ in 1..retries {
            self.until_it_waits_a_second().await;
            self.clock.clock.advance_seconds(1);
        }
        self.until_it_waits_a_second().await;
        self.refuse_no_more();
        self.clock.clock.advance_seconds(1);
    }

    async fn until_it_waits_a_second(&self) {
        let again_at = self.clock.now() + TimeDelta::seconds(1);
        let mut waits = self.clock.waits.subscribe();
        within("a failed retry", waits.wait_for(|waits| waits.contains(&again_at))).await.unwrap();
    }

    async fn until(&self, task_id: TaskId, status: Status) {
        let records = self.records();
        let poll = || async { records.find(task_id).await.unwrap().map(|record| record.status) };
        eventually(poll, |seen| *seen == Some(status)).await;
    }

    fn seconds_passed(&self) -> i64 {
        (self.clock.now() - self.begun_at).num_seconds()
    }

    /// When the one message is made visible again, in seconds from the beginning.
    async fn until_shown_at(&self, seconds: i64) {
        let file = self.file();
        let visible_at_query = "SELECT visible_at FROM messages";
        let poll = || async { file.query_row(visible_at_query, [], |row| row.get::<_, i64>(0)).unwrap() };
        let wanted = (self.begun_at + TimeDelta::seconds(seconds)).timestamp_micros();
        eventually(poll, |at| *at == wanted).await;
    }
}

fn options(folder: &TempDir, clock: &WatchedClock, handler: &ScriptedHandler) -> PipelineOptions {
    let settings = ProcessorSettings::read(&|_| None).unwrap();
    let data = DataDirectory::new(folder.path());
    PipelineOptions {
        clock: Arc::new(clock.clone()),
        ..PipelineOptions::new(data, settings, handler.clone())
    }
}

#[tokio::test]
async fn a_task_whose_retry_could_not_be_written_is_retried_once_it_can_be() {
    let pipeline = Unwritable::start().await;
    pipeline.handler.on("a", [Outcome::Transient("busy")]);
    pipeline.refuse(NO_CHANGE_OF_VISIBILITY);
    let a = pipeline.post("a").await;
    let b = pipeline.post("b").await;
    pipeline.fail_retries(30).await;
    pipeline.until(b, Status::Completed).await;
    assert_eq!(pipeline.handler.task_ids(), [a, a, b]);
    assert_eq!(pipeline.seconds_passed(), 30);
}

#[tokio::test]
async fn a_backoff_that_could_not_be_set_is_counted_from_its_failure() {
    let pipeline = Unwritable::start().await;
    pipeline.handler.on("a", [Outcome::TransientAfter("busy", Duration::from_secs(40))]);
    pipeline.refuse(NO_CHANGE_OF_VISIBILITY);
    let a = pipeline.post("a").await;
    pipeline.fail_retries(30).await;
    pipeline.until_shown_at(40).await;
    assert_eq!(pipeline.handler.attempts(a), [1]);
    pipeline.clock.clock.advance_seconds(10);
    pipeline.until(a, Status::Completed).await;
    assert_eq!(pipeline.handler.attempts(a), [1, 2]);
}

#[tokio::test]
async fn the_next_task_is_handled_once_the_message_of_a_completed_task_is_deleted() {
    let pipeline = Unwritable::start().await;
    pipeline.refuse(NO_DELETE);
    let a = pipeline.post("a").await;
    let b = pipeline.post("b").await;
    pipeline.fail_retries(30).await;
    pipeline.until(b, Status::Completed).await;
    assert_eq!(pipeline.handler.task_ids(), [a, b]);
    assert_eq!(pipeline.seconds_passed(), 30);
}

#[tokio::test]
async fn a_run_that_could_not_record_its_end_is_not_waited_for_until_its_lease_expires() {
    let pipeline = Unwritable::start().await;
    let gate = Gate::closed();
    pipeline.handler.on("a", [Outcome::Wait(gate.clone())]);
    let a = pipeline.post("a").await;
    gate.reached().await;
    pipeline.refuse(NO_RECORD);
    gate.open();
    pipeline.fail_retries(3).await;
    pipeline.until(a, Status::Completed).await;
    assert_eq!(pipeline.handler.attempts(a), [1, 2]);
    assert_eq!(pipeline.seconds_passed(), 3);
}

#[tokio::test]
async fn a_worker_without_a_working_store_stops_on_request_and_the_next_start_continues() {
    let pipeline = Unwritable::start().await;
    pipeline.handler.on("a", [Outcome::Transient("busy")]);
    pipeline.refuse(NO_CHANGE_OF_VISIBILITY);
    let a = pipeline.post("a").await;
    pipeline.until_it_waits_a_second().await;
    let Unwritable { clock, handler, pipeline, begun_at, folder } = pipeline;
    within("the pipeline's end", pipeline.stop()).await;
    let file = Connection::open(folder.path().join("taskline.db")).unwrap();
    file.execute_batch("DROP TRIGGER refusal").unwrap();
    let pipeline = Pipeline::start(options(&folder, &clock, &handler)).await.unwrap();
    let pipeline = Unwritable { clock, handler, pipeline, begun_at, folder };
    pipeline.until(a, Status::Completed).await;
    assert_eq!(pipeline.handler.attempts(a), [1, 2]);
}
