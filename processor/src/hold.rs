//! hold: keeps the message of a held task hidden, so that the queue delivers no message behind it.

use shared::{
    Delivery, TaskRecord,
    lifecycle::publish_receipt,
    limits::HOLD_VISIBILITY_SECONDS,
    ports::{Expected, PortError, TaskQueue, TaskRecords, Written},
};
use tracing::info;

use crate::processor::{Next, Processor};

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    /// Hides the message first and publishes its receipt afterwards, so that no one hides the message again after an
    /// operator has read the receipt. If an operator released the task in the meantime, the publication fails.
    pub(crate) async fn keep_held(
        &self,
        delivery: &Delivery,
        mut record: TaskRecord,
    ) -> Result<Next, PortError> {
        self.queue.change_visibility(&delivery.receipt, HOLD_VISIBILITY_SECONDS).await?;
        loop {
            let published = match publish_receipt(&record, delivery.receipt.clone(), self.clock.now()) {
                Ok(published) => published,
                Err(no_longer) => {
                    info!(%no_longer, "released while its message was being hidden");
                    return Ok(Next::RetryAfter { after_seconds: 0 });
                }
            };
            match self.records.write(&published, Expected::Revision(record.revision)).await? {
                Written::Made => {
                    info!("held: the line waits for an operator");
                    return Ok(Next::KeepHidden);
                }
                Written::Conflict(Some(present)) => record = *present,
                Written::Conflict(None) => return Ok(Next::RetryAfter { after_seconds: 0 }),
            }
        }
    }
}
