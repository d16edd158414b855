//! A line that moves while its records are read: between two pages, and before each record that is read again, tasks begin
//! and come to their ends.

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

/// How long a task takes, and how long the line waits until the next begins.
const RUN: TimeDelta = TimeDelta::seconds(10);
const WAIT: TimeDelta = TimeDelta::milliseconds(1);

pub struct MovingLineState {
    /// By place, which is one more than the index.
    pub records: Vec<NumberedRecord>,
    pub order: OrderSource,
    /// In which order pages bring them.
    pub pages: Vec<usize>,
    pub page_size: usize,
    /// How much happens between two readings.
    pub steps: usize,
    pub now: Timestamp,
    /// By how much the clock of each odd task's machine is ahead.
    pub skew: TimeDelta,
    pub dead_letters: u64,
    /// What the line says of itself, each time it is asked; the last one stays.
    pub waiting: Vec<u64>,
    departures: u64,
    head: usize,
}

/// Clones share the world.
#[derive(Clone)]
pub struct MovingLine(pub Arc<Mutex<MovingLineState>>);

impl MovingLineState {
    /// So many tasks that wait for their first run: their records have no place before that.
    pub fn new(tasks: u8, order: OrderSource) -> Self {
        let waiting = |place| edited(record(Status::Accepted, place), |record| record.sequence_number = None);
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

    /// The next beginning or end.
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

    /// The second of the two at the head begins before the first, and comes to its end before it does.
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
        let place = SequenceNumber::new(index as u128 + 1);
        task.began_after = counted;
        task.record.status = Status::Processing;
        task.record.revision += 1;
        task.record.sequence_number = Some(place);
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
    fn go_on(&self) {
        let mut world = self.0.lock().unwrap();
        (0..world.steps).for_each(|_| world.step());
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
            let world = self.0.lock().unwrap();
            let from = after.map_or(0, |cursor| cursor.0.parse().unwrap());
            let to = (from + world.page_size).min(world.pages.len());
            let records = world.pages[from..to].iter().map(|index| world.records[*index].clone());
            let next = (to < world.pages.len()).then(|| Cursor(to.to_string()));
            NumberedPage { records: records.collect(), next }
        };
        self.go_on();
        Ok(page)
    }

    async fn find_numbered(&self, task_id: TaskId) -> Result<Option<NumberedRecord>, PortError> {
        self.go_on();
        let world = self.0.lock().unwrap();
        Ok(world.records.iter().find(|task| task.record.task_id == task_id).cloned())
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
        let mut world = self.0.lock().unwrap();
        let waiting = if world.waiting.len() > 1 { world.waiting.remove(0) } else { world.waiting[0] };
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

    /// Of the dead-letter queue.
    async fn depth(&self) -> Result<Depth, PortError> {
        Ok(Depth { waiting: self.0.lock().unwrap().dead_letters, in_flight: 0 })
    }
}
