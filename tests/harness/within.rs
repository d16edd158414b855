//! Waiting, with an end.

use std::{future::Future, time::Duration};

/// After this long a test gives up on what it waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// What `waited_for` ends with.
pub async fn within<T>(what: &str, waited_for: impl Future<Output = T>) -> T {
    within_time(PATIENCE, what, waited_for).await
}

/// The same with a patience of one's own.
pub async fn within_time<T>(patience: Duration, what: &str, waited_for: impl Future<Output = T>) -> T {
    match tokio::time::timeout(patience, waited_for).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// Looks again and again until `is_wanted`; panics with what was seen last.
pub async fn eventually<T, L>(mut look: impl FnMut() -> L, is_wanted: impl Fn(&T) -> bool) -> T
where
    T: std::fmt::Debug,
    L: Future<Output = T>,
{
    let give_up_at = tokio::time::Instant::now() + PATIENCE;
    loop {
        let seen = look().await;
        if is_wanted(&seen) {
            return seen;
        }
        assert!(tokio::time::Instant::now() < give_up_at, "waited in vain; saw last: {seen:#?}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
