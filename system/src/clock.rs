//! The machine's own time.

use std::{
    pin::Pin,
    sync::atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};
use shared::{Timestamp, ports::Clock};

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
}
