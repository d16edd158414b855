//! Every record, in no promised order.

use shared::{
    Status, TaskRecord,
    ports::{Cursor, TaskRecords},
};

use super::pages::{SIZES, all, keep_all, replace, rest};
use crate::{
    fixture::{changed, dead_lettered_without_a_sequence_number, processing, with_status},
    steps::eventually,
    under_test::RecordsUnderTest,
};

pub async fn it_begins_empty(store: &impl RecordsUnderTest) {
    for size in SIZES {
        assert_eq!(all(store, size).await, []);
    }
}

pub async fn every_record_is_listed_once_with_any_page_size(store: &impl RecordsUnderTest) {
    let mut records: Vec<_> = (10..)
        .zip(Status::ALL)
        .map(|(sequence_number, status)| with_status(status, sequence_number))
        .collect();
    records.extend([dead_lettered_without_a_sequence_number(), processing(10), processing(10)]);
    keep_all(store, &records).await;
    holds(store, records).await;
}

pub async fn records_are_listed_as_they_were_last_written(store: &impl RecordsUnderTest) {
    let records = [processing(10), processing(11), processing(12)];
    keep_all(store, &records).await;
    let next = changed(&records[1], "request");
    replace(store, &records[1], &next).await;
    let [first, _, last] = records;
    holds(store, vec![last, next, first]).await;
}

/// A change may move a record to a later page, or to an earlier one, which was read already.
pub async fn a_record_that_changes_between_two_pages_is_listed_once(store: &impl RecordsUnderTest) {
    let records: Vec<_> = (0..6).map(processing).collect();
    keep_all(store, &records).await;
    holds(store, records.clone()).await;
    let first = store.records().all(None, 3).await.unwrap();
    for record in &records {
        replace(store, record, &changed(record, "request")).await;
    }
    let rest =
        rest(first.next, async |after: Option<&Cursor>| store.records().all(after, 3).await.unwrap()).await;
    let came = first.records.iter().chain(&rest).map(|record| record.task_id);
    let mut came: Vec<_> = came.collect();
    came.sort();
    let sorted = sorted(records);
    assert_eq!(came, sorted.iter().map(|record| record.task_id).collect::<Vec<_>>());
}

async fn holds(store: &impl RecordsUnderTest, records: Vec<TaskRecord>) {
    let records = sorted(records);
    for size in SIZES.into_iter().chain([6, 12]) {
        eventually(store, records.clone(), async || sorted(all(store, size).await)).await;
    }
}

fn sorted(mut records: Vec<TaskRecord>) -> Vec<TaskRecord> {
    records.sort_by_key(|record| record.task_id);
    records
}
