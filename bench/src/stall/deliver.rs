//! One delivery, as by an event source mapping.

use processor::{Invocation, Processor, sqs_event};
use shared::ports::{TaskQueue, TaskRecords};

/// Lambda polls with this wait time.
const POLL_SECONDS: u32 = 20;

/// Receives the head of the line, processes it, and deletes it unless it is to be redelivered.
pub async fn deliver<R: TaskRecords, Q: TaskQueue>(
    processor: &Processor<R, Q>,
    line: &Q,
) -> anyhow::Result<()> {
    let invocation = Invocation { request_id: "stall".to_owned(), xray_trace_id: None };
    for delivery in line.receive(1, POLL_SECONDS).await? {
        let receipt = delivery.receipt.clone();
        let response = processor.process_batch(sqs_event([delivery]), &invocation).await?;
        if response.batch_item_failures.is_empty() {
            line.delete(&receipt).await?;
        }
    }
    Ok(())
}
