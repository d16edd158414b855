//! Messages are delivered in the order in which they were enqueued, and one in flight holds back all behind it.

use crate::{
    steps::{
        bodies, enqueue, enqueue_all, handle, handle_all, nothing_comes, only_rises, sequence_numbers, show,
        take, take_batch,
    },
    under_test::QueueUnderTest,
};
use shared::ports::TaskQueue;

const TWELVE: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

pub async fn messages_are_delivered_one_by_one_in_the_order_they_were_sent(queues: &impl QueueUnderTest) {
    let sent = enqueue_all(queues.line(), &TWELVE).await;
    let handled = handle_all(queues.line(), 12).await;
    assert_eq!(bodies(&handled), TWELVE);
    assert_eq!(sequence_numbers(&handled), sent);
    nothing_comes(queues, queues.line()).await;
}

pub async fn an_empty_queue_delivers_nothing(queues: &impl QueueUnderTest) {
    nothing_comes(queues, queues.line()).await;
    nothing_comes(queues, queues.dead_letter_queue()).await;
}

pub async fn no_message_is_delivered_while_one_is_in_flight(queues: &impl QueueUnderTest) {
    queues.hide_for_long().await;
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = take(queues.line()).await;
    nothing_comes(queues, queues.line()).await;
    nothing_comes(queues, queues.line()).await;
    queues.line().delete(&first.receipt).await.unwrap();
    assert_eq!(handle(queues.line()).await.body, "b");
}

pub async fn a_message_sent_while_another_is_in_flight_waits_behind_it(queues: &impl QueueUnderTest) {
    queues.hide_for_long().await;
    enqueue(queues.line(), "a").await;
    let first = take(queues.line()).await;
    enqueue(queues.line(), "b").await;
    nothing_comes(queues, queues.line()).await;
    show(queues.line(), &first).await;
    assert_eq!(bodies(&handle_all(queues.line(), 2).await), ["a", "b"]);
}

/// SQS may return fewer messages than requested, but only in order.
pub async fn a_batch_is_the_head_of_the_line_in_order(queues: &impl QueueUnderTest) {
    let sent = enqueue_all(queues.line(), &TWELVE).await;
    let mut received = Vec::new();
    while received.len() < TWELVE.len() {
        let batch = take_batch(queues.line(), 10).await;
        for delivery in &batch {
            queues.line().delete(&delivery.receipt).await.unwrap();
        }
        received.extend(batch);
    }
    assert_eq!(bodies(&received), TWELVE);
    assert_eq!(sequence_numbers(&received), sent);
}

pub async fn a_batch_is_no_larger_than_requested(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &TWELVE).await;
    for max in [1, 2, 9] {
        let batch = take_batch(queues.line(), max).await;
        for delivery in batch.iter().rev() {
            show(queues.line(), delivery).await;
        }
    }
}

pub async fn no_message_is_delivered_while_one_of_a_batch_is_in_flight(queues: &impl QueueUnderTest) {
    queues.hide_for_long().await;
    enqueue_all(queues.line(), &TWELVE).await;
    let mut batch = take_batch(queues.line(), 3).await;
    let last = batch.pop().unwrap();
    for delivery in &batch {
        queues.line().delete(&delivery.receipt).await.unwrap();
        nothing_comes(queues, queues.line()).await;
    }
    queues.line().delete(&last.receipt).await.unwrap();
    assert_eq!(handle(queues.line()).await.body, TWELVE[batch.len() + 1]);
}

/// In batches of one message it waits for nothing.
pub async fn a_message_of_a_batch_that_is_made_visible_waits_for_the_rest_of_the_batch(
    queues: &impl QueueUnderTest,
) {
    queues.hide_for_long().await;
    enqueue_all(queues.line(), &["a", "b", "c"]).await;
    let batch = take_batch(queues.line(), 2).await;
    show(queues.line(), &batch[0]).await;
    if let Some(second) = batch.get(1) {
        nothing_comes(queues, queues.line()).await;
        show(queues.line(), second).await;
    }
    assert_eq!(bodies(&handle_all(queues.line(), 3).await), ["a", "b", "c"]);
}

pub async fn the_rest_of_a_batch_is_redelivered_in_order(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b", "c", "d"]).await;
    let batch = take_batch(queues.line(), 3).await;
    queues.line().delete(&batch[0].receipt).await.unwrap();
    queues.pass(queues.visibility_seconds()).await;
    assert_eq!(bodies(&handle_all(queues.line(), 3).await), ["b", "c", "d"]);
}

pub async fn sequence_numbers_only_rise_even_after_deletes(queues: &impl QueueUnderTest) {
    let mut sequence_numbers = Vec::new();
    for round in 0..4 {
        sequence_numbers.extend(enqueue_all(queues.line(), &["a", "b"]).await);
        // Once some are deleted, once all: the highest sequence number is gone each time.
        handle_all(queues.line(), if round % 2 == 0 { 1 } else { 3 }).await;
    }
    only_rises(&sequence_numbers);
}

pub async fn the_line_and_its_dead_letter_queue_do_not_wait_for_each_other(queues: &impl QueueUnderTest) {
    queues.hide_for_long().await;
    enqueue_all(queues.line(), &["a", "b"]).await;
    enqueue_all(queues.dead_letter_queue(), &["x", "y"]).await;
    let task = take(queues.line()).await;
    let dead_letter = take(queues.dead_letter_queue()).await;
    assert_eq!((task.body.as_str(), dead_letter.body.as_str()), ("a", "x"));
    nothing_comes(queues, queues.line()).await;
    queues.line().delete(&task.receipt).await.unwrap();
    nothing_comes(queues, queues.dead_letter_queue()).await;
    assert_eq!(handle(queues.line()).await.body, "b");
    queues.dead_letter_queue().delete(&dead_letter.receipt).await.unwrap();
    assert_eq!(handle(queues.dead_letter_queue()).await.body, "y");
}
