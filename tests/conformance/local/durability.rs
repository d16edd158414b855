//! Guarantees of the local line only: its file outlives the process, and several processes share it.

use futures_util::future::join_all;
use shared::{
    AuditAction, SequenceNumber, TaskRecord,
    limits::DEDUPE_SECONDS,
    ports::{DeliverySwitch, Expected, TaskQueue, TaskRecords, Visibility, Written},
};

use super::{Local, TERMS};
use crate::{
    fixture::{accepted, changed, dead_lettered, entry, held, processing},
    steps::{
        bodies, deliver_and_show, ends_by, enqueue, enqueue_all, handle, handle_all, nothing_comes,
        only_rises, sequence_numbers, show, soon, take, take_batch,
    },
    under_test::{QueueUnderTest, RecordsUnderTest, UnderTest},
    unique::unique,
};

#[tokio::test]
async fn messages_their_order_and_their_sequence_numbers_survive() {
    let local = Local::fresh().await;
    let sent = enqueue_all(local.line(), &["a", "b", "c"]).await;
    enqueue(local.dead_letter_queue(), "x").await;
    handle(local.line()).await;
    let local = local.reopened();
    let handled = handle_all(local.line(), 2).await;
    assert_eq!((bodies(&handled), sequence_numbers(&handled)), (vec!["b", "c"], sent[1..].to_vec()));
    assert_eq!(handle(local.dead_letter_queue()).await.body, "x");
}

#[tokio::test]
async fn sequence_numbers_keep_rising_after_all_messages_were_deleted() {
    let local = Local::fresh().await;
    let mut sequence_numbers = enqueue_all(local.line(), &["a", "b"]).await;
    handle_all(local.line(), 2).await;
    let local = local.reopened();
    sequence_numbers.extend(enqueue_all(local.line(), &["c", "d"]).await);
    only_rises(&sequence_numbers);
}

#[tokio::test]
async fn dedupe_ids_survive_for_five_minutes() {
    let local = Local::fresh().await;
    let id = unique("id");
    let first = local.line().enqueue("a", &id).await.unwrap();
    handle(local.line()).await;
    let local = local.reopened();
    local.pass(DEDUPE_SECONDS - 1).await;
    assert_eq!(local.line().enqueue("a", &id).await.unwrap(), first);
    nothing_comes(&local, local.line()).await;
    local.pass(1).await;
    assert!(local.line().enqueue("a", &id).await.unwrap() > first);
}

#[tokio::test]
async fn a_message_stays_in_flight_and_its_receipt_stays_valid() {
    let local = Local::fresh().await;
    enqueue_all(local.line(), &["a", "b"]).await;
    let first = take(local.line()).await;
    local.pass(2).await;
    let local = local.reopened();
    nothing_comes(&local, local.line()).await;
    local.line().delete(&first.receipt).await.unwrap();
    assert_eq!(handle(local.line()).await.body, "b");
}

#[tokio::test]
async fn a_message_in_flight_is_redelivered_when_its_visibility_times_out() {
    let local = Local::fresh().await;
    let sequence_number = enqueue(local.line(), "a").await;
    let first = take(local.line()).await;
    local.line().change_visibility(&first.receipt, 3_600).await.unwrap();
    let local = local.reopened();
    local.pass(3_599).await;
    nothing_comes(&local, local.line()).await;
    local.pass(1).await;
    let stale = local.line().change_visibility(&first.receipt, 0).await.unwrap();
    assert_eq!(stale, Visibility::Stale);
    let again = take(local.line()).await;
    assert_eq!((again.sequence_number, again.receive_count), (sequence_number, 2));
    assert_eq!(again.message_id, first.message_id);
    assert_ne!(again.receipt, first.receipt);
}

#[tokio::test]
async fn the_receive_count_survives() {
    let local = Local::fresh().await;
    enqueue(local.line(), "a").await;
    deliver_and_show(local.line(), TERMS.max_receive_count).await;
    let local = local.reopened();
    nothing_comes(&local, local.line()).await;
    assert_eq!(take(local.dead_letter_queue()).await.body, "a");
}

#[tokio::test]
async fn records_and_the_cursor_of_a_list_survive() {
    let local = Local::fresh().await;
    let records = [accepted(), held(9), dead_lettered(10)];
    for record in &records {
        assert_eq!(local.records().write(record, Expected::Absent).await.unwrap(), Written::Made);
    }
    let page = local.records().needing_attention(None, 1).await.unwrap();
    let local = local.reopened();
    for record in &records {
        assert_eq!(local.records().find(record.task_id).await.unwrap().as_ref(), Some(record));
    }
    let rest = local.records().needing_attention(page.next.as_ref(), 10).await.unwrap();
    assert_eq!([page.records, rest.records].concat(), records[1..]);
}

#[tokio::test]
async fn a_pause_survives() {
    let local = Local::fresh().await;
    local.line_as_a_whole.pause(&entry(AuditAction::PauseLine)).await.unwrap();
    let local = local.reopened();
    assert!(local.line_as_a_whole.status().await.unwrap().paused);
    local.line_as_a_whole.resume(&entry(AuditAction::ResumeLine)).await.unwrap();
    assert!(!local.reopened().line_as_a_whole.status().await.unwrap().paused);
}

