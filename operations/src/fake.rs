//! A pipeline in memory, with only what the tests of operations need.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use shared::{
    AuditEntry, Caller, Delivery, Receipt, SequenceNumber, TaskId, TaskRecord, Timestamp,
    ports::{
        Clock, Cursor, DeliverySwitch, Departures, Depth, Expected, LineStatus, NumberedPage, NumberedRecord,
        Page, PortError, Switched, TaskQueue, TaskRecords, Visibility, Written,
    },
};

use crate::Operations;

/// What happens while an operation sleeps.
type DuringSleep = Box<dyn Fn(&FakeOperations) + Send + Sync>;

pub type FakeOperations = Operations<Records, Queue, Queue>;

/// Records in the order in which they were added.
#[derive(Clone, Default)]
pub struct Records(pub Arc<Mutex<Vec<TaskRecord>>>);

/// A queue with one message group, like SQS: messages can only be received, ten at a time.
#[derive(Clone, Default)]
pub struct Queue {
    pub bodies: Arc<Mutex<Vec<String>>>,
    /// The reported count, for a count that lags.
    pub counted: Arc<Mutex<Option<u64>>>,
    /// The calls that changed it.
    pub calls: Arc<Mutex<Vec<&'static str>>>,
}

/// A clock that advances only while an operation sleeps.
pub struct SleepingClock {
    now: Mutex<Timestamp>,
    slept: Arc<Mutex<Vec<i64>>>,
    during_sleep: Mutex<Option<(DuringSleep, FakeOperations)>>,
}

/// A pipeline whose counts lag by a minute. Returns it with the durations that were slept, in seconds.
pub fn fake(
    now: Timestamp,
    records: Vec<TaskRecord>,
    during_sleep: DuringSleep,
) -> (FakeOperations, Arc<Mutex<Vec<i64>>>) {
    let slept: Arc<Mutex<Vec<i64>>> = Arc::default();
    let clock =
        SleepingClock { now: Mutex::new(now), slept: Arc::clone(&slept), during_sleep: Mutex::default() };
    let clock = Arc::new(clock);
    let (records, line, dead_letters) =
        (Records(Arc::new(Mutex::new(records))), Queue::default(), Queue::default());
    let operations = || Operations {
        records: records.clone(),
        line_queue: line.clone(),
        dead_letter_queue: dead_letters.clone(),
        line: line.clone(),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        task_rules: Arc::new(shared::TaskTypes::default()),
        operator: "ann".to_owned(),
        submitter: Caller::local(),
        code_version: Some("1".to_owned()),
        api_url: None,
        retention_seconds: None,
        counts_lag_seconds: 60,
        poll_interval: Duration::ZERO,
    };
    *clock.during_sleep.lock().unwrap() = Some((during_sleep, operations()));
    (operations(), slept)
}

impl Clock for SleepingClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let slept = at - self.now();
        self.slept.lock().unwrap().push(slept.num_seconds());
        *self.now.lock().unwrap() += slept.max(TimeDelta::zero());
        let during_sleep = self.during_sleep.lock().unwrap().take();
        if let Some((happens, operations)) = during_sleep {
            happens(&operations);
        }
        Box::pin(std::future::ready(()))
    }
}

impl TaskRecords for Records {
    async fn write(&self, record: &TaskRecord, expected: Expected) -> Result<Written, PortError> {
        let mut records = self.0.lock().unwrap();
        let present = records.iter().find(|present| present.task_id == record.task_id);
        if !expected.is_met_by(present) {
            return Ok(Written::Conflict(present.cloned().map(Box::new)));
        }
        records.retain(|present| present.task_id != record.task_id);
        records.push(record.clone());
        Ok(Written::Made)
    }

    async fn find(&self, task_id: TaskId) -> Result<Option<TaskRecord>, PortError> {
        Ok(self.0.lock().unwrap().iter().find(|record| record.task_id == task_id).cloned())
    }

    async fn needing_attention(&self, _after: Option<&Cursor>, _limit: u32) -> Result<Page, PortError> {
        let mut records = self.0.lock().unwrap().clone();
        records.retain(|record| record.status.needs_attention());
        Ok(Page { records, next: None })
    }

    async fn all(&self, _after: Option<&Cursor>, _limit: u32) -> Result<Page, PortError> {
        Ok(Page { records: self.0.lock().unwrap().clone(), next: None })
    }
}

/// As on AWS, where departures are not counted.
impl Departures for Records {
    async fn departures(&self) -> Result<Option<u64>, PortError> {
        Ok(None)
    }

    async fn all_numbered(&self, after: Option<&Cursor>, limit: u32) -> Result<NumberedPage, PortError> {
        let page = self.all(after, limit).await?;
        let records = page.records.into_iter().map(NumberedRecord::uncounted).collect();
        Ok(NumberedPage { records, next: page.next })
    }

    async fn find_numbered(&self, task_id: TaskId) -> Result<Option<NumberedRecord>, PortError> {
        Ok(self.find(task_id).await?.map(NumberedRecord::uncounted))
    }
}

impl TaskQueue for Queue {
    async fn enqueue(&self, body: &str, _dedupe_id: &str) -> Result<SequenceNumber, PortError> {
        self.calls.lock().unwrap().push("enqueue");
        self.bodies.lock().unwrap().push(body.to_owned());
        Ok(SequenceNumber::new(99))
    }

    async fn receive(&self, max: u32, _wait_seconds: u32) -> Result<Vec<Delivery>, PortError> {
        let bodies = self.bodies.lock().unwrap();
        let delivery = |(place, body): (u128, &String)| Delivery {
            message_id: place.to_string(),
            receipt: Receipt::new(body),
            sequence_number: SequenceNumber::new(place),
            receive_count: 1,
            sent_at: Timestamp::UNIX_EPOCH,
            body: body.clone(),
        };
        Ok((1..).zip(bodies.iter()).take(max as usize).map(delivery).collect())
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), PortError> {
        self.calls.lock().unwrap().push("delete");
        self.bodies.lock().unwrap().retain(|body| body != receipt.as_str());
        Ok(())
    }

    async fn change_visibility(&self, _receipt: &Receipt, _seconds: u32) -> Result<Visibility, PortError> {
        Ok(Visibility::Changed)
    }

    async fn depth(&self) -> Result<Depth, PortError> {
        let counted = self.counted.lock().unwrap().unwrap_or(self.bodies.lock().unwrap().len() as u64);
        Ok(Depth { waiting: counted, in_flight: 0 })
    }
}

impl DeliverySwitch for Queue {
    async fn status(&self) -> Result<LineStatus, PortError> {
        let Depth { waiting, in_flight } = self.depth().await?;
        Ok(LineStatus { waiting, in_flight, ..LineStatus::default() })
    }

    async fn pause(&self, _why: &AuditEntry) -> Result<Switched, PortError> {
        Ok(Switched::Now)
    }

    async fn resume(&self, _why: &AuditEntry) -> Result<Switched, PortError> {
        Ok(Switched::Now)
    }
}
