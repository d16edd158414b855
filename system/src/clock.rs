//! The machine's own time.

use std::{
    pin::Pin,
    sync::atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};
use shared::{Timestamp, ports::Clock};

/// How far a reading may lie behind an earlier one to be a correction, which is waited out. A clock that is kept by NTP
/// gets corrections of milliseconds.
const CORRECTION_MICROS: i64 = 1_000_000;

/// The machine's clock, as it is set: for a pipeline on AWS, and for the commands that work on one.
///
/// There the leases of many machines are compared with each other, so each machine must show what all of them show, and
/// that is the wall time, which AWS keeps right. A clock that a process reads once and then counts on by itself would be
/// wrong: an environment of Lambda is frozen between invocations and may be restored from a snapshot, while whatever
/// counts in it stands still.
///
/// So a step of the machine's clock is followed, ahead and back: to keep the latest reading instead would mean that one
/// wrong reading stops the time of its process for as long as it was wrong by. Only corrections are waited out, so that
/// two readings that follow each other are in order.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest_micros: AtomicI64,
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let read = Utc::now().timestamp_micros();
        let follow = |latest| Some(shown(latest, read));
        let latest = self.latest_micros.fetch_update(Ordering::Relaxed, Ordering::Relaxed, follow);
        // It never fails, since something is always followed.
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

/// What is shown for a reading after the `latest` that was shown.
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
    fn the_clock_counts_whole_microseconds_and_does_not_go_back_by_itself() {
        let clock = SystemClock::default();
        let mut before = clock.now();
        for _ in 0..1000 {
            let now = clock.now();
            assert!(now >= before && now.timestamp_subsec_nanos() % 1000 == 0);
            before = now;
        }
    }

    /// What is shown for these readings, one after the other.
    fn shown_for<const N: usize>(readings: [i64; N]) -> [i64; N] {
        let mut latest = 0;
        readings.map(|read| {
            latest = shown(latest, read);
            latest
        })
    }

    #[test]
    fn a_correction_is_waited_out() {
        assert_eq!(shown_for([5_000, 4_000, 4_999, 5_001]), [5_000, 5_000, 5_000, 5_001]);
    }

    #[test]
    fn a_clock_that_was_ahead_for_a_moment_is_right_again_with_the_machines() {
        let second = 1_000_000;
        let (right, ahead) = (1_000 * second, 1_600 * second);
        assert_eq!(shown_for([right, ahead, right + 1, right + 2]), [right, ahead, right + 1, right + 2]);
    }
}
