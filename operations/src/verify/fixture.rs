//! A line that moves while its records are read: tasks begin and finish between two pages, and before each record that is read
//! again.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use shared::{
    AuditEntry, Caller, Delivery, Receipt, SequenceNumber, Status, TaskId, TaskRecord, Timestamp,
    ports::{
        Clock, Cursor, DeliverySwitch, Departures, Depth, Expected, LineStatus, NumberedPage, NumberedRecord,
        Page, PortError, Switched, TaskQueue, TaskRecords, Visibility, Written,
    },
};

use super::passage::OrderSource;
use crate::{
    Operations,
    fixture::{at, edited, record},
};

/// How long a task runs, and how long the line waits before the next one.
const RUN: TimeDelta = TimeDelta::seconds(10);
const WAIT: TimeDelta = TimeDelta::milliseconds(1);

pub struct MovingLineState {
    /// By sequence number, which is one more than the index.
    pub records: Vec<NumberedRecord>,
    pub order: OrderSource,
    /// The order of the records in the pages.
    pub pages: Vec<usize>,
    pub page_size: usize,
    /// How many steps happen between two reads.
    pub steps: usize,
    pub now: Timestamp,
    /// How much the clock of each odd task's machine is ahead.
    pub skew: TimeDelta,
    pub dead_letters: u64,
    /// The counts that the line reports, one after the other; the last one is repeated.
    pub waiting: Vec<u64>,
    departures: u64,
    head: usize,
}

/// Clones share the state.
#[derive(Clone)]
pub struct MovingLine(pub Arc<Mutex<MovingLineState>>);

impl MovingLineState {
    /// So many tasks that wait for their first run. Until then their records have no sequence number.
    pub fn new(tasks: u8, order: OrderSource) -> Self {
        let waiting =
            |position| edited(record(Status::Accepted, position), |record| record.sequence_number = None);
        Self {
            records: (1..=tasks).map(waiting).map(NumberedRecord::uncounted).collect(),
            order,
            pages: (0..tasks.into()).collect(),
            page_size: 7,
            steps: 0,
            now: at(1_000_000),
            skew: TimeDelta::zero(),
            dead_letters: 0,
            waiting: vec![1],
            departures: 0,
            head: 0,
        }
    }

    /// Shuffles the pages, so that each seed has its own order (Knuth's MMIX generator, Fisher-Yates).
    pub fn shuffled(mut self, seed: u64) -> Self {
        let mut state = seed;
        for index in (1..self.pages.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            self.pages.swap(index, (state >> 33) as usize % (index + 1));
        }
        self
    }

    /// Begins or finishes a task.
    pub fn step(&mut self) {
        let Some(head) = self.records.get(self.head) else {
            return;
        };
        match head.record.status {
            Status::Accepted => self.begin(self.head),
            _ => {
                self.finish(self.head);
                self.head += 1;
            }
        }
    }

    pub fn steps(mut self, count: usize) -> Self {
        (0..count).for_each(|_| self.step());
        self
    }

    /// The second of the two tasks at the head begins before the first has finished.
    pub fn overtake(&mut self) -> [TaskId; 2] {
        let [first, second] = [self.head, self.head + 1];
        self.begin(first);
        self.begin(second);
        self.finish(second);
        self.finish(first);
        self.head += 2;
        [second, first].map(|index| self.records[index].record.task_id)
    }

    pub fn begin(&mut self, index: usize) {
        self.now += WAIT;
        let (began_at, counted) = (self.clock_of(index), self.counted());
        let task = &mut self.records[index];
        let position = SequenceNumber::new(index as u128 + 1);
        task.began_after = counted;
        task.record.status = Status::Processing;
        task.record.revision += 1;
        task.record.sequence_number = Some(position);
        task.record.started_at = Some(began_at);
        task.record.lease_until = Some(began_at + RUN + RUN);
    }

    pub fn finish(&mut self, index: usize) {
        self.now += RUN;
        self.departures += 1;
        let (ended_at, counted) = (self.clock_of(index), self.counted());
        let task = &mut self.records[index];
        task.departure = counted;
        task.record.status = Status::Completed;
        task.record.revision += 1;
        task.record.finished_at = Some(ended_at);
        task.record.lease_until = None;
    }

