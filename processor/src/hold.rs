//! hold: the message stays hidden, so the queue itself delivers nothing behind it.

use shared::{
    Delivery, TaskRecord,
    lifecycle::publish_receipt,
    limits::HOLD_VISIBILITY_SECONDS,
    ports::{Expected, PortError, TaskQueue, TaskRecords, Written},
};
use tracing::info;

use crate::{Processor, process::Next};

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    /// Hides the message first and publishes its receipt after: whoever reads the receipt can be sure that nobody
    /// hides the message again after them. An operator who let the task go on in between is noticed here instead.
    pub(crate) async fn keep_held(
        &self,
        delivery: &Delivery,
        mut record: TaskRecord,
    ) -> Result<Next, PortError> {
        self.line.change_visibility(&delivery.receipt, HOLD_VISIBILITY_SECONDS).await?;
        loop {
            let published = match publish_receipt(&record, delivery.receipt.clone(), self.clock.now()) {
                Ok(published) => published,
                Err(no_longer) => {
                    info!(%no_longer, "let go while it was being hidden");
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
