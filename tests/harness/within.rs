//! Waiting with a time limit.

use std::{future::Future, time::Duration};

/// After this time a test stops waiting and fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// The result of `waited_for`.
pub async fn within<T>(what: &str, waited_for: impl Future<Output = T>) -> T {
    within_time(PATIENCE, what, waited_for).await
}

/// The same with another time limit.
pub async fn within_time<T>(patience: Duration, what: &str, waited_for: impl Future<Output = T>) -> T {
    match tokio::time::timeout(patience, waited_for).await {
        Ok(value) => value,
        Err(_) => panic!("waited too long for {what}"),
    }
}

/// Polls until `is_wanted`; panics with the last value seen.
pub async fn eventually<T, L>(mut poll: impl FnMut() -> L, is_wanted: impl Fn(&T) -> bool) -> T
where
    T: std::fmt::Debug,
    L: Future<Output = T>,
{
    let give_up_at = tokio::time::Instant::now() + PATIENCE;
    loop {
        let seen = poll().await;
        if is_wanted(&seen) {
            return seen;
        }
        assert!(tokio::time::Instant::now() < give_up_at, "waited too long; saw last: {seen:#?}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
