//! A receipt belongs to one delivery, and expires with it.

use std::collections::HashSet;

use shared::{
    Delivery,
    ports::{TaskQueue, Visibility},
};

use crate::{
    steps::{bodies, deliver_and_show, enqueue, enqueue_all, handle, handle_all, nothing_comes, show, take},
    under_test::QueueUnderTest,
};

pub async fn a_deleted_message_is_never_redelivered(queues: &impl QueueUnderTest) {
    enqueue(queues.line(), "a").await;
    handle(queues.line()).await;
    nothing_comes(queues, queues.line()).await;
    queues.pass(2 * queues.visibility_seconds()).await;
    nothing_comes(queues, queues.line()).await;
}

pub async fn a_repeated_delete_is_no_error_and_deletes_nothing_else(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = handle(queues.line()).await;
    let second = take(queues.line()).await;
    queues.line().delete(&first.receipt).await.unwrap();
    show(queues.line(), &second).await;
    assert_eq!(handle(queues.line()).await.body, "b");
}

pub async fn an_expired_receipt_deletes_nothing(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = take(queues.line()).await;
    queues.pass(queues.visibility_seconds()).await;
    queues.line().delete(&first.receipt).await.unwrap();
    assert_eq!(bodies(&handle_all(queues.line(), 2).await), ["a", "b"]);
}

pub async fn an_expired_receipt_changes_nothing(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = take(queues.line()).await;
    queues.pass(queues.visibility_seconds()).await;
    is_stale(queues, &first, 3 * queues.visibility_seconds()).await;
    assert_eq!(take(queues.line()).await.body, "a");
}

pub async fn a_receipt_of_an_earlier_delivery_deletes_nothing(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = take(queues.line()).await;
    queues.pass(queues.visibility_seconds()).await;
    queues.hide_for_long().await;
    let second = take(queues.line()).await;
    queues.line().delete(&first.receipt).await.unwrap();
    nothing_comes(queues, queues.line()).await;
    show(queues.line(), &second).await;
    let third = take(queues.line()).await;
    assert_eq!((third.body.as_str(), third.receive_count), ("a", 3));
}

pub async fn a_receipt_of_an_earlier_delivery_changes_nothing(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = take(queues.line()).await;
    let visibility = queues.visibility_seconds();
    queues.pass(visibility).await;
    queues.hide_for_long().await;
    let second = take(queues.line()).await;
    is_stale(queues, &first, 0).await;
    nothing_comes(queues, queues.line()).await;
    let shortened = queues.line().change_visibility(&second.receipt, visibility);
    assert_eq!(shortened.await.unwrap(), Visibility::Changed);
    is_stale(queues, &first, 3 * visibility).await;
    queues.pass(visibility).await;
    assert_eq!(take(queues.line()).await.receive_count, 3);
}

pub async fn a_receipt_of_a_message_that_was_made_visible_is_stale(queues: &impl QueueUnderTest) {
    enqueue(queues.line(), "a").await;
    let first = take(queues.line()).await;
    show(queues.line(), &first).await;
    is_stale(queues, &first, queues.visibility_seconds()).await;
    queues.line().delete(&first.receipt).await.unwrap();
    assert_eq!(take(queues.line()).await.receive_count, 2);
}

pub async fn a_receipt_of_a_deleted_message_is_stale(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = handle(queues.line()).await;
    is_stale(queues, &first, 0).await;
    is_stale(queues, &first, 3 * queues.visibility_seconds()).await;
    assert_eq!(take(queues.line()).await.body, "b");
}

pub async fn a_receipt_of_a_message_that_was_moved_is_stale(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    let last = deliver_and_show(queues.line(), queues.max_receive_count()).await;
    assert_eq!(handle(queues.line()).await.body, "b");
    is_stale(queues, &last, 0).await;
    queues.line().delete(&last.receipt).await.unwrap();
    assert_eq!(take(queues.dead_letter_queue()).await.body, "a");
}

pub async fn every_delivery_has_a_new_receipt(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b", "c"]).await;
    let mut receipts = HashSet::new();
    for _ in 0..3 {
        for _ in 0..2 {
            let delivery = take(queues.line()).await;
            show(queues.line(), &delivery).await;
            receipts.insert(delivery.receipt.as_str().to_owned());
        }
        receipts.insert(handle(queues.line()).await.receipt.as_str().to_owned());
    }
    assert_eq!(receipts.len(), 9);
}

/// The receipt has no effect any more.
async fn is_stale(queues: &impl QueueUnderTest, delivery: &Delivery, seconds: u32) {
    let changed = queues.line().change_visibility(&delivery.receipt, seconds);
    assert_eq!(changed.await.unwrap(), Visibility::Stale);
}
