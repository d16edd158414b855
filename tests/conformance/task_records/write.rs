//! A write succeeds if the existing record is as expected, and changes nothing else.

use chrono::TimeDelta;
use shared::{
    FailureClass, TaskId, TaskRecord,
    lifecycle::accept,
    ports::{Expected, TaskRecords, Written},
};

use crate::{
    fixture::{accepted, at, changed, claimed, dead_lettered, edited, failure, message, processing},
    under_test::RecordsUnderTest,
};

pub async fn absent_is_met_without_a_record(store: &impl RecordsUnderTest) {
    let record = accepted();
    is_made(store, &record, Expected::Absent).await;
}

pub async fn absent_is_not_met_by_a_record(store: &impl RecordsUnderTest) {
    let existing = processing(10);
    is_made(store, &existing, Expected::Absent).await;
    is_refused(store, &changed(&existing, "other"), Expected::Absent, Some(&existing)).await;
}

pub async fn absent_is_not_met_by_an_untouched_record(store: &impl RecordsUnderTest) {
    let message = message();
    let existing = accept(&message);
    is_made(store, &existing, Expected::Absent).await;
    let claim = claimed(&message, None, 10, "request");
    is_refused(store, &claim, Expected::Absent, Some(&existing)).await;
}

pub async fn untouched_is_met_without_a_record(store: &impl RecordsUnderTest) {
    is_made(store, &processing(10), Expected::Untouched).await;
}

pub async fn untouched_is_met_by_the_record_of_an_accept(store: &impl RecordsUnderTest) {
    let message = message();
    is_made(store, &accept(&message), Expected::Absent).await;
    is_made(store, &claimed(&message, None, 10, "request"), Expected::Untouched).await;
}

pub async fn untouched_is_not_met_by_a_changed_record(store: &impl RecordsUnderTest) {
    let message = message();
    let existing = claimed(&message, None, 10, "request");
    is_made(store, &existing, Expected::Untouched).await;
    let claim = claimed(&message, None, 10, "other");
    is_refused(store, &claim, Expected::Untouched, Some(&existing)).await;
    is_refused(store, &accept(&message), Expected::Untouched, Some(&existing)).await;
}

pub async fn a_condition_on_a_revision_is_met_by_the_record_at_that_revision(store: &impl RecordsUnderTest) {
    let mut record = accepted();
    is_made(store, &record, Expected::Absent).await;
    for _ in 0..12 {
        let next = changed(&record, "request");
        is_made(store, &next, Expected::Revision(record.revision)).await;
        record = next;
    }
}

pub async fn a_condition_on_a_revision_is_not_met_by_another_revision(store: &impl RecordsUnderTest) {
    let existing = edited(processing(10), |record| record.revision = 10);
    is_made(store, &existing, Expected::Absent).await;
    // 9 and 100 are ordered differently as text; a missing number may be read as 0.
    for revision in [0, 1, 9, 11, 100, u64::from(u32::MAX)] {
        let record = edited(changed(&existing, "other"), |record| record.revision = revision + 1);
        is_refused(store, &record, Expected::Revision(revision), Some(&existing)).await;
    }
}

pub async fn a_condition_on_a_revision_is_not_met_without_a_record(store: &impl RecordsUnderTest) {
    is_refused(store, &processing(10), Expected::Revision(1), None).await;
}

pub async fn a_condition_on_revision_zero_is_not_met_without_a_record(store: &impl RecordsUnderTest) {
    is_refused(store, &processing(10), Expected::Revision(0), None).await;
}

/// The answer to the first call may have been lost.
pub async fn a_repeated_identical_write_succeeds(store: &impl RecordsUnderTest) {
    let message = message();
    let accept = accept(&message);
    let claim = claimed(&message, Some(&accept), 10, "request");
    let next = changed(&claim, "request");
    for (record, expected) in [
        (&accept, Expected::Absent),
        (&claim, Expected::Untouched),
        (&next, Expected::Revision(claim.revision)),
        (&dead_lettered(11), Expected::Absent),
    ] {
        for _ in 0..3 {
            is_made(store, record, expected).await;
        }
    }
}

pub async fn a_record_that_differs_in_anything_is_a_conflict(store: &impl RecordsUnderTest) {
    let existing =
        edited(processing(10), |record| record.failures = vec![failure(FailureClass::Transient, 1)]);
    is_made(store, &existing, Expected::Absent).await;
    for other in almost_equal_to(&existing) {
        is_refused(store, &other, Expected::Absent, Some(&existing)).await;
        is_refused(store, &other, Expected::Untouched, Some(&existing)).await;
        is_refused(store, &other, Expected::Revision(0), Some(&existing)).await;
    }
}

pub async fn a_record_that_was_changed_meanwhile_is_a_conflict(store: &impl RecordsUnderTest) {
    let first = processing(10);
    let second = changed(&first, "request");
    is_made(store, &first, Expected::Absent).await;
    is_made(store, &second, Expected::Revision(first.revision)).await;
    is_refused(store, &first, Expected::Absent, Some(&second)).await;
    is_refused(store, &first, Expected::Revision(first.revision), Some(&second)).await;
}

pub async fn a_write_changes_no_other_record(store: &impl RecordsUnderTest) {
    let neighbours = [accepted(), processing(10), dead_lettered(11)];
    for neighbour in &neighbours {
        is_made(store, neighbour, Expected::Absent).await;
    }
    let record = processing(10);
    is_made(store, &record, Expected::Untouched).await;
    is_made(store, &changed(&record, "request"), Expected::Revision(record.revision)).await;
    for neighbour in &neighbours {
        assert_existing(store, neighbour.task_id, Some(neighbour)).await;
    }
}

/// The same revision of the same task, each with another difference.
fn almost_equal_to(record: &TaskRecord) -> Vec<TaskRecord> {
    let other_failure = failure(FailureClass::Transient, 2);
    let differences: [fn(&mut TaskRecord); 6] = [
        |record| record.claimed_by = Some("other".to_owned()),
        |record| record.claimed_by = None,
        |record| record.lease_until = Some(at(31) + TimeDelta::microseconds(1)),
        |record| record.attempt += 1,
        |record| record.failures.clear(),
        |record| record.fingerprint = None,
    ];
    let mut records = vec![edited(record.clone(), |record| record.failures = vec![other_failure])];
    for differ in differences {
        let mut other = record.clone();
        differ(&mut other);
        records.push(other);
    }
    records
}

async fn is_made(store: &impl RecordsUnderTest, record: &TaskRecord, expected: Expected) {
    let written = store.records().write(record, expected).await.unwrap();
    assert_eq!(written, Written::Made);
    assert_existing(store, record.task_id, Some(record)).await;
}

async fn is_refused(
    store: &impl RecordsUnderTest,
    record: &TaskRecord,
    expected: Expected,
    existing: Option<&TaskRecord>,
) {
    let written = store.records().write(record, expected).await.unwrap();
    assert_eq!(written, Written::Conflict(existing.cloned().map(Box::new)));
    assert_existing(store, record.task_id, existing).await;
}

async fn assert_existing(store: &impl RecordsUnderTest, task_id: TaskId, existing: Option<&TaskRecord>) {
    assert_eq!(store.records().find(task_id).await.unwrap().as_ref(), existing);
}
