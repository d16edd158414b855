//! The machine's clock.

use std::{
    pin::Pin,
    sync::atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};
use shared::{Timestamp, ports::Clock};

/// A reading that is at most this much earlier than the latest is a correction: the clock does not move until it is
/// caught up. NTP makes corrections of milliseconds.
const CORRECTION_MICROS: i64 = 1_000_000;

/// The machine's wall clock, for a pipeline on AWS and for the commands that work on one.
///
/// On AWS the leases of many machines are compared, so all must show the same time: the wall time, which AWS synchronises.
/// A monotonic clock with a start time would be wrong: a Lambda environment is frozen between invocations and can be restored
/// from a snapshot, and such a clock stops meanwhile.
///
/// A step of the machine's clock is followed in both directions. If the latest reading were kept instead, one wrong reading
/// would stop the time of the process for as long as it was wrong. Small corrections are not followed back, so that
/// successive readings are in order.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest_micros: AtomicI64,
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let read = Utc::now().timestamp_micros();
        let follow = |latest| Some(shown(latest, read));
        let latest = self.latest_micros.fetch_update(Ordering::Relaxed, Ordering::Relaxed, follow);
        // It never fails, because `follow` always returns a value.
        let (Ok(latest) | Err(latest)) = latest;
        moment(shown(latest, read))
    }

    fn wall(&self) -> Timestamp {
        moment(Utc::now().timestamp_micros())
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            if let Ok(rest) = (at - self.now()).to_std() {
                tokio::time::sleep(rest).await;
            }
        })
    }
}

/// The time to show for a reading after `latest` was shown.
fn shown(latest: i64, read: i64) -> i64 {
    if latest - read > CORRECTION_MICROS { read } else { read.max(latest) }
}

fn moment(micros: i64) -> Timestamp {
    DateTime::from_timestamp_micros(micros).unwrap_or(Timestamp::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_shows_whole_microseconds_and_does_not_go_back() {
        let clock = SystemClock::default();
        let mut before = clock.now();
        for _ in 0..1000 {
            let now = clock.now();
            assert!(now >= before && now.timestamp_subsec_nanos() % 1000 == 0);
            before = now;
        }
    }

    /// The times shown for successive readings.
    fn shown_for<const N: usize>(readings: [i64; N]) -> [i64; N] {
        let mut latest = 0;
        readings.map(|read| {
            latest = shown(latest, read);
            latest
        })
    }

    #[test]
    fn a_small_correction_does_not_move_the_clock_back() {
        assert_eq!(shown_for([5_000, 4_000, 4_999, 5_001]), [5_000, 5_000, 5_000, 5_001]);
    }

    #[test]
    fn a_large_step_back_is_followed() {
        let second = 1_000_000;
        let (right, ahead) = (1_000 * second, 1_600 * second);
        assert_eq!(shown_for([right, ahead, right + 1, right + 2]), [right, ahead, right + 1, right + 2]);
    }
}
