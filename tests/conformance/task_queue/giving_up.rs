//! The maximum receive count: a message that was delivered too often moves to the dead-letter queue, by the receive
//! that would exceed the maximum.

use shared::ports::{Depth, TaskQueue};

use crate::{
    steps::{
        bodies, deliver_and_show, enqueue, enqueue_all, eventually, handle, handle_all, nothing_comes, show,
        take,
    },
    under_test::QueueUnderTest,
};

pub async fn a_message_is_delivered_up_to_the_maximum_receive_count(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    for count in 1..=queues.max_receive_count() {
        let delivery = take(queues.line()).await;
        assert_eq!((delivery.body.as_str(), delivery.receive_count), ("a", count));
        show(queues.line(), &delivery).await;
    }
    assert_eq!(take(queues.line()).await.body, "b");
}

pub async fn the_last_delivery_can_still_be_deleted(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    deliver_and_show(queues.line(), queues.max_receive_count() - 1).await;
    assert_eq!(handle(queues.line()).await.body, "a");
    assert_eq!(handle(queues.line()).await.body, "b");
    nothing_comes(queues, queues.dead_letter_queue()).await;
}

pub async fn a_message_is_moved_by_the_next_receive_and_not_earlier(queues: &impl QueueUnderTest) {
    enqueue(queues.line(), "a").await;
    deliver_and_show(queues.line(), queues.max_receive_count()).await;
    queues.pass(2 * queues.visibility_seconds()).await;
    nothing_comes(queues, queues.dead_letter_queue()).await;
    holds_one_that_waits(queues).await;
    nothing_comes(queues, queues.line()).await;
    assert_eq!(take(queues.dead_letter_queue()).await.body, "a");
}

/// In the receive that moves it, or in the next one: after that the line is not stuck.
pub async fn the_next_message_is_delivered_once_the_one_before_it_is_moved(queues: &impl QueueUnderTest) {
    queues.hide_for_long().await;
    enqueue_all(queues.line(), &["a", "b", "c"]).await;
    deliver_and_show(queues.line(), queues.max_receive_count()).await;
    let mut received = queues.line().receive(1, 0).await.unwrap();
    if received.is_empty() {
        received = vec![take(queues.line()).await];
    }
    assert_eq!(bodies(&received), ["b"]);
    assert_eq!(received[0].receive_count, 1);
    nothing_comes(queues, queues.line()).await;
}

pub async fn every_message_has_a_separate_receive_count(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    for body in ["a", "b"] {
        let last = deliver_and_show(queues.line(), queues.max_receive_count()).await;
        assert_eq!((last.body.as_str(), last.receive_count), (body, queues.max_receive_count()));
    }
    nothing_comes(queues, queues.line()).await;
}

pub async fn a_moved_message_is_a_dead_letter_with_its_body_unchanged(queues: &impl QueueUnderTest) {
    let body = "{\"title\":\"R&D \\\"é\\\" 🦀\"}\n";
    enqueue_all(queues.line(), &[body, "b"]).await;
    deliver_and_show(queues.line(), queues.max_receive_count()).await;
    assert_eq!(handle(queues.line()).await.body, "b");
    assert_eq!(handle(queues.dead_letter_queue()).await.body, body);
    nothing_comes(queues, queues.dead_letter_queue()).await;
    nothing_comes(queues, queues.line()).await;
}

pub async fn dead_letters_are_queued_in_the_order_in_which_they_were_given_up(queues: &impl QueueUnderTest) {
    enqueue(queues.dead_letter_queue(), "first").await;
    enqueue_all(queues.line(), &["a", "b"]).await;
    for _ in ["a", "b"] {
        deliver_and_show(queues.line(), queues.max_receive_count()).await;
    }
    nothing_comes(queues, queues.line()).await;
    let dead_letters = handle_all(queues.dead_letter_queue(), 3).await;
    assert_eq!(bodies(&dead_letters), ["first", "a", "b"]);
}

pub async fn the_dead_letter_queue_never_gives_a_message_up(queues: &impl QueueUnderTest) {
    enqueue_all(queues.dead_letter_queue(), &["x", "y"]).await;
    let last = deliver_and_show(queues.dead_letter_queue(), queues.max_receive_count() + 2).await;
    assert_eq!(last.body, "x");
    assert_eq!(bodies(&handle_all(queues.dead_letter_queue(), 2).await), ["x", "y"]);
}

async fn holds_one_that_waits(queues: &impl QueueUnderTest) {
    let one = Depth { waiting: 1, in_flight: 0 };
    eventually(queues, one, async || queues.line().depth().await.unwrap()).await;
}