#[tokio::test]
async fn processes_see_each_others_messages() {
    let one = Local::fresh().await;
    let other = one.beside();
    enqueue(one.line(), "a").await;
    enqueue(other.line(), "b").await;
    let first = take(other.line()).await;
    assert_eq!(first.body, "a");
    nothing_comes(&one, one.line()).await;
    one.line().delete(&first.receipt).await.unwrap();
    let second = take(one.line()).await;
    nothing_comes(&other, other.line()).await;
    show(other.line(), &second).await;
    assert_eq!(handle(one.line()).await.body, "b");
    nothing_comes(&other, other.line()).await;
}

#[tokio::test]
async fn processes_share_dedupe_ids() {
    let one = Local::fresh().await;
    let other = one.beside();
    let id = unique("id");
    let sequence_number = one.line().enqueue("a", &id).await.unwrap();
    assert_eq!(other.line().enqueue("a", &id).await.unwrap(), sequence_number);
    handle(other.line()).await;
    nothing_comes(&one, one.line()).await;
}

#[tokio::test]
async fn a_long_poll_receives_a_message_that_another_process_sends() {
    let one = Local::fresh().await;
    let other = one.beside();
    let deliveries =
        ends_by(one.line().receive(1, 20), nothing_comes(&one, one.line()), enqueue(other.line(), "a"));
    assert_eq!(bodies(&deliveries.await), ["a"]);
}

#[tokio::test]
async fn a_long_poll_receives_a_message_that_another_process_makes_visible() {
    let one = Local::fresh().await;
    let other = one.beside();
    enqueue(one.line(), "a").await;
    let delivery = take(one.line()).await;
    let deliveries =
        ends_by(one.line().receive(1, 20), nothing_comes(&one, one.line()), show(other.line(), &delivery));
    assert_eq!(bodies(&deliveries.await), ["a"]);
}

#[tokio::test]
async fn processes_that_send_concurrently_get_distinct_sequence_numbers() {
    let one = Local::fresh().await;
    let other = one.beside();
    let sends = (0..40).map(|number| {
        let sender = if number % 2 == 0 { &one } else { &other };
        async move { enqueue(sender.line(), "a").await }
    });
    let mut sent: Vec<SequenceNumber> = join_all(sends).await;
    sent.sort();
    only_rises(&sent);
    assert_eq!(sequence_numbers(&handle_all(one.line(), 40).await), sent);
}

#[tokio::test]
async fn processes_that_receive_concurrently_do_not_get_the_same_message() {
    let one = Local::fresh().await;
    let other = one.beside();
    enqueue_all(one.line(), &["a", "b", "c", "d"]).await;
    for _ in 0..4 {
        let receives = (0..10).map(|number| if number % 2 == 0 { &one } else { &other }.line().receive(1, 0));
        let received = soon(join_all(receives)).await;
        let deliveries: Vec<_> = received.into_iter().flat_map(Result::unwrap).collect();
        assert_eq!(deliveries.len(), 1, "{deliveries:?}");
        one.line().delete(&deliveries[0].receipt).await.unwrap();
    }
}

#[tokio::test]
async fn one_of_two_processes_that_write_concurrently_wins() {
    let one = Local::fresh().await;
    let other = one.beside();
    let first = processing(10);
    one.records().write(&first, Expected::Absent).await.unwrap();
    let rivals: Vec<TaskRecord> = (0..20).map(|rival| changed(&first, &format!("request {rival}"))).collect();
    let writes = rivals.iter().enumerate().map(|(rival, record)| {
        let writer = if rival % 2 == 0 { &one } else { &other };
        writer.records().write(record, Expected::Revision(first.revision))
    });
    let writes = join_all(writes).await;
    let made = writes.into_iter().filter(|written| matches!(written, Ok(Written::Made)));
    assert_eq!(made.count(), 1);
    let existing = [
        one.records().find(first.task_id).await.unwrap(),
        other.records().find(first.task_id).await.unwrap(),
    ];
    assert_eq!(existing[0], existing[1]);
}

#[tokio::test]
async fn processes_see_each_others_pause() {
    let one = Local::fresh().await;
    let other = one.beside();
    one.line_as_a_whole.pause(&entry(AuditAction::PauseLine)).await.unwrap();
    assert!(other.line_as_a_whole.status().await.unwrap().paused);
    other.line_as_a_whole.resume(&entry(AuditAction::ResumeLine)).await.unwrap();
    assert!(!one.line_as_a_whole.status().await.unwrap().paused);
}

/// SQS may return fewer, so the suite does not require this.
#[tokio::test]
async fn a_receive_returns_a_full_batch_when_enough_messages_wait() {
    let local = Local::fresh().await;
    enqueue_all(local.line(), &["a"; 12]).await;
    for (max, expected) in [(3, 3), (10, 9)] {
        let batch = take_batch(local.line(), max).await;
        assert_eq!(batch.len(), expected);
        for delivery in &batch {
            local.line().delete(&delivery.receipt).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_pause_stops_the_worker_but_the_queue_accepts_messages() {
    let local = Local::fresh().await;
    local.line_as_a_whole.pause(&entry(AuditAction::PauseLine)).await.unwrap();
    let (delivery, _) = tokio::join!(take(local.line()), enqueue(local.line(), "sent while the poll waits"));
    assert_eq!(delivery.body, "sent while the poll waits");
}
