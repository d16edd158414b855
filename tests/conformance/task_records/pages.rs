//! Reading page after page.

use shared::{
    TaskRecord,
    ports::{Cursor, Expected, Page, TaskRecords, Written},
};

use crate::under_test::RecordsUnderTest;

/// Sizes that divide the number of records, that don't, and that exceed it.
pub const SIZES: [u32; 6] = [1, 2, 3, 4, 7, 1_000];
/// More than any case needs: an endless walk is a failure and does not hang.
const PAGES_MAX: usize = 100;

pub async fn keep(store: &impl RecordsUnderTest, record: &TaskRecord) {
    let written = store.records().write(record, Expected::Absent).await.unwrap();
    assert_eq!(written, Written::Made);
}

pub async fn keep_all(store: &impl RecordsUnderTest, records: &[TaskRecord]) {
    for record in records {
        keep(store, record).await;
    }
}

/// Replaces the record's revision by the next.
pub async fn replace(store: &impl RecordsUnderTest, record: &TaskRecord, next: &TaskRecord) {
    let expected = Expected::Revision(record.revision);
    assert_eq!(store.records().write(next, expected).await.unwrap(), Written::Made);
}

/// All that need attention, by pages of `size`.
pub async fn needing_attention(store: &impl RecordsUnderTest, size: u32) -> Vec<TaskRecord> {
    walk(size, async |after| store.records().needing_attention(after, size).await.unwrap()).await
}

/// All records, by pages of `size`.
pub async fn all(store: &impl RecordsUnderTest, size: u32) -> Vec<TaskRecord> {
    walk(size, async |after| store.records().all(after, size).await.unwrap()).await
}

/// The records of the pages from `next` on.
pub async fn rest(next: Option<Cursor>, read: impl AsyncFn(Option<&Cursor>) -> Page) -> Vec<TaskRecord> {
    let mut records = Vec::new();
    let mut next = next;
    for _ in 0..PAGES_MAX {
        let Some(cursor) = next else {
            return records;
        };
        let page = read(Some(&carried(&cursor))).await;
        records.extend(page.records);
        next = page.next;
    }
    panic!("the pages must end");
}

async fn walk(size: u32, read: impl AsyncFn(Option<&Cursor>) -> Page) -> Vec<TaskRecord> {
    let read = async |after: Option<&Cursor>| {
        let page = read(after).await;
        assert!(page.records.len() <= size as usize, "a page is no larger than requested");
        page
    };
    let first = read(None).await;
    let rest = rest(first.next, &read).await;
    [first.records, rest].concat()
}

/// Through JSON, as the console carries it.
fn carried(cursor: &Cursor) -> Cursor {
    serde_json::from_str(&serde_json::to_string(cursor).unwrap()).unwrap()
}
