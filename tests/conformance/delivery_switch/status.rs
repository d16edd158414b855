//! The status of the line. Counts may lag, so they are polled until they are right.

use shared::{
    AuditAction, Status, Timestamp,
    ports::{DeliverySwitch, Expected, TaskQueue, TaskRecords, Written},
};

use crate::{
    fixture::{edited, entry, with_status},
    steps::{deliver_and_show, enqueue, enqueue_all, eventually, handle, nothing_comes, show, take},
    under_test::LineUnderTest,
};

/// Long enough that a delayed count still finds it in flight.
const HIDDEN_SECONDS: u32 = 3_600;

pub async fn an_empty_line_has_no_head(line: &impl LineUnderTest) {
    counts(line, 0, 0).await;
    let status = line.line_as_a_whole().status().await.unwrap();
    assert_eq!((status.head_enqueued_at, status.completed_last_minute.unwrap_or(0)), (None, 0));
    enqueue(line.line(), "a").await;
    handle(line.line()).await;
    eventually(line, None, async || head(line).await).await;
}

pub async fn waiting_messages_and_messages_in_flight_are_counted(line: &impl LineUnderTest) {
    enqueue_all(line.line(), &["a", "b", "c"]).await;
    counts(line, 3, 0).await;
    let first = take(line.line()).await;
    line.line().change_visibility(&first.receipt, HIDDEN_SECONDS).await.unwrap();
    counts(line, 2, 1).await;
    show(line.line(), &first).await;
    counts(line, 3, 0).await;
    handle(line.line()).await;
    counts(line, 2, 0).await;
}

pub async fn messages_are_counted_during_a_pause(line: &impl LineUnderTest) {
    line.line_as_a_whole().pause(&entry(AuditAction::PauseLine)).await.unwrap();
    enqueue_all(line.line(), &["a", "b"]).await;
    counts(line, 2, 0).await;
    assert!(line.line_as_a_whole().status().await.unwrap().paused);
}

pub async fn dead_letters_are_not_counted(line: &impl LineUnderTest) {
    enqueue(line.dead_letter_queue(), "x").await;
    enqueue(line.line(), "a").await;
    counts(line, 1, 0).await;
    deliver_and_show(line.line(), line.max_receive_count()).await;
    nothing_comes(line, line.line()).await;
    take(line.dead_letter_queue()).await;
    counts(line, 0, 0).await;
    eventually(line, None, async || head(line).await).await;
}

pub async fn the_head_is_the_oldest_message_even_in_flight(line: &impl LineUnderTest) {
    enqueue(line.line(), "a").await;
    line.pass(1).await;
    enqueue(line.line(), "b").await;
    let first = take(line.line()).await;
    the_head_is_of(line, first.sent_at).await;
    line.line().delete(&first.receipt).await.unwrap();
    the_head_is_of(line, take(line.line()).await.sent_at).await;
}

pub async fn the_head_keeps_its_time_when_it_is_redelivered(line: &impl LineUnderTest) {
    enqueue(line.line(), "a").await;
    let first = take(line.line()).await;
    line.pass(line.visibility_seconds()).await;
    the_head_is_of(line, first.sent_at).await;
    take(line.line()).await;
    the_head_is_of(line, first.sent_at).await;
}

pub async fn completions_are_counted_for_a_minute(line: &impl LineUnderTest) {
    finish(line, Status::Completed).await;
    completions(line, 1).await;
    line.pass(30).await;
    finish(line, Status::Completed).await;
    completions(line, 2).await;
    line.pass(31).await;
    completions(line, 1).await;
    line.pass(30).await;
    completions(line, 0).await;
}

pub async fn other_outcomes_are_not_counted_as_completions(line: &impl LineUnderTest) {
    for status in Status::ALL.into_iter().filter(|status| *status != Status::Completed) {
        finish(line, status).await;
    }
    completions(line, 0).await;
    finish(line, Status::Completed).await;
    completions(line, 1).await;
}

/// A record that has just changed to `status`.
async fn finish(line: &impl LineUnderTest, status: Status) {
    let record = edited(with_status(status, 10), |record| record.finished_at = Some(line.now()));
    let written = line.records().write(&record, Expected::Absent).await.unwrap();
    assert_eq!(written, Written::Made);
}

async fn completions(line: &impl LineUnderTest, count: u64) {
    let reported = async || line.line_as_a_whole().status().await.unwrap().completed_last_minute;
    eventually(line, count, async || reported().await.expect("a line that reports its rate")).await;
}

async fn counts(line: &impl LineUnderTest, waiting: u64, in_flight: u64) {
    eventually(line, (waiting, in_flight), async || {
        let status = line.line_as_a_whole().status().await.unwrap();
        (status.waiting, status.in_flight)
    })
    .await;
}

async fn head(line: &impl LineUnderTest) -> Option<Timestamp> {
    line.line_as_a_whole().status().await.unwrap().head_enqueued_at
}

async fn the_head_is_of(line: &impl LineUnderTest, sent_at: Timestamp) {
    eventually(line, true, async || {
        let off = head(line).await.map(|head| (head - sent_at).abs());
        off.is_some_and(|off| off <= line.head_tolerance())
    })
    .await;
}
