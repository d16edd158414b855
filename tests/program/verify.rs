//! `taskline verify`, on a running line and on lines whose order was violated.

use std::{fs, sync::Arc};

use api::Intake;
use chrono::TimeDelta;
use harness::{accept_request, eventually};
use local::{DataDirectory, QueueTerms, RandomTaskIds, SqliteTaskQueue, SqliteTaskRecords, SystemClock};
use serde_json::json;
use shared::{
    Caller, Delivery, Message, Status, TaskId, TaskRecord, Timestamp,
    lifecycle::{Arrival, Claim, ClaimTerms, accept, claim, complete},
    ports::{Clock, Expected, TaskQueue, TaskRecords, Written},
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    closed_stdout::unread,
    receiver::Receiver,
    stack::Stack,
    taskline::{Printed, Taskline, http, task},
};

/// How often a running line is verified: `VERIFY_TIMES`, else a small number to keep the test quick.
fn times() -> usize {
    std::env::var("VERIFY_TIMES").map_or(25, |times| times.parse().unwrap())
}

fn assert_in_order(output: &Printed) {
    assert_eq!(output.code, 0, "{}{}", output.out, output.err);
    assert!(output.out.contains("in order: "), "{}", output.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_line_is_always_verified_as_in_order() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("RUST_LOG", "warn");
    let running = taskline.start();
    // This many more tasks arrive during one verification.
    let wanted = Arc::new(Semaphore::new(0));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (url, wanted) = (format!("{}/tasks", running.url), Arc::clone(&wanted));
            tokio::spawn(async move {
                while let Ok(one) = wanted.acquire().await {
                    one.forget();
                    let request = http().post(&url).header("content-type", "application/json");
                    assert_eq!(request.body(task("moves")).send().await.unwrap().status(), 202);
                }
            })
        })
        .collect();
    for _ in 0..times() {
        wanted.add_permits(8);
        assert_in_order(&taskline.run(&["verify"]));
    }
    wanted.close();
    for client in clients {
        client.await.unwrap();
    }
    taskline.until_idle();
    let verified = taskline.json(&["verify"]);
    assert_eq!((&verified["not_judged"], &verified["order"]), (&json!(0), &json!("departures")));
    assert_eq!(verified["completed"], verified["records"]);
}

/// The parts of a pipeline, used like a processor at any time and in any order.
struct Processor<R, Q> {
    records: R,
    line: Q,
}

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    async fn claim(&self, delivery: &Delivery, now: Timestamp) -> TaskRecord {
        let terms = ClaimTerms {
            now,
            lease: TimeDelta::minutes(10),
            attempt_budget: 3,
            request_id: "q".to_owned(),
            code_version: "1".to_owned(),
        };
        let arrival = Arrival::read(delivery);
        let present = self.records.find(arrival.task_id()).await.unwrap().unwrap();
        let Claim::Granted(run) = claim(Some(&present), &arrival, &terms) else {
            panic!("it is granted");
        };
        self.write(*run).await
    }

    async fn complete(&self, run: &TaskRecord, delivery: &Delivery, now: Timestamp) {
        self.write(complete(run, now)).await;
        self.line.delete(&delivery.receipt).await.unwrap();
    }

    async fn write(&self, record: TaskRecord) -> TaskRecord {
        let written = self.records.write(&record, Expected::Revision(record.revision - 1)).await.unwrap();
        assert_eq!(written, Written::Made);
        record
    }
}

type LocalProcessor = Processor<SqliteTaskRecords, SqliteTaskQueue>;

