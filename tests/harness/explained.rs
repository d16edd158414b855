//! What a record must explain about its task's attempts after a crash.

use std::collections::BTreeSet;

use shared::{FailureClass, Status, TaskRecord};

use crate::receiver::Call;

/// Attempt numbers rise by one; the receiver saw each attempt since the `before`th once, except those that the record
/// explains; nothing followed the end.
pub fn every_attempt_is_explained<'a>(
    name: &str,
    record: &TaskRecord,
    before: u32,
    calls: impl Iterator<Item = &'a Call>,
) {
    let seen: Vec<u64> = calls.map(|call| call.attempt).collect();
    assert!(seen.is_sorted_by(|one, next| one < next), "{name}: handled twice as one attempt: {seen:?}");
    let failed: usize = record.failures.iter().map(|failure| failure.replaced as usize + 1).sum();
    let runs = failed + usize::from(record.status == Status::Completed);
    assert_eq!(record.attempt as usize, runs, "{name}: {:?}", record.failures);
    let failed_as = |class| record.failures.iter().filter(move |failure| failure.class == class);
    assert!(
        failed_as(FailureClass::Crashed).count() <= 1,
        "{name}: one kill explains one crash: {record:#?}"
    );
    // A run whose claim took all its time is in the record, too, and did not begin.
    let unseen = failed_as(FailureClass::Crashed).chain(failed_as(FailureClass::Overran));
    let unseen = unseen.map(|failure| failure.attempt.into());
    let known: BTreeSet<u64> = seen.iter().copied().chain(unseen).collect();
    let all = u64::from(before + 1)..=u64::from(record.attempt);
    assert!(known.into_iter().eq(all), "{name}: saw {seen:?} of {record:#?}");
    let ends_well = record.status == Status::Completed && record.attempt > before;
    assert!(!ends_well || seen.last() == Some(&record.attempt.into()), "{name}: completed unseen: {seen:?}");
    let needs_no_reason = matches!(record.status, Status::Completed | Status::Accepted);
    assert!(needs_no_reason || record.last_failure().is_some(), "{name}: no reason");
}
