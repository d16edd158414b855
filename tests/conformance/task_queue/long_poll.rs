//! A long poll ends when a message is available, or when its wait is over.

use std::pin::pin;

use chrono::TimeDelta;
use futures_util::future::select;
use shared::ports::TaskQueue;

use crate::{
    steps::{bodies, ends_by, enqueue, enqueue_all, nothing_comes, show, soon, take},
    under_test::QueueUnderTest,
};

/// Longer than any case needs, so that a poll that ends was woken.
const WAIT_SECONDS: u32 = 20;

pub async fn a_long_poll_ends_empty_after_its_wait(queues: &impl QueueUnderTest) {
    let deliveries = ends_by(
        queues.line().receive(1, 12),
        async {
            for _ in 0..2 {
                nothing_comes(queues, queues.line()).await;
                queues.pass(1).await;
            }
            nothing_comes(queues, queues.line()).await;
        },
        queues.pass(10),
    );
    assert_eq!(deliveries.await, []);
}

pub async fn a_long_poll_returns_a_message_sent_meanwhile(queues: &impl QueueUnderTest) {
    let deliveries = ends_by(
        queues.line().receive(1, WAIT_SECONDS),
        async {
            nothing_comes(queues, queues.line()).await;
            enqueue(queues.dead_letter_queue(), "x").await;
            nothing_comes(queues, queues.line()).await;
        },
        enqueue(queues.line(), "a"),
    );
    assert_eq!(bodies(&deliveries.await), ["a"]);
}

pub async fn a_long_poll_returns_a_message_made_visible_meanwhile(queues: &impl QueueUnderTest) {
    queues.hide_for_long().await;
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = take(queues.line()).await;
    let deliveries = ends_by(
        queues.line().receive(1, WAIT_SECONDS),
        nothing_comes(queues, queues.line()),
        show(queues.line(), &first),
    );
    assert_eq!(bodies(&deliveries.await), ["a"]);
}

pub async fn a_long_poll_returns_a_message_that_times_out_meanwhile(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    take(queues.line()).await;
    let slack = queues.visibility_slack_seconds();
    let deliveries = ends_by(
        queues.line().receive(1, WAIT_SECONDS),
        async {
            queues.pass(queues.visibility_seconds() - slack).await;
            nothing_comes(queues, queues.line()).await;
        },
        queues.pass(slack),
    );
    assert_eq!(bodies(&deliveries.await), ["a"]);
}

pub async fn a_long_poll_returns_the_next_message_once_the_one_in_flight_is_deleted(
    queues: &impl QueueUnderTest,
) {
    queues.hide_for_long().await;
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = take(queues.line()).await;
    let deliveries = ends_by(
        queues.line().receive(1, WAIT_SECONDS),
        nothing_comes(queues, queues.line()),
        queues.line().delete(&first.receipt),
    );
    assert_eq!(bodies(&deliveries.await), ["b"]);
}

/// Neither for a first message nor for a full batch.
pub async fn a_long_poll_does_not_wait_if_a_message_is_available(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    let before = queues.now();
    let deliveries = soon(queues.line().receive(10, WAIT_SECONDS)).await.unwrap();
    assert_eq!(deliveries[0].body, "a");
    assert!(queues.now() - before < TimeDelta::seconds(i64::from(WAIT_SECONDS)));
}

pub async fn a_poll_without_a_wait_ends_immediately(queues: &impl QueueUnderTest) {
    let deliveries = soon(queues.line().receive(1, 0)).await.unwrap();
    assert_eq!(deliveries, []);
}

pub async fn two_long_polls_do_not_get_the_same_message(queues: &impl QueueUnderTest) {
    queues.hide_for_long().await;
    let line = queues.line();
    let (one, other) = (pin!(line.receive(1, WAIT_SECONDS)), pin!(line.receive(1, WAIT_SECONDS)));
    let (first, ()) = tokio::join!(soon(select(one, other)), async {
        nothing_comes(queues, line).await;
        enqueue(line, "a").await;
    });
    let (deliveries, waiting) = first.factor_first();
    let deliveries = deliveries.unwrap();
    assert_eq!(bodies(&deliveries), ["a"]);
    let second = ends_by(waiting, nothing_comes(queues, line), async {
        line.delete(&deliveries[0].receipt).await.unwrap();
        enqueue(line, "b").await;
    });
    assert_eq!(bodies(&second.await), ["b"]);
}