/// Two tasks that wait in the line of a stopped pipeline.
async fn two_waiting() -> (Taskline, LocalProcessor, Vec<Delivery>) {
    let taskline = Taskline::new();
    taskline.start().terminate();
    for title in ["first", "second"] {
        taskline.submit(title);
    }
    let store = DataDirectory::new(taskline.data()).open().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let terms = QueueTerms { visibility_seconds: 600, max_receive_count: 1000 };
    let line = SqliteTaskQueue::line(store.clone(), clock, terms);
    let processor = Processor { records: SqliteTaskRecords::new(store), line };
    let deliveries = processor.line.receive(10, 0).await.unwrap();
    (taskline, processor, deliveries)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_overtook_another_is_found_whatever_its_timestamps() {
    let (taskline, processor, deliveries) = two_waiting().await;
    let now = SystemClock::default().now();
    // By the clock, one finished a day before the other started.
    let [early, late] = [now, now + TimeDelta::days(1)];
    let second = processor.claim(&deliveries[1], late).await;
    let first = processor.claim(&deliveries[0], early).await;
    processor.complete(&first, &deliveries[0], early).await;
    processor.complete(&second, &deliveries[1], late).await;
    let output = taskline.run(&["verify"]);
    assert_eq!(output.code, 1);
    assert!(output.out.contains("VIOLATION") && output.out.contains("NOT in order"), "{}", output.out);
    for arguments in [&["verify"][..], &["verify", "--json"]] {
        assert_eq!(unread(&taskline, arguments).code, 1, "the exit code doesn't depend on a reader");
    }
    let found = taskline.run(&["--json", "verify"]).json();
    let violations = found["violations"].as_array().unwrap();
    assert_eq!(violations.len(), 1, "{found:#}");
    let ids = (json!(second.task_id), json!(first.task_id));
    assert_eq!((&violations[0]["task_id"], &violations[0]["overtaken"]), (&ids.0, &ids.1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_overtook_a_waiting_task_is_found() {
    let (taskline, processor, deliveries) = two_waiting().await;
    let now = SystemClock::default().now();
    processor.claim(&deliveries[0], now).await;
    let second = processor.claim(&deliveries[1], now).await;
    processor.complete(&second, &deliveries[1], now).await;
    let output = taskline.run(&["verify"]);
    assert_eq!(output.code, 1);
    assert!(output.out.contains("which has not left the line"), "{}", output.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_back_causes_no_violation() {
    let (taskline, processor, deliveries) = two_waiting().await;
    let now = SystemClock::default().now();
    let first = processor.claim(&deliveries[0], now).await;
    processor.complete(&first, &deliveries[0], now + TimeDelta::days(1)).await;
    let second = processor.claim(&deliveries[1], now - TimeDelta::days(1)).await;
    processor.complete(&second, &deliveries[1], now).await;
    assert_in_order(&taskline.run(&["verify"]));
}

/// Replaces the data file by one of format 1 with the same messages and records, whose sequence numbers continue.
fn convert_to_format_1(taskline: &Taskline) {
    let [current, earlier] = ["taskline.db", "format_1.db"].map(|name| taskline.data().join(name));
    let connection = rusqlite::Connection::open(&earlier).unwrap();
    connection.execute_batch(include_str!("../../local/src/upgrade/format_1.sql")).unwrap();
    connection.execute("ATTACH ?1 AS current", [current.to_str().unwrap()]).unwrap();
    let copy = "INSERT INTO messages SELECT * FROM current.messages;
        INSERT INTO records SELECT id, task_id, revision, status, needs_attention_at, finished_at, expires_at, record
            FROM current.records;
        DELETE FROM sqlite_sequence;
        INSERT INTO sqlite_sequence SELECT * FROM current.sqlite_sequence;
        DETACH current";
    connection.execute_batch(copy).unwrap();
    connection.close().unwrap();
    fs::rename(earlier, current).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_migrates_data_of_an_earlier_version_and_verify_uses_its_timestamps() {
    let (taskline, processor, deliveries) = two_waiting().await;
    let now = SystemClock::default().now();
    let first = processor.claim(&deliveries[0], now).await;
    processor.complete(&first, &deliveries[0], now + TimeDelta::seconds(9)).await;
    let second = processor.claim(&deliveries[1], now).await;
    processor.complete(&second, &deliveries[1], now + TimeDelta::seconds(9)).await;
    drop(processor);
    convert_to_format_1(&taskline);
    for command in [&["verify"][..], &["line", "status"], &["console"]] {
        let output = taskline.run(command);
        assert_eq!(output.code, 1, "{command:?}");
        assert!(output.err.contains("`taskline local --data"), "{}", output.err);
    }
    let running = taskline.start();
    taskline.submit("third");
    taskline.until_idle();
    assert_eq!(running.terminate(), 0);
    let output = taskline.run(&["verify"]);
    assert_eq!(output.code, 0, "{}{}", output.out, output.err);
    assert!(output.out.contains("an earlier version of Taskline recorded only times"), "{}", output.out);
    assert!(output.out.contains("in order, except 1 case"), "{}", output.out);
}

/// Writes records of finished tasks, so that reading all takes several pages.
async fn fill(records: &impl TaskRecords, count: u128) {
    let now = SystemClock::default().now();
    for number in 0..count {
        let random = number.to_be_bytes();
        let id = TaskId::fresh(now, random.last_chunk().unwrap());
        let task = harness::task("over");
        let message = Message::new(id, 0, now, now, Caller::local(), None, task);
        let mut over = accept(&message);
        over.status = Status::Completed;
        over.finished_at = Some(now);
        assert_eq!(records.write(&over, Expected::Absent).await.unwrap(), Written::Made);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_line_on_aws_is_always_verified_as_in_order() {
    let stack = Arc::new(Stack::deploy().await);
    fill(&stack.records(), 1_100).await;
    let (taskline, end) = (stack.taskline(), CancellationToken::new());
    let (worked, ended) = (Arc::clone(&stack), end.clone());
    let work = tokio::spawn(async move {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let api = Intake::new(worked.records(), worked.line(), Arc::new(RandomTaskIds), clock);
        for _ in 0..3 {
            api.accept(accept_request("moves", None)).await.unwrap();
        }
        while !ended.is_cancelled() {
            api.accept(accept_request("moves", None)).await.unwrap();
            worked.turn().await;
        }
    });
    let verify = tokio::task::spawn_blocking(move || {
        for _ in 0..times() {
            assert_in_order(&taskline.run(&["verify"]));
        }
        taskline.json(&["verify"])
    });
    let verified = verify.await.unwrap();
    end.cancel();
    work.await.unwrap();
    assert_eq!((&verified["order"], &verified["clock_tolerance_ms"]), (&json!("clocks"), &json!(1_000)));
    assert!(stack.handler.titles().len() > 10, "it moved");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_overtaking_beyond_clock_skew_is_a_violation_and_within_it_unproven() {
    for (overlap, violations, unproven) in
        [(TimeDelta::seconds(10), 1, 0), (TimeDelta::milliseconds(900), 0, 1), (TimeDelta::zero(), 0, 0)]
    {
        let stack = Stack::deploy().await;
        let taskline = stack.taskline();
        for title in ["first", "second"] {
            taskline.submit(title);
        }
        let processor = Processor { records: stack.records(), line: stack.line() };
        let received = async || processor.line.receive(10, 5).await.unwrap();
        let deliveries = eventually(received, |deliveries| deliveries.len() == 2).await;
        let end = SystemClock::default().now() - TimeDelta::minutes(1);
        let first = processor.claim(&deliveries[0], end - TimeDelta::seconds(20)).await;
        let second = processor.claim(&deliveries[1], end - overlap).await;
        processor.complete(&first, &deliveries[0], end).await;
        processor.complete(&second, &deliveries[1], end + TimeDelta::seconds(1)).await;
        let output = taskline.run(&["--json", "verify"]);
        let found = output.json();
        let count = |name: &str| found[name].as_array().unwrap().len();
        assert_eq!((count("violations"), count("unproven")), (violations, unproven), "{found:#}");
        assert_eq!(output.code, i32::from(violations > 0));
    }
}