    fn clock_of(&self, index: usize) -> Timestamp {
        self.now + self.skew * i32::from(index % 2 == 1)
    }

    fn counted(&self) -> Option<u64> {
        (self.order == OrderSource::Departures).then_some(self.departures)
    }

    pub fn operations(self) -> Operations<MovingLine, MovingLine, MovingLine> {
        let line = MovingLine(Arc::new(Mutex::new(self)));
        Operations {
            records: line.clone(),
            line_queue: line.clone(),
            dead_letter_queue: line.clone(),
            line: line.clone(),
            clock: Arc::new(line),
            task_rules: Arc::new(shared::TaskTypes::default()),
            operator: "ann".to_owned(),
            submitter: Caller::local(),
            code_version: Some("1".to_owned()),
            api_url: None,
            retention_seconds: None,
            counts_lag_seconds: 0,
            poll_interval: Duration::ZERO,
        }
    }
}

impl MovingLine {
    fn advance(&self) {
        let mut state = self.0.lock().unwrap();
        (0..state.steps).for_each(|_| state.step());
    }
}

impl Clock for MovingLine {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().now
    }

    fn sleep_until(&self, _: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

impl Departures for MovingLine {
    async fn departures(&self) -> Result<Option<u64>, PortError> {
        Ok(self.0.lock().unwrap().counted())
    }

    async fn all_numbered(&self, after: Option<&Cursor>, _: u32) -> Result<NumberedPage, PortError> {
        let page = {
            let state = self.0.lock().unwrap();
            let from = after.map_or(0, |cursor| cursor.0.parse().unwrap());
            let to = (from + state.page_size).min(state.pages.len());
            let records = state.pages[from..to].iter().map(|index| state.records[*index].clone());
            let next = (to < state.pages.len()).then(|| Cursor(to.to_string()));
            NumberedPage { records: records.collect(), next }
        };
        self.advance();
        Ok(page)
    }

    async fn find_numbered(&self, task_id: TaskId) -> Result<Option<NumberedRecord>, PortError> {
        self.advance();
        let state = self.0.lock().unwrap();
        Ok(state.records.iter().find(|task| task.record.task_id == task_id).cloned())
    }
}

impl TaskRecords for MovingLine {
    async fn write(&self, _: &TaskRecord, _: Expected) -> Result<Written, PortError> {
        unreachable!("a verification writes nothing")
    }

    async fn find(&self, task_id: TaskId) -> Result<Option<TaskRecord>, PortError> {
        Ok(self.find_numbered(task_id).await?.map(|numbered| numbered.record))
    }

    async fn needing_attention(&self, _: Option<&Cursor>, _: u32) -> Result<Page, PortError> {
        unreachable!("a verification reads all records")
    }

    async fn all(&self, _: Option<&Cursor>, _: u32) -> Result<Page, PortError> {
        unreachable!("a verification reads numbers, too")
    }
}

impl DeliverySwitch for MovingLine {
    async fn status(&self) -> Result<LineStatus, PortError> {
        let mut state = self.0.lock().unwrap();
        let waiting = if state.waiting.len() > 1 { state.waiting.remove(0) } else { state.waiting[0] };
        Ok(LineStatus { waiting, ..LineStatus::default() })
    }

    async fn pause(&self, _: &AuditEntry) -> Result<Switched, PortError> {
        unreachable!("a verification switches nothing")
    }

    async fn resume(&self, _: &AuditEntry) -> Result<Switched, PortError> {
        unreachable!("a verification switches nothing")
    }
}

impl TaskQueue for MovingLine {
    async fn enqueue(&self, _: &str, _: &str) -> Result<SequenceNumber, PortError> {
        unreachable!("a verification sends nothing")
    }

    async fn receive(&self, _: u32, _: u32) -> Result<Vec<Delivery>, PortError> {
        unreachable!("a verification receives nothing")
    }

    async fn delete(&self, _: &Receipt) -> Result<(), PortError> {
        unreachable!("a verification deletes nothing")
    }

    async fn change_visibility(&self, _: &Receipt, _: u32) -> Result<Visibility, PortError> {
        unreachable!("a verification hides nothing")
    }

    /// The depth of the dead-letter queue.
    async fn depth(&self) -> Result<Depth, PortError> {
        Ok(Depth { waiting: self.0.lock().unwrap().dead_letters, in_flight: 0 })
    }
}
