//! The machine's own time and chance.

use std::{
    pin::Pin,
    sync::atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};
use shared::{
    TaskId, Timestamp,
    ports::{Clock, TaskIds},
};
use uuid::Uuid;

/// The machine's clock. Within one process it never goes back, also when the machine's is set back.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest_micros: AtomicI64,
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let read = Utc::now().timestamp_micros();
        let latest = self.latest_micros.fetch_max(read, Ordering::Relaxed).max(read);
        DateTime::from_timestamp_micros(latest).unwrap_or(Timestamp::MAX_UTC)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            // A timer can fire a little early, and the machine's clock can be set back meanwhile.
            while let Ok(rest) = (at - self.now()).to_std() {
                if rest.is_zero() {
                    break;
                }
                tokio::time::sleep(rest).await;
            }
        })
    }
}

/// Ids from the machine's source of randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomTaskIds;

impl TaskIds for RandomTaskIds {
    fn fresh(&self, now: Timestamp) -> TaskId {
        let mut random = [0; 10];
        random.copy_from_slice(&Uuid::new_v4().into_bytes()[6..]);
        // Six of a version 4's bits are fixed; the four bytes from its front make up for them.
        for (byte, extra) in random.iter_mut().zip(Uuid::new_v4().into_bytes()) {
            *byte ^= extra;
        }
        TaskId::fresh(now, &random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_counts_whole_microseconds_and_never_goes_back() {
        let clock = SystemClock::default();
        let mut before = clock.now();
        for _ in 0..1000 {
            let now = clock.now();
            assert!(now >= before && now.timestamp_subsec_nanos() % 1000 == 0);
            before = now;
        }
    }

    #[test]
    fn fresh_ids_differ() {
        let now = SystemClock::default().now();
        let ids: std::collections::HashSet<_> = (0..1000).map(|_| RandomTaskIds.fresh(now)).collect();
        assert_eq!(ids.len(), 1000);
    }
}
