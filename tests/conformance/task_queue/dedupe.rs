//! A dedupe id that is sent again within five minutes gets the first answer, and adds nothing.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use shared::{limits::DEDUPE_SECONDS, ports::TaskQueue};

use crate::{
    steps::{deliver_and_show, enqueue, handle, nothing_comes, take},
    under_test::QueueUnderTest,
    unique::unique,
};

/// The characters that SQS allows in a dedupe id besides letters and digits.
const PUNCTUATION: &str = r##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##;
const ID_CHARACTERS_MAX: usize = 128;

pub async fn a_repeated_dedupe_id_returns_the_first_sequence_number_and_adds_nothing(
    queues: &impl QueueUnderTest,
) {
    let id = unique("id");
    let first = queues.line().enqueue("a", &id).await.unwrap();
    enqueue(queues.line(), "b").await;
    assert_eq!(queues.line().enqueue("a", &id).await.unwrap(), first);
    assert_eq!(handle(queues.line()).await.sequence_number, first);
    assert_eq!(handle(queues.line()).await.body, "b");
    nothing_comes(queues, queues.line()).await;
}

pub async fn a_repeated_dedupe_id_with_another_body_changes_nothing(queues: &impl QueueUnderTest) {
    let id = unique("id");
    let first = queues.line().enqueue("a", &id).await.unwrap();
    assert_eq!(queues.line().enqueue("other", &id).await.unwrap(), first);
    assert_eq!(handle(queues.line()).await.body, "a");
    nothing_comes(queues, queues.line()).await;
}

pub async fn the_dedupe_id_of_a_message_in_flight_is_remembered(queues: &impl QueueUnderTest) {
    queues.hide_for_long().await;
    let id = unique("id");
    let first = queues.line().enqueue("a", &id).await.unwrap();
    let delivery = take(queues.line()).await;
    assert_eq!(queues.line().enqueue("a", &id).await.unwrap(), first);
    queues.line().delete(&delivery.receipt).await.unwrap();
    nothing_comes(queues, queues.line()).await;
}

pub async fn the_dedupe_id_of_a_deleted_message_is_remembered(queues: &impl QueueUnderTest) {
    let id = unique("id");
    let first = queues.line().enqueue("a", &id).await.unwrap();
    handle(queues.line()).await;
    assert_eq!(queues.line().enqueue("a", &id).await.unwrap(), first);
    nothing_comes(queues, queues.line()).await;
}

pub async fn the_dedupe_id_of_a_message_that_was_moved_is_remembered(queues: &impl QueueUnderTest) {
    let id = unique("id");
    let first = queues.line().enqueue("a", &id).await.unwrap();
    deliver_and_show(queues.line(), queues.max_receive_count()).await;
    nothing_comes(queues, queues.line()).await;
    assert_eq!(take(queues.dead_letter_queue()).await.body, "a");
    assert_eq!(queues.line().enqueue("a", &id).await.unwrap(), first);
    nothing_comes(queues, queues.line()).await;
}

pub async fn a_dedupe_id_is_remembered_for_almost_five_minutes(queues: &impl QueueUnderTest) {
    let id = unique("id");
    let first = queues.line().enqueue("a", &id).await.unwrap();
    handle(queues.line()).await;
    queues.pass(DEDUPE_SECONDS - queues.dedupe_slack_seconds()).await;
    assert_eq!(queues.line().enqueue("a", &id).await.unwrap(), first);
    nothing_comes(queues, queues.line()).await;
}

pub async fn a_dedupe_id_is_forgotten_after_five_minutes(queues: &impl QueueUnderTest) {
    let id = unique("id");
    let first = queues.line().enqueue("a", &id).await.unwrap();
    queues.pass(DEDUPE_SECONDS + queues.dedupe_slack_seconds()).await;
    let second = queues.line().enqueue("a", &id).await.unwrap();
    assert!(second > first);
    assert_eq!(handle(queues.line()).await.sequence_number, first);
    assert_eq!(handle(queues.line()).await.sequence_number, second);
}

pub async fn a_repeated_id_does_not_extend_the_dedupe_window(queues: &impl QueueUnderTest) {
    let id = unique("id");
    let slack = queues.dedupe_slack_seconds();
    let first = queues.line().enqueue("a", &id).await.unwrap();
    queues.pass(DEDUPE_SECONDS - slack).await;
    assert_eq!(queues.line().enqueue("a", &id).await.unwrap(), first);
    queues.pass(2 * slack).await;
    assert!(queues.line().enqueue("a", &id).await.unwrap() > first);
}

pub async fn a_forgotten_dedupe_id_is_remembered_for_another_five_minutes(queues: &impl QueueUnderTest) {
    let id = unique("id");
    let slack = queues.dedupe_slack_seconds();
    queues.line().enqueue("a", &id).await.unwrap();
    queues.pass(DEDUPE_SECONDS + slack).await;
    let second = queues.line().enqueue("a", &id).await.unwrap();
    queues.pass(DEDUPE_SECONDS - slack).await;
    assert_eq!(queues.line().enqueue("a", &id).await.unwrap(), second);
}

pub async fn a_dedupe_id_is_remembered_per_queue(queues: &impl QueueUnderTest) {
    let id = unique("id");
    queues.line().enqueue("a", &id).await.unwrap();
    queues.dead_letter_queue().enqueue("x", &id).await.unwrap();
    assert_eq!(handle(queues.line()).await.body, "a");
    assert_eq!(handle(queues.dead_letter_queue()).await.body, "x");
}

pub async fn ids_differ_by_case_and_by_their_last_character(queues: &impl QueueUnderTest) {
    let id = unique("id");
    let ids = ["a", "A", "b", "aa", "a.", "a.0", "a.1"].map(|end| format!("{id}{end}"));
    let mut sequence_numbers = BTreeSet::new();
    for id in &ids {
        sequence_numbers.insert(queues.line().enqueue("a", id).await.unwrap());
    }
    assert_eq!(sequence_numbers.len(), ids.len());
}

pub async fn a_dedupe_id_may_use_every_character_that_sqs_allows(queues: &impl QueueUnderTest) {
    let start = format!("{PUNCTUATION}{}", unique("AZaz09"));
    let padding = ID_CHARACTERS_MAX - start.len() - 1;
    let longest = |last: char| format!("{start}{}{last}", "x".repeat(padding));
    let one = queues.line().enqueue("a", &longest('%')).await.unwrap();
    let other = queues.line().enqueue("a", &longest('_')).await.unwrap();
    assert!(one < other);
    assert_eq!(queues.line().enqueue("a", &longest('%')).await.unwrap(), one);
    assert_eq!(queues.line().enqueue("a", &longest('_')).await.unwrap(), other);
}

pub async fn concurrent_sends_with_one_dedupe_id_get_one_sequence_number(queues: &impl QueueUnderTest) {
    let id = unique("id");
    let sends = join_all((0..20).map(|_| queues.line().enqueue("a", &id))).await;
    let sequence_numbers: BTreeSet<_> = sends.into_iter().map(Result::unwrap).collect();
    assert_eq!(sequence_numbers.len(), 1, "{sequence_numbers:?}");
    assert_eq!(sequence_numbers.first(), Some(&handle(queues.line()).await.sequence_number));
    nothing_comes(queues, queues.line()).await;
}
