//! Says when the machine's clock and the pipeline's part.

use chrono::TimeDelta;
use shared::ports::Clock;
use tracing::warn;

/// Less is what a clock is corrected by while it runs.
const STEP_SECONDS_MIN: i64 = 5;

/// Knows how far the two clocks were apart when that was last reported.
#[derive(Debug, Default)]
pub(crate) struct ClockWatch {
    reported: TimeDelta,
}

impl ClockWatch {
    /// Reports a step since the last report. The pipeline goes on at its own pace, so an operator finds it in no other way.
    pub fn check(&mut self, clock: &dyn Clock) {
        let ahead = clock.wall() - clock.now();
        let step = ahead - self.reported;
        if step.abs() < TimeDelta::seconds(STEP_SECONDS_MIN) {
            return;
        }
        self.reported = ahead;
        warn!(
            step_seconds = step.num_seconds(),
            ahead_seconds = ahead.num_seconds(),
            "the machine's clock was set: it is ahead of the pipeline's by this, which goes on as it was until a restart"
        );
    }
}
