//! Reads a pipeline's file directly, without the program.

use std::{collections::HashMap, sync::Arc};

use local::{DataDirectory, QueueTerms, SqliteTaskQueue, SqliteTaskRecords, SteadyClock, Store};
use shared::{
    TaskRecord,
    ports::{Depth, TaskQueue, TaskRecords},
};

use crate::taskline::Taskline;

pub struct Data(Store);

impl Data {
    pub fn of(taskline: &Taskline) -> Self {
        Self(DataDirectory::new(taskline.data()).open().unwrap())
    }

    pub fn in_store(store: Store) -> Self {
        Self(store)
    }

    /// Every record, by its id.
    pub async fn records(&self) -> HashMap<String, TaskRecord> {
        let records = SqliteTaskRecords::new(self.0.clone());
        let mut found = HashMap::new();
        let mut after = None;
        loop {
            let page = records.all(after.as_ref(), 500).await.unwrap();
            found.extend(page.records.into_iter().map(|record| (record.task_id.to_string(), record)));
            match page.next {
                Some(next) => after = Some(next),
                None => return found,
            }
        }
    }

    /// The record of the task with this title.
    pub async fn titled(&self, title: &str) -> Option<TaskRecord> {
        let is_it = |record: &TaskRecord| record.task().is_some_and(|task| task.title() == title);
        self.records().await.into_values().find(is_it)
    }

    pub async fn line(&self) -> Depth {
        self.queue(SqliteTaskQueue::line).depth().await.unwrap()
    }

    pub async fn dead_letters(&self) -> Depth {
        self.queue(SqliteTaskQueue::dead_letters).depth().await.unwrap()
    }

    fn queue(
        &self,
        which: fn(Store, Arc<dyn shared::ports::Clock>, QueueTerms) -> SqliteTaskQueue,
    ) -> SqliteTaskQueue {
        let terms = QueueTerms { visibility_seconds: 0, max_receive_count: 1 };
        which(self.0.clone(), Arc::new(SteadyClock::default()), terms)
    }
}
