//! One delivery, as an event source mapping makes it.

use processor::{Invocation, Processor, sqs_event};
use shared::ports::{TaskQueue, TaskRecords};

/// As Lambda polls.
const POLL_SECONDS: u32 = 20;

/// Receives the head of the line if there is one, has it processed, and deletes it if that is the end of it.
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
