//! Reads records again after a while: a step that was running has made progress by then.

use chrono::TimeDelta;
use shared::{
    Status, TaskRecord, Timestamp,
    ports::{DeliverySwitch, PortError, TaskQueue, TaskRecords},
};

use crate::Operations;

/// How long a task can be between two related steps while the process that makes them is alive. Usually that takes milliseconds; a
/// busy disk or AWS takes longer.
const BETWEEN_STEPS_SECONDS: u32 = 5;

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// The redrives that made no progress although a running process would have. Waits some seconds if one began just now.
    pub(crate) async fn interrupted_redrives(&self) -> Result<Vec<TaskRecord>, PortError> {
        let redriving =
            self.needing_attention(usize::MAX, |record| record.status == Status::Redriving).await?;
        let now = self.clock.now();
        if let Some(begun) = redriving.iter().map(|record| begun_at(record, now)).max() {
            self.until_settled(begun).await;
        }
        self.unchanged(redriving).await
    }

    /// Waits until every step that was running at that time has made progress that can be seen.
    pub(crate) async fn until_settled(&self, read_at: Timestamp) {
        let seconds = BETWEEN_STEPS_SECONDS.max(self.counts_lag_seconds);
        self.clock.sleep_until(read_at + TimeDelta::seconds(seconds.into())).await;
    }

    /// The records that were not written since.
    pub(crate) async fn unchanged(&self, seen: Vec<TaskRecord>) -> Result<Vec<TaskRecord>, PortError> {
        let mut unchanged = Vec::new();
        for record in seen {
            let found = self.records.find(record.task_id).await?;
            unchanged.extend(found.filter(|it| it.revision == record.revision));
        }
        Ok(unchanged)
    }
}

/// When a redrive began: the time of the last audit entry, but not later than now, as the clock may have been ahead.
fn begun_at(record: &TaskRecord, now: Timestamp) -> Timestamp {
    record.audit.last().map_or(now, |entry| entry.at.min(now))
}
