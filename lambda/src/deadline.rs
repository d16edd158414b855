//! Ends an invocation before Lambda's deadline: an invocation that Lambda ends can report nothing, and its process restarts.

use std::time::{Duration, SystemTime};

use lambda_runtime::Context;
use shared::limits::REPORT_SECONDS;
use tokio::time::timeout;
use tracing::warn;

/// The work was stopped at any point, as by a crash, because the invocation's deadline was near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the invocation's time is over")]
pub struct OutOfTime;

/// Runs the work of an invocation, up to [`REPORT_SECONDS`] before Lambda's deadline.
///
/// # Errors
/// [`OutOfTime`] if it is not done by then.
pub async fn in_time<T>(context: &Context, work: impl Future<Output = T>) -> Result<T, OutOfTime> {
    let left = left(context, SystemTime::now());
    timeout(left, work).await.map_err(|_elapsed| {
        warn!(
            after_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX),
            "gave up before Lambda's deadline"
        );
        OutOfTime
    })
}

fn left(context: &Context, now: SystemTime) -> Duration {
    let until_deadline = context.deadline().duration_since(now).unwrap_or_default();
    until_deadline.saturating_sub(Duration::from_secs(REPORT_SECONDS.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_ends_a_second_before_the_deadline() {
        let mut context = Context::default();
        context.deadline = 15_000;
        let left_at =
            |millis| left(&context, SystemTime::UNIX_EPOCH + Duration::from_millis(millis)).as_millis();
        assert_eq!([0, 13_500, 14_000, 14_500, 16_000].map(left_at), [14_000, 500, 0, 0, 0]);
    }
}
