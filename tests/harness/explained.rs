//! What a record owes to whoever asks what became of its task after a crash.

use std::collections::BTreeSet;

use shared::{FailureClass, Status, TaskRecord};

use crate::receiver::Call;

/// Attempts rise by one; the receiver saw each since the `before`th once, but one whose crash is on record; nothing came after the end.
pub fn every_attempt_is_explained<'a>(
    name: &str,
    record: &TaskRecord,
    before: u32,
    calls: impl Iterator<Item = &'a Call>,
) {
    let seen: Vec<u64> = calls.map(|call| call.attempt).collect();
    assert!(seen.is_sorted_by(|one, next| one < next), "{name}: handled twice as one attempt: {seen:?}");
    let failed = record.failures.len();
    let runs = failed + usize::from(record.status == Status::Completed);
    assert_eq!(record.attempt as usize, runs, "{name}: {:?}", record.failures);
    let crashed = record.failures.iter().filter(|failure| failure.class == FailureClass::Crashed);
    let crashed: BTreeSet<u64> = crashed.map(|failure| failure.attempt.into()).collect();
    assert!(crashed.len() <= 1, "{name}: one kill explains one crash: {:?}", record.failures);
    let known: BTreeSet<u64> = seen.into_iter().chain(crashed).collect();
    assert!(known.into_iter().eq(u64::from(before + 1)..=u64::from(record.attempt)), "{name}");
    let needs_no_reason = matches!(record.status, Status::Completed | Status::Accepted);
    assert!(needs_no_reason || record.last_failure().is_some(), "{name}: no reason");
}
