//! Steps that many cases share.

use std::{fmt::Debug, pin::pin, time::Duration};

use shared::{
    Delivery, SequenceNumber,
    ports::{PortError, TaskQueue, Visibility},
};

use crate::{
    under_test::{QueueUnderTest, UnderTest},
    unique::unique,
};

/// How long a long poll waits that must return a message, on the queue's clock. A test's clock may not move meanwhile,
/// so the wait is limited in real time as well: more generously, because a call over a slow link is retried.
const WAIT_SECONDS: u32 = 10;
const PATIENCE: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Sends a body with a new dedupe id.
pub async fn enqueue(queue: &impl TaskQueue, body: &str) -> SequenceNumber {
    queue.enqueue(body, &unique("case")).await.unwrap()
}

/// Sends bodies one after the other.
pub async fn enqueue_all(queue: &impl TaskQueue, bodies: &[&str]) -> Vec<SequenceNumber> {
    let mut sequence_numbers = Vec::new();
    for body in bodies {
        sequence_numbers.push(enqueue(queue, body).await);
    }
    sequence_numbers
}

/// Waits for a message that must arrive, and fails if it doesn't.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("a message that must arrive did not")
}

/// Receives one message that must arrive.
pub async fn take(queue: &impl TaskQueue) -> Delivery {
    let mut deliveries = soon(queue.receive(1, WAIT_SECONDS)).await.unwrap();
    assert_eq!(deliveries.len(), 1, "one delivery must arrive");
    deliveries.remove(0)
}

/// Receives the first messages that must arrive, by a batch of up to `max`.
pub async fn take_batch(queue: &impl TaskQueue, max: u32) -> Vec<Delivery> {
    let deliveries = soon(queue.receive(max, WAIT_SECONDS)).await.unwrap();
    assert!((1..=max as usize).contains(&deliveries.len()), "{deliveries:?}");
    deliveries
}

/// Receives and deletes one message that must arrive.
pub async fn handle(queue: &impl TaskQueue) -> Delivery {
    let delivery = take(queue).await;
    queue.delete(&delivery.receipt).await.unwrap();
    delivery
}

/// Handles `count` messages, one by one.
pub async fn handle_all(queue: &impl TaskQueue, count: usize) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for _ in 0..count {
        deliveries.push(handle(queue).await);
    }
    deliveries
}

/// Makes a delivered message visible again.
pub async fn show(queue: &impl TaskQueue, delivery: &Delivery) {
    let shown = queue.change_visibility(&delivery.receipt, 0).await.unwrap();
    assert_eq!(shown, Visibility::Changed);
}

/// Delivers the head `times` times and makes it visible again after each.
pub async fn deliver_and_show(queue: &impl TaskQueue, times: u32) -> Delivery {
    assert!(times > 0);
    let mut delivery = take(queue).await;
    show(queue, &delivery).await;
    for _ in 1..times {
        delivery = take(queue).await;
        show(queue, &delivery).await;
    }
    delivery
}

/// Nothing is delivered now.
pub async fn nothing_comes<Q: QueueUnderTest>(_: &Q, queue: &impl TaskQueue) {
    let deliveries = soon(queue.receive(10, Q::EMPTY_RECEIVE_SECONDS)).await.unwrap();
    assert_eq!(deliveries, [], "no message may be delivered");
}

/// A long poll that must keep waiting during `meanwhile`, and must end because of `then`.
pub async fn ends_by<T: Debug>(
    poll: impl Future<Output = Result<T, PortError>>,
    meanwhile: impl Future<Output = ()>,
    then: impl Future,
) -> T {
    let mut poll = pin!(poll);
    tokio::select! {
        biased;
        early = &mut poll => panic!("the poll ended too early, with {early:?}"),
        () = meanwhile => {}
    }
    let (ended, _) = tokio::join!(soon(poll), then);
    ended.unwrap()
}

/// Polls until the answer is `expected`, for answers that may lag behind a change.
pub async fn eventually<U: UnderTest, T: Debug + PartialEq>(_: &U, expected: T, ask: impl AsyncFn() -> T) {
    let deadline = tokio::time::Instant::now() + U::LAG;
    loop {
        let answer = ask().await;
        if answer == expected || tokio::time::Instant::now() > deadline {
            assert_eq!(answer, expected);
            return;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

pub fn bodies(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.body.as_str()).collect()
}

pub fn sequence_numbers(deliveries: &[Delivery]) -> Vec<SequenceNumber> {
    deliveries.iter().map(|delivery| delivery.sequence_number).collect()
}

/// Each sequence number is higher than the one before.
pub fn only_rises(sequence_numbers: &[SequenceNumber]) {
    assert!(sequence_numbers.is_sorted_by(|one, next| one < next), "{sequence_numbers:?}");
}
