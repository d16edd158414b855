//! Logs when the machine's clock was set and differs from the pipeline's.

use chrono::TimeDelta;
use shared::ports::Clock;
use tracing::warn;

/// Smaller steps are usual corrections of a running clock.
const STEP_SECONDS_MIN: i64 = 5;

#[derive(Debug, Default)]
pub(crate) struct ClockWatch {
    /// The difference of the clocks when it was last logged.
    reported: TimeDelta,
}

impl ClockWatch {
    /// Logs a step since the last one. The pipeline's clock doesn't follow it, so nothing else shows it to an operator.
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
            "the machine's clock was set: it is ahead of the pipeline's clock, which does not change until a restart"
        );
    }
}
