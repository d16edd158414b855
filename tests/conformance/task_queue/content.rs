//! A message is delivered as it was enqueued.

use crate::{
    steps::{bodies, enqueue, enqueue_all, handle, handle_all, show, take},
    under_test::QueueUnderTest,
};

pub async fn the_shortest_body_is_delivered_unchanged(queues: &impl QueueUnderTest) {
    for body in ["a", "0", " ", "\n", "\""] {
        is_delivered_unchanged(queues, body).await;
    }
}

pub async fn quotes_line_ends_and_emoji_are_delivered_unchanged(queues: &impl QueueUnderTest) {
    for body in [
        r#"{"title":"say \"no\"","description":"it's \\ 'so'; DROP TABLE messages; --"}"#,
        "one\ntwo\r\nthree\rfour\tfive\n",
        " leading and trailing \n",
        "🦀 👩‍👩‍👧‍👦 e\u{301} \u{202e}rtl\u{202c} \u{feff}bom",
        "&amp; <b>&lt;</b> ]]> <![CDATA[ %00 %20 + \\u0000",
    ] {
        is_delivered_unchanged(queues, body).await;
    }
}

/// All characters of the basic plane that SQS accepts, and every 257th beyond it.
pub async fn every_character_that_sqs_allows_is_delivered_unchanged(queues: &impl QueueUnderTest) {
    let basic = "\t\n\r".chars().chain(' '..='\u{d7ff}').chain('\u{e000}'..='\u{fffd}');
    let beyond = ('\u{10000}'..='\u{10ffff}').step_by(257);
    let body: String = basic.chain(beyond).chain(['\u{10ffff}']).collect();
    is_delivered_unchanged(queues, &body).await;
}

pub async fn a_body_of_256_kib_is_delivered_unchanged(queues: &impl QueueUnderTest) {
    let body: String = ('a'..='z').cycle().take(256 * 1024).collect();
    is_delivered_unchanged(queues, &body).await;
}

pub async fn equal_bodies_are_separate_messages(queues: &impl QueueUnderTest) {
    let sent = enqueue_all(queues.line(), &["same", "same"]).await;
    let handled = handle_all(queues.line(), 2).await;
    assert_eq!(bodies(&handled), ["same", "same"]);
    assert!(sent[0] < sent[1]);
    assert_ne!(handled[0].message_id, handled[1].message_id);
}

pub async fn a_message_is_delivered_with_its_sequence_number(queues: &impl QueueUnderTest) {
    for queue in [queues.line(), queues.dead_letter_queue()] {
        let sequence_number = enqueue(queue, "a").await;
        let delivery = handle(queue).await;
        assert_eq!((delivery.sequence_number, delivery.receive_count), (sequence_number, 1));
        assert!(!delivery.message_id.is_empty() && !delivery.receipt.as_str().is_empty());
    }
}

pub async fn a_message_keeps_its_time_and_later_messages_are_not_older(queues: &impl QueueUnderTest) {
    enqueue(queues.line(), "a").await;
    queues.pass(1).await;
    enqueue(queues.line(), "b").await;
    let first = take(queues.line()).await;
    show(queues.line(), &first).await;
    let again = handle(queues.line()).await;
    assert_eq!(again.sent_at, first.sent_at);
    assert!(handle(queues.line()).await.sent_at > first.sent_at);
}

async fn is_delivered_unchanged(queues: &impl QueueUnderTest, body: &str) {
    let queue = queues.line();
    enqueue(queue, body).await;
    let delivery = handle(queue).await;
    // Not by assert_eq: a body of this size does not help in the message of a failure.
    let first_difference = delivery.body.chars().zip(body.chars()).position(|(is, was)| is != was);
    assert!(delivery.body == body, "it differs at character {first_difference:?}, of {} bytes", body.len());
}
