//! The counts of a queue. SQS counts with a delay, so every count is polled until it is right.

use shared::ports::{Depth, TaskQueue};

use crate::{
    steps::{deliver_and_show, enqueue_all, eventually, handle, nothing_comes, show, take},
    under_test::QueueUnderTest,
    unique::unique,
};

/// Long enough that a delayed count still finds it in flight.
const HIDDEN_SECONDS: u32 = 3_600;

pub async fn an_empty_queue_holds_nothing(queues: &impl QueueUnderTest) {
    holds(queues, queues.line(), 0, 0).await;
    holds(queues, queues.dead_letter_queue(), 0, 0).await;
}

pub async fn waiting_messages_are_counted(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b", "c"]).await;
    enqueue_all(queues.dead_letter_queue(), &["x"]).await;
    holds(queues, queues.line(), 3, 0).await;
    holds(queues, queues.dead_letter_queue(), 1, 0).await;
}

pub async fn messages_in_flight_are_counted_separately(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b", "c"]).await;
    let first = take(queues.line()).await;
    queues.line().change_visibility(&first.receipt, HIDDEN_SECONDS).await.unwrap();
    holds(queues, queues.line(), 2, 1).await;
    show(queues.line(), &first).await;
    holds(queues, queues.line(), 3, 0).await;
}

pub async fn a_message_that_timed_out_is_counted_as_waiting(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    take(queues.line()).await;
    queues.pass(queues.visibility_seconds()).await;
    holds(queues, queues.line(), 2, 0).await;
}

pub async fn deleted_messages_are_not_counted(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    handle(queues.line()).await;
    holds(queues, queues.line(), 1, 0).await;
    handle(queues.line()).await;
    holds(queues, queues.line(), 0, 0).await;
}

pub async fn a_message_sent_twice_is_counted_once(queues: &impl QueueUnderTest) {
    let id = unique("id");
    queues.line().enqueue("a", &id).await.unwrap();
    queues.line().enqueue("a", &id).await.unwrap();
    holds(queues, queues.line(), 1, 0).await;
}

pub async fn moved_messages_are_counted_as_dead_letters(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a"]).await;
    deliver_and_show(queues.line(), queues.max_receive_count()).await;
    holds(queues, queues.line(), 1, 0).await;
    nothing_comes(queues, queues.line()).await;
    holds(queues, queues.line(), 0, 0).await;
    holds(queues, queues.dead_letter_queue(), 1, 0).await;
}

async fn holds(queues: &impl QueueUnderTest, queue: &impl TaskQueue, waiting: u64, in_flight: u64) {
    let depth = Depth { waiting, in_flight };
    eventually(queues, depth, async || queue.depth().await.unwrap()).await;
}
