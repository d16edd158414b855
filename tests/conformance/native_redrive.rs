//! A redrive by SQS (StartMessageMoveTask, the button in the console), which no record knows of: the same bodies are
//! delivered again with new sequence numbers.

use std::sync::Arc;

use api::Intake;
use aws_sdk_sqs::types::ListMessageMoveTasksResultEntry;
use harness::{CountedTaskIds, Outcome, ScriptedHandler, accept_request};
use local::SystemClock;
use processor::{Invocation, Processor, ProcessorSettings, sqs_event};
use shared::{
    Status, TaskId,
    ports::{Clock, TaskQueue, TaskRecords},
};

use crate::{
    host::Host,
    remote::{Queues, Records, arn_of},
    steps::{enqueue, eventually, handle, take},
    under_test::{QueueUnderTest, RecordsUnderTest, hold_to},
};

const TITLES: [&str; 3] = ["first", "second", "third"];

pub async fn runs_again<H: Host>() {
    hold_to::<(Queues<H>, Records<H>)>("native_redrive", async |(queues, records)| {
        run_again(queues, records).await;
    })
    .await;
}

async fn run_again<H: Host>(queues: &Queues<H>, records: &Records<H>) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let handler = ScriptedHandler::default();
    let api = Intake::new(
        records.records().clone(),
        queues.line.clone(),
        Arc::new(CountedTaskIds::default()),
        Arc::clone(&clock),
    );
    let processor = Processor::new(
        records.records().clone(),
        queues.line.clone(),
        queues.dead_letter_queue().clone(),
        handler.clone(),
        clock,
        ProcessorSettings::read(&|_| None).unwrap(),
    );
    spend_sequence_numbers(queues.dead_letter_queue()).await;
    let mut task_ids = Vec::new();
    for title in TITLES {
        handler.on(title, [Outcome::Permanent("refused")]);
        task_ids.push(api.accept(accept_request(title, None)).await.unwrap().task_id);
    }
    work(&queues.line, &processor).await;
    assert_eq!(statuses(records.records(), &task_ids).await, [(Status::DeadLettered, 1, 0); 3]);
    eventually(queues, 3, async || queues.dead_letter_queue().depth().await.unwrap().waiting).await;

    move_back(queues).await;
    work(&queues.line, &processor).await;

    assert_eq!(handler.titles(), [TITLES, TITLES].concat());
    assert_eq!(statuses(records.records(), &task_ids).await, [(Status::Completed, 2, 0); 3]);
}

/// Waits until SQS has moved all messages. SQS does not know the source of messages that were sent to the dead-letter
/// queue directly, and fails without a destination (`CouldNotDetermineMessageSource`). Fakecloud would move them.
async fn move_back<H: Host>(queues: &Queues<H>) {
    let sqs = &queues.resources.sqs;
    let source = arn_of(sqs, queues.dead_letter_url()).await;
    let line = arn_of(sqs, queues.line_url()).await;
    sqs.start_message_move_task().source_arn(&source).destination_arn(line).send().await.unwrap();
    let ended = ("COMPLETED".to_owned(), 3, None);
    eventually(queues, ended, async || {
        let tasks = sqs.list_message_move_tasks().source_arn(&source).send().await.unwrap();
        summary(&tasks.results()[0])
    })
    .await;
}

/// Its status, how many messages it moved, and why it failed.
fn summary(task: &ListMessageMoveTasksResultEntry) -> (String, i64, Option<String>) {
    let status = task.status().unwrap_or_default().to_owned();
    (status, task.approximate_number_of_messages_moved(), task.failure_reason().map(str::to_owned))
}

/// On AWS a moved message gets a sequence number of the destination queue, higher than all before. Fakecloud keeps the
/// old number, so those of the dead letters are made higher than those of the line.
async fn spend_sequence_numbers(queue: &impl TaskQueue) {
    for _ in TITLES {
        enqueue(queue, "spent").await;
        handle(queue).await;
    }
}

/// Works the line as an event source mapping does, until every title was delivered once.
async fn work<R: TaskRecords, Q: TaskQueue>(line: &Q, processor: &Processor<R, Q>) {
    for _ in TITLES {
        let delivery = take(line).await;
        let invocation = Invocation { request_id: "r".to_owned(), xray_trace_id: None };
        let receipt = delivery.receipt.clone();
        let answer = processor.process_batch(sqs_event([delivery]), &invocation).await.unwrap();
        assert_eq!(answer.batch_item_failures.len(), 0);
        line.delete(&receipt).await.unwrap();
    }
}

/// Status, attempts and generation of each.
async fn statuses(records: &impl TaskRecords, task_ids: &[TaskId]) -> Vec<(Status, u32, u32)> {
    let mut statuses = Vec::new();
    for task_id in task_ids {
        let record = records.find(*task_id).await.unwrap().unwrap();
        statuses.push((record.status, record.attempt, record.generation));
    }
    statuses
}
