//! The index of the records that need attention: exactly those, in the order in which they were accepted. It may lag,
//! so it is polled until it is right.

use std::{cell::Cell, slice};

use shared::{
    AuditAction, Receipt, SequenceNumber, Status, TaskId, TaskRecord,
    lifecycle::{finish_redrive, publish_receipt, resume},
    ports::{Cursor, TaskRecords},
};

use super::pages::{SIZES, keep, keep_all, needing_attention, replace, rest};
use crate::{
    fixture::{
        at, dead_lettered, dead_lettered_without_a_sequence_number, edited, entry, held, redriving,
        with_status,
    },
    steps::eventually,
    under_test::RecordsUnderTest,
};

pub async fn it_begins_empty(store: &impl RecordsUnderTest) {
    for size in SIZES {
        assert_eq!(needing_attention(store, size).await, []);
    }
}

pub async fn exactly_the_statuses_that_need_attention_are_listed(store: &impl RecordsUnderTest) {
    let records: Vec<_> = (10..)
        .zip(Status::ALL)
        .map(|(sequence_number, status)| with_status(status, sequence_number))
        .collect();
    keep_all(store, &records).await;
    let needing = [Status::Held, Status::DeadLettered, Status::Redriving];
    let expected = records.into_iter().filter(|record| needing.contains(&record.status));
    holds(store, &expected.collect::<Vec<_>>()).await;
}

/// Nine comes before ten, and neighbours beyond the precision of a double come in order, up to the 38 digits of a
/// number in DynamoDB.
pub async fn records_are_sorted_by_their_first_sequence_number_as_a_number(store: &impl RecordsUnderTest) {
    const LAST: u128 = 10_u128.pow(38) - 1;
    let sqs = 18_849_496_460_467_696_128;
    let sequence_numbers = [0, 9, 10, 11, 99, 100, sqs, sqs + 1, sqs + 2, 10 * sqs, LAST - 1, LAST];
    let records: Vec<_> = sequence_numbers.into_iter().map(dead_again).collect();
    // Written in an order that is neither that of the sequence numbers nor its reverse.
    for index in 0..records.len() {
        keep(store, &records[index * 5 % records.len()]).await;
    }
    holds(store, &records).await;
}

pub async fn every_record_that_needs_attention_is_listed_once_with_any_page_size(
    store: &impl RecordsUnderTest,
) {
    let mut records = Vec::new();
    for sequence_number in 1..=12 {
        records.push(if sequence_number % 2 == 0 {
            held(sequence_number)
        } else {
            dead_lettered(sequence_number)
        });
        keep(store, &records[records.len() - 1]).await;
        keep(store, &with_status(Status::Completed, sequence_number)).await;
    }
    for size in SIZES.into_iter().chain([6, 12]) {
        holds_by_pages_of(store, size, &records).await;
    }
}

/// Their position is not guaranteed: their sequence numbers are unknown.
pub async fn records_without_a_sequence_number_are_listed_once(store: &impl RecordsUnderTest) {
    let without: Vec<_> = (0..5).map(|_| dead_lettered_without_a_sequence_number()).collect();
    let with: Vec<_> = [9, 10, 100].into_iter().map(held).collect();
    keep_all(store, &without).await;
    keep_all(store, &with).await;
    for size in SIZES {
        let expected = (ids(without.iter().chain(&with)), with.clone());
        eventually(store, expected, async || {
            let found = needing_attention(store, size).await;
            let placed = found.iter().filter(|record| record.first_sequence_number.is_some());
            (ids(&found), placed.cloned().collect::<Vec<_>>())
        })
        .await;
    }
}

/// Like an operator who redrives one page after the other.
pub async fn the_next_page_follows_even_if_the_last_record_left_the_list(store: &impl RecordsUnderTest) {
    let records: Vec<_> = (1..=4).map(held).collect();
    let (first, left) = records.split_at(2);
    keep_all(store, &records).await;
    let read = async |after: Option<&Cursor>| store.records().needing_attention(after, 2).await.unwrap();
    // A read of an index may be older than the one before it, so each is polled until it is right.
    let next = Cell::new(None);
    eventually(store, first.to_vec(), async || {
        let page = read(None).await;
        next.set(page.next);
        page.records
    })
    .await;
    for record in first {
        replace(store, record, &resumed(record)).await;
    }
    holds(store, left).await;
    let next = next.into_inner();
    eventually(store, left.to_vec(), async || rest(next.clone(), read).await).await;
}

pub async fn a_record_that_no_longer_needs_attention_is_not_listed(store: &impl RecordsUnderTest) {
    let (first, second) = (held(9), held(10));
    keep_all(store, &[first.clone(), second.clone()]).await;
    holds(store, &[first.clone(), second.clone()]).await;
    replace(store, &first, &resumed(&first)).await;
    holds(store, &[second]).await;
}

pub async fn a_record_is_listed_again_when_it_needs_attention_again(store: &impl RecordsUnderTest) {
    let (first, second) = (held(9), held(10));
    keep_all(store, &[first.clone(), second.clone()]).await;
    let resumed = resumed(&first);
    replace(store, &first, &resumed).await;
    holds(store, slice::from_ref(&second)).await;
    let again = edited(resumed.clone(), |record| {
        record.revision += 1;
        record.status = Status::Held;
    });
    replace(store, &resumed, &again).await;
    holds(store, &[again, second]).await;
}

pub async fn a_record_is_found_as_it_was_last_written(store: &impl RecordsUnderTest) {
    let first = held(9);
    keep(store, &first).await;
    holds(store, slice::from_ref(&first)).await;
    let next = publish_receipt(&first, Receipt::new("newer"), at(9)).unwrap();
    replace(store, &first, &next).await;
    holds(store, &[next]).await;
}

pub async fn a_record_keeps_its_first_sequence_number_when_it_is_redriven(store: &impl RecordsUnderTest) {
    let (first, second) = (dead_lettered(9), dead_lettered(10));
    keep_all(store, &[first.clone(), second.clone()]).await;
    let redriving = redriving(&first);
    replace(store, &first, &redriving).await;
    holds(store, &[redriving.clone(), second.clone()]).await;
    let redriven = finish_redrive(&redriving, redriving.generation, SequenceNumber::new(20), at(9)).unwrap();
    replace(store, &redriving, &redriven).await;
    holds(store, &[second]).await;
}

/// Accepted at `sequence_number`, and dead-lettered again after a redrive, with sequence numbers in the opposite order.
fn dead_again(sequence_number: u128) -> TaskRecord {
    edited(dead_lettered(sequence_number), |record| {
        record.sequence_number = Some(SequenceNumber::new(u128::MAX - sequence_number))
    })
}

fn resumed(record: &TaskRecord) -> TaskRecord {
    resume(record, entry(AuditAction::Resume), at(9)).unwrap()
}

fn ids<'a>(records: impl IntoIterator<Item = &'a TaskRecord>) -> Vec<TaskId> {
    let mut ids: Vec<_> = records.into_iter().map(|record| record.task_id).collect();
    ids.sort();
    ids
}

async fn holds(store: &impl RecordsUnderTest, records: &[TaskRecord]) {
    for size in SIZES {
        holds_by_pages_of(store, size, records).await;
    }
}

async fn holds_by_pages_of(store: &impl RecordsUnderTest, size: u32, records: &[TaskRecord]) {
    eventually(store, records.to_vec(), async || needing_attention(store, size).await).await;
}
