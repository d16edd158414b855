//! A second look at what seems to be wrong: whatever is under way goes on meanwhile.

use chrono::TimeDelta;
use shared::{
    Status, TaskRecord, Timestamp,
    ports::{DeliverySwitch, PortError, TaskQueue, TaskRecords},
};

use crate::Operations;

/// For how long a task can stand between two steps that belong together while the process that makes them is alive. They are made
/// within milliseconds; a disk, or AWS, that is busy takes longer.
const BETWEEN_STEPS_SECONDS: u32 = 5;

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// The redrives that stand where they stood, though a process that is alive would have gone on by now. Takes some seconds
    /// where one was begun just now.
    pub(crate) async fn interrupted_redrives(&self) -> Result<Vec<TaskRecord>, PortError> {
        let redriving =
            self.needing_attention(usize::MAX, |record| record.status == Status::Redriving).await?;
        let now = self.clock.now();
        if let Some(begun) = redriving.iter().map(|record| begun_at(record, now)).max() {
            self.until_settled(begun).await;
        }
        self.unchanged(redriving).await
    }

    /// Ends when whatever was under way at that moment has been gone on with, and can be seen.
    pub(crate) async fn until_settled(&self, seen_at: Timestamp) {
        let seconds = BETWEEN_STEPS_SECONDS.max(self.counts_lag_seconds);
        self.clock.sleep_until(seen_at + TimeDelta::seconds(seconds.into())).await;
    }

    /// Those of the records that nobody wrote since.
    pub(crate) async fn unchanged(&self, seen: Vec<TaskRecord>) -> Result<Vec<TaskRecord>, PortError> {
        let mut unchanged = Vec::new();
        for record in seen {
            let found = self.records.find(record.task_id).await?;
            unchanged.extend(found.filter(|it| it.revision == record.revision));
        }
        Ok(unchanged)
    }
}

/// When a redrive was begun: what was noted last. Not later than now, for the clock may have been ahead.
fn begun_at(record: &TaskRecord, now: Timestamp) -> Timestamp {
    record.audit.last().map_or(now, |entry| entry.at.min(now))
}
