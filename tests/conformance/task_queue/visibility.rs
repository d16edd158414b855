//! A delivered message is hidden for a time, and is redelivered first after that.

use shared::{
    Delivery,
    ports::{TaskQueue, Visibility},
};

use crate::{
    steps::{bodies, enqueue, enqueue_all, handle_all, nothing_comes, show, take},
    under_test::QueueUnderTest,
};

pub async fn a_message_that_timed_out_is_redelivered_first_with_its_sequence_number(
    queues: &impl QueueUnderTest,
) {
    let sent = enqueue_all(queues.line(), &["a", "b"]).await;
    let first = take(queues.line()).await;
    assert_eq!((first.sequence_number, first.receive_count), (sent[0], 1));
    queues.pass(queues.visibility_seconds()).await;
    queues.hide_for_long().await;
    let again = take(queues.line()).await;
    assert_eq!((again.sequence_number, again.receive_count), (sent[0], 2));
    assert_eq!((again.body, again.message_id), (first.body, first.message_id));
    assert_ne!(again.receipt, first.receipt);
    nothing_comes(queues, queues.line()).await;
}

pub async fn a_message_is_hidden_until_its_visibility_times_out(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    take(queues.line()).await;
    let slack = queues.visibility_slack_seconds();
    queues.pass(queues.visibility_seconds() - slack).await;
    nothing_comes(queues, queues.line()).await;
    queues.pass(slack).await;
    assert_eq!(take(queues.line()).await.body, "a");
}

pub async fn a_message_that_is_made_visible_is_redelivered_immediately(queues: &impl QueueUnderTest) {
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = take(queues.line()).await;
    show(queues.line(), &first).await;
    let again = take(queues.line()).await;
    assert_eq!(again.receive_count, 2);
    assert_eq!(
        (again.body, again.sequence_number, again.message_id),
        (first.body, first.sequence_number, first.message_id)
    );
}

pub async fn a_message_with_a_longer_visibility_timeout_locks_the_line_until_then(
    queues: &impl QueueUnderTest,
) {
    let visibility = queues.visibility_seconds();
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = take(queues.line()).await;
    hide_for(queues, &first, 2 * visibility).await;
    queues.pass(visibility).await;
    nothing_comes(queues, queues.line()).await;
    queues.pass(visibility).await;
    assert_eq!(bodies(&handle_all(queues.line(), 2).await), ["a", "b"]);
}

/// As the backoff of a retry does.
pub async fn a_message_with_a_shorter_visibility_timeout_is_redelivered_earlier(
    queues: &impl QueueUnderTest,
) {
    let shortened = queues.visibility_seconds() / 2;
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = take(queues.line()).await;
    hide_for(queues, &first, shortened).await;
    nothing_comes(queues, queues.line()).await;
    queues.pass(shortened).await;
    assert_eq!(take(queues.line()).await.body, "a");
}

pub async fn a_changed_visibility_timeout_applies_to_one_delivery(queues: &impl QueueUnderTest) {
    enqueue(queues.line(), "a").await;
    let first = take(queues.line()).await;
    hide_for(queues, &first, 3 * queues.visibility_seconds()).await;
    show(queues.line(), &first).await;
    take(queues.line()).await;
    queues.pass(queues.visibility_seconds()).await;
    assert_eq!(take(queues.line()).await.receive_count, 3);
}

/// The time counts from the change, not from the end of the time before: a hold is prolonged for as long as it lasts.
pub async fn the_visibility_timeout_can_be_changed_repeatedly(queues: &impl QueueUnderTest) {
    let (visibility, slack) = (queues.visibility_seconds(), queues.visibility_slack_seconds());
    enqueue_all(queues.line(), &["a", "b"]).await;
    let first = take(queues.line()).await;
    for _ in 0..4 {
        queues.pass(visibility - slack).await;
        hide_for(queues, &first, visibility).await;
    }
    queues.pass(visibility - slack).await;
    nothing_comes(queues, queues.line()).await;
    queues.pass(slack).await;
    assert_eq!(take(queues.line()).await.body, "a");
}

pub async fn the_dead_letter_queue_hides_a_delivered_message(queues: &impl QueueUnderTest) {
    let dead_letters = queues.dead_letter_queue();
    enqueue_all(dead_letters, &["x", "y"]).await;
    take(dead_letters).await;
    queues.pass(queues.visibility_seconds()).await;
    queues.hide_for_long().await;
    let again = take(dead_letters).await;
    assert_eq!((again.body.as_str(), again.receive_count), ("x", 2));
    nothing_comes(queues, dead_letters).await;
    show(dead_letters, &again).await;
    assert_eq!(bodies(&handle_all(dead_letters, 2).await), ["x", "y"]);
}

async fn hide_for(queues: &impl QueueUnderTest, delivery: &Delivery, seconds: u32) {
    let changed = queues.line().change_visibility(&delivery.receipt, seconds);
    assert_eq!(changed.await.unwrap(), Visibility::Changed);
}
