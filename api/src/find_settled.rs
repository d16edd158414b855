//! Waiting for a task to settle.

use chrono::TimeDelta;
use futures_util::{
    FutureExt,
    future::{pending, select},
};
use shared::{
    Caller, TaskId, TaskRecord,
    ports::{PortError, TaskQueue, TaskRecords},
};

use crate::{intake::Intake, wait::Wait};

/// The first pause between two reads of a record. Each pause is twice as long as the one before.
const PAUSE_MIN: TimeDelta = TimeDelta::milliseconds(250);
/// The longest pause. A store that reports changes reports those of this process only.
const PAUSE_MAX: TimeDelta = TimeDelta::seconds(2);

impl<R: TaskRecords, Q: TaskQueue> Intake<R, Q> {
    /// The record of a task of `caller` once it is settled, or as it is when the time is over.
    pub(crate) async fn find_settled(
        &self,
        caller: &Caller,
        task_id: TaskId,
        wait: Wait,
    ) -> Result<Option<TaskRecord>, PortError> {
        let until = self.clock.now() + wait.0;
        let mut pause = PAUSE_MIN;
        loop {
            // Before the read, so that no change between the two is missed.
            let changed = self.records.next_change(task_id).unwrap_or_else(|| pending().boxed());
            let record = self.find_own(caller, task_id).await?;
            let now = self.clock.now();
            if now >= until || record.as_ref().is_none_or(|record| record.status.is_settled()) {
                return Ok(record);
            }
            select(changed, self.clock.sleep_until(until.min(now + pause))).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}
