//! Concurrent writers with the same condition: one wins, and the others get the existing record.

use futures_util::future::join_all;
use shared::{
    TaskRecord,
    lifecycle::accept,
    ports::{Expected, TaskRecords, Written},
};

use crate::{
    fixture::{accepted, changed, claimed, edited, message, processing},
    under_test::RecordsUnderTest,
};

const RIVALS: usize = 20;

pub async fn one_of_twenty_first_writers_wins(store: &impl RecordsUnderTest) {
    let first = processing(10);
    let rivals = (0..RIVALS)
        .map(|rival| edited(first.clone(), |record| record.claimed_by = Some(format!("request {rival}"))));
    one_wins(store, rivals.collect(), Expected::Absent).await;
}

pub async fn one_of_twenty_claims_before_the_accept_wins(store: &impl RecordsUnderTest) {
    for accept_is_written in [false, true] {
        let message = message();
        if accept_is_written {
            let written = store.records().write(&accept(&message), Expected::Absent).await.unwrap();
            assert_eq!(written, Written::Made);
        }
        let rivals = (0..RIVALS).map(|rival| claimed(&message, None, 10, &format!("request {rival}")));
        one_wins(store, rivals.collect(), Expected::Untouched).await;
    }
}

pub async fn one_of_twenty_writers_at_one_revision_wins(store: &impl RecordsUnderTest) {
    let mut existing = processing(10);
    store.records().write(&existing, Expected::Absent).await.unwrap();
    for _ in 0..5 {
        let rivals = (0..RIVALS).map(|rival| changed(&existing, &format!("request {rival}")));
        existing = one_wins(store, rivals.collect(), Expected::Revision(existing.revision)).await;
    }
}

/// In either order the claim is kept and the accept does not undo it.
pub async fn a_concurrent_accept_and_claim_end_like_consecutive_ones(store: &impl RecordsUnderTest) {
    for _ in 0..10 {
        let message = message();
        let accept = accept(&message);
        let claim = claimed(&message, None, 10, "request");
        let (accepted, claimed) = tokio::join!(
            store.records().write(&accept, Expected::Absent),
            store.records().write(&claim, Expected::Untouched),
        );
        assert_eq!(claimed.unwrap(), Written::Made);
        let conflict = Written::Conflict(Some(Box::new(claim.clone())));
        assert!([Written::Made, conflict].contains(&accepted.unwrap()));
        assert_eq!(store.records().find(claim.task_id).await.unwrap(), Some(claim));
    }
}

pub async fn no_increment_is_lost(store: &impl RecordsUnderTest) {
    const EACH: u32 = 5;
    let first = accepted();
    store.records().write(&first, Expected::Absent).await.unwrap();
    let workers = (0..RIVALS).map(|worker| increment(store, first.clone(), format!("worker {worker}"), EACH));
    join_all(workers).await;
    let last = store.records().find(first.task_id).await.unwrap().unwrap();
    let total = EACH * u32::try_from(RIVALS).unwrap();
    assert_eq!((last.attempt, last.revision), (total, total.into()));
}

/// Adds one `times` times, each time to the current record.
async fn increment(store: &impl RecordsUnderTest, mut existing: TaskRecord, by: String, times: u32) {
    let mut made = 0;
    while made < times {
        let next = changed(&existing, &by);
        let expected = Expected::Revision(existing.revision);
        existing = match store.records().write(&next, expected).await.unwrap() {
            Written::Made => {
                made += 1;
                next
            }
            Written::Conflict(present) => *present.expect("the record exists"),
        };
    }
}

/// All write at once; returns the record after that.
async fn one_wins(store: &impl RecordsUnderTest, rivals: Vec<TaskRecord>, expected: Expected) -> TaskRecord {
    let writes = join_all(rivals.iter().map(|rival| store.records().write(rival, expected))).await;
    let writes: Vec<_> = writes.into_iter().map(Result::unwrap).collect();
    let winners: Vec<_> =
        writes.iter().zip(&rivals).filter(|(written, _)| **written == Written::Made).collect();
    assert_eq!(winners.len(), 1, "one wins");
    let winner = winners[0].1.clone();
    let lost = Written::Conflict(Some(Box::new(winner.clone())));
    assert_eq!(writes.iter().filter(|written| **written == lost).count(), rivals.len() - 1);
    assert_eq!(store.records().find(winner.task_id).await.unwrap().as_ref(), Some(&winner));
    winner
}
