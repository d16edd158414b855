//! Many consumers and producers at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::future::join_all;
use shared::{SequenceNumber, ports::TaskQueue};
use tokio_util::sync::CancellationToken;

use crate::{
    steps::{enqueue, handle_all, nothing_comes, only_rises, show},
    under_test::QueueUnderTest,
};

pub async fn concurrent_sends_get_distinct_sequence_numbers_and_are_delivered_in_their_order(
    queues: &impl QueueUnderTest,
) {
    let by_sequence_number = send_concurrently(queues.line(), 40).await;
    for (delivery, (sequence_number, body)) in
        handle_all(queues.line(), 40).await.into_iter().zip(by_sequence_number)
    {
        assert_eq!((delivery.sequence_number, delivery.body), (sequence_number, body));
    }
    nothing_comes(queues, queues.line()).await;
}

/// No two of any number of concurrent receives get a message at the same time.
pub async fn eight_consumers_handle_150_messages_in_strict_order_and_one_at_a_time(
    queues: &impl QueueUnderTest,
) {
    queues.hide_for_long().await;
    let sent = send_concurrently(queues.line(), 150).await;
    let shop = Shop::default();
    join_all((0..8).map(|_| shop.consume(queues.line(), 150))).await;
    let handled = shop.handled.into_inner().unwrap();
    only_rises(&handled);
    assert!(handled.iter().eq(sent.keys()), "each message is handled once");
}

pub async fn one_of_many_concurrent_receives_gets_the_message(queues: &impl QueueUnderTest) {
    queues.hide_for_long().await;
    enqueue(queues.line(), "a").await;
    enqueue(queues.line(), "b").await;
    for _ in 1..queues.max_receive_count() {
        let receives = join_all((0..10).map(|_| queues.line().receive(1, 0))).await;
        let deliveries: Vec<_> = receives.into_iter().flat_map(Result::unwrap).collect();
        assert_eq!(deliveries.len(), 1, "{deliveries:?}");
        assert_eq!(deliveries[0].body, "a");
        show(queues.line(), &deliveries[0]).await;
    }
}

/// The sent bodies, by sequence number.
async fn send_concurrently(queue: &impl TaskQueue, count: usize) -> BTreeMap<SequenceNumber, String> {
    let sends = (0..count).map(async |number| {
        let body = number.to_string();
        (enqueue(queue, &body).await, body)
    });
    let sent = join_all(sends).await;
    let distinct: BTreeSet<_> = sent.iter().map(|(sequence_number, _)| *sequence_number).collect();
    assert_eq!(distinct.len(), count, "every message has a distinct sequence number");
    sent.into_iter().collect()
}

/// The shared state of concurrent consumers.
#[derive(Default)]
struct Shop {
    at_work: AtomicUsize,
    handled: Mutex<Vec<SequenceNumber>>,
    closed: CancellationToken,
}

impl Shop {
    /// Handles one message after the other, until all consumers together have handled `total`.
    async fn consume(&self, queue: &impl TaskQueue, total: usize) {
        while let Some(received) = self.closed.run_until_cancelled(queue.receive(1, 20)).await {
            for delivery in received.unwrap() {
                let others = self.at_work.fetch_add(1, Ordering::SeqCst);
                assert_eq!(others, 0, "one at a time");
                self.handled.lock().unwrap().push(delivery.sequence_number);
                tokio::task::yield_now().await;
                self.at_work.fetch_sub(1, Ordering::SeqCst);
                queue.delete(&delivery.receipt).await.unwrap();
            }
            if self.handled.lock().unwrap().len() >= total {
                self.closed.cancel();
            }
        }
    }
}
