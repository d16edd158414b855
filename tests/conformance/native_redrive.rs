//! A redrive that SQS makes by itself (StartMessageMoveTask, the button in the console), of which no record was told:
//! the same bodies come again with new sequence numbers.

use std::sync::Arc;

use api::Api;
use harness::{CountedTaskIds, Outcome, ScriptedHandler, submission};
use local::SystemClock;
use processor::{Invocation, Processor, ProcessorSettings, sqs_event};
use shared::{
    Status, TaskId,
    ports::{Clock, TaskQueue, TaskRecords},
};

use crate::{
    remote::{Host, Queues, Records, arn_of},
    steps::{enqueue, handle, take},
    under_test::{QueueUnderTest, RecordsUnderTest, UnderTest},
};

const TITLES: [&str; 3] = ["first", "second", "third"];

pub async fn runs_again<H: Host>() {
    let (queues, records) = (Queues::<H>::fresh().await, Records::<H>::fresh().await);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let handler = ScriptedHandler::default();
    let api = Api::new(
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
        task_ids.push(api.accept(submission(title, None)).await.unwrap().task_id);
    }
    work(&queues.line, &processor).await;
    assert_eq!(statuses(records.records(), &task_ids).await, [(Status::DeadLettered, 1, 0); 3]);
    assert_eq!(queues.dead_letter_queue().depth().await.unwrap().waiting, 3);

    // SQS does not know where messages come from that were sent to the dead-letter queue, and fails without a destination
    // (`CouldNotDetermineMessageSource`). Fakecloud would move them.
    let source = arn_of(&queues.sqs, queues.dead_letter_url()).await;
    let line = arn_of(&queues.sqs, queues.line_url()).await;
    let moving = queues.sqs.start_message_move_task().source_arn(source).destination_arn(line);
    moving.send().await.unwrap();
    work(&queues.line, &processor).await;

    assert_eq!(handler.titles(), [TITLES, TITLES].concat());
    assert_eq!(statuses(records.records(), &task_ids).await, [(Status::Completed, 2, 0); 3]);
    queues.clean_up().await;
    records.clean_up().await;
}

/// On AWS a message that is moved gets a number of the queue that it comes to, higher than all before. Fakecloud leaves
/// it the number it had; so those of the letters are made higher than those of the line.
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
        let invocation = Invocation { request_id: "r".to_owned(), trace_id: None };
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
