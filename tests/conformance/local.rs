//! The local line: a fresh data directory per case, and a clock that the case moves.

mod durability;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use harness::TestClock;
use local::{DataDirectory, QueueTerms, SqliteDeliverySwitch, SqliteTaskQueue, SqliteTaskRecords, Store};
use shared::{Timestamp, ports::Clock};
use tempfile::TempDir;

use crate::under_test::{LineUnderTest, QueueUnderTest, RecordsUnderTest, UnderTest};

const TERMS: QueueTerms = QueueTerms { visibility_seconds: 5, max_receive_count: 3 };

/// The view of a data directory from one process.
struct Local {
    folder: Arc<TempDir>,
    clock: TestClock,
    line: SqliteTaskQueue,
    dead_letter_queue: SqliteTaskQueue,
    records: SqliteTaskRecords,
    line_as_a_whole: SqliteDeliverySwitch,
}

impl Local {
    fn over(store: Store, folder: Arc<TempDir>, clock: TestClock) -> Self {
        let shared_clock: Arc<dyn Clock> = Arc::new(clock.clone());
        Self {
            folder,
            clock,
            line: SqliteTaskQueue::line(store.clone(), Arc::clone(&shared_clock), TERMS),
            dead_letter_queue: SqliteTaskQueue::dead_letters(store.clone(), Arc::clone(&shared_clock), TERMS),
            records: SqliteTaskRecords::new(store.clone()),
            line_as_a_whole: SqliteDeliverySwitch::new(store, shared_clock),
        }
    }

    /// The view of the same data from another process, at the same time.
    fn beside(&self) -> Self {
        let store = DataDirectory::new(self.folder.path()).open().unwrap();
        Self::over(store, Arc::clone(&self.folder), self.clock.clone())
    }

    /// The view of a process that was started after this one ended.
    fn reopened(self) -> Self {
        let (folder, clock) = (Arc::clone(&self.folder), self.clock.clone());
        drop(self);
        let store = started(&folder);
        Self::over(store, folder, clock)
    }
}

/// The data as a pipeline opens it.
fn started(folder: &TempDir) -> Store {
    let data = DataDirectory::new(folder.path());
    data.open_or_create(&data.lock().unwrap()).unwrap()
}

impl UnderTest for Local {
    const NAME: &'static str = "local";
    const DEADLINE: Duration = Duration::from_secs(60);
    const LAG: Duration = Duration::from_secs(12);
    const RUNS_LONG_CASES: bool = true;

    async fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = started(&folder);
        Self::over(store, Arc::new(folder), TestClock::new())
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn pass(&self, seconds: u32) {
        self.clock.advance_seconds(seconds.into());
    }
}

impl QueueUnderTest for Local {
    type Queue = SqliteTaskQueue;

    fn line(&self) -> &SqliteTaskQueue {
        &self.line
    }

    fn dead_letter_queue(&self) -> &SqliteTaskQueue {
        &self.dead_letter_queue
    }

    fn visibility_seconds(&self) -> u32 {
        TERMS.visibility_seconds
    }

    fn max_receive_count(&self) -> u32 {
        TERMS.max_receive_count
    }

    fn dedupe_slack_seconds(&self) -> u32 {
        1
    }

    fn visibility_slack_seconds(&self) -> u32 {
        1
    }
}

impl RecordsUnderTest for Local {
    type Records = SqliteTaskRecords;

    fn records(&self) -> &SqliteTaskRecords {
        &self.records
    }
}

impl LineUnderTest for Local {
    type Line = SqliteDeliverySwitch;

    fn line_as_a_whole(&self) -> &SqliteDeliverySwitch {
        &self.line_as_a_whole
    }

    fn head_tolerance(&self) -> TimeDelta {
        TimeDelta::zero()
    }
}

mod task_queue {
    task_queue_cases!(crate::local::Local);
}

mod task_records {
    task_records_cases!(crate::local::Local);
}

mod line {
    delivery_switch_cases!(crate::local::Local);
}
