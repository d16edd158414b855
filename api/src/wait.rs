//! Waiting for a task to settle.

use chrono::TimeDelta;
use futures_util::{
    FutureExt,
    future::{pending, select},
};
use shared::{
    Caller, TaskId, TaskRecord,
    limits::WAIT_SECONDS_MAX,
    ports::{PortError, TaskQueue, TaskRecords},
};

use crate::intake::Intake;

/// The first pause between two reads of a record. Each pause is twice as long as the one before.
const PAUSE_MIN: TimeDelta = TimeDelta::milliseconds(250);
/// The longest pause. A store that reports changes reports those of this process only.
const PAUSE_MAX: TimeDelta = TimeDelta::seconds(2);

/// How long a request waits for its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(TimeDelta);

/// The query has an invalid `wait`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("wait must be given once, as whole seconds from 1s to {WAIT_SECONDS_MAX}s, such as wait=20s")]
pub struct InvalidWait;

impl Wait {
    /// The `wait` in a query, if it has one. Other parameters are ignored.
    ///
    /// # Errors
    /// [`InvalidWait`].
    pub fn in_query(query: Option<&str>) -> Result<Option<Self>, InvalidWait> {
        let pairs = query.unwrap_or_default().split('&');
        let mut values = pairs.filter_map(|pair| match pair.split_once('=') {
            Some(("wait", value)) => Some(value),
            None if pair == "wait" => Some(""),
            _ => None,
        });
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => Self::parse(value).map(Some).ok_or(InvalidWait),
            (Some(_), Some(_)) => Err(InvalidWait),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_suffix('s')?;
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let seconds: u32 = digits.parse().ok().filter(|_| is_plain)?;
        (1..=WAIT_SECONDS_MAX).contains(&seconds).then(|| Self(TimeDelta::seconds(seconds.into())))
    }
}

impl<R: TaskRecords, Q: TaskQueue> Intake<R, Q> {
    /// The record of a task of `caller` once it is settled, or as it is when the time is over.
    pub(crate) async fn find_settled(
        &self,
        caller: &Caller,
        task_id: TaskId,
        wait: Wait,
    ) -> Result<Option<TaskRecord>, PortError> {
        let until = self.clock.now() + wait.0;
        let mut pause = PAUSE_MIN;
        loop {
            // Before the read, so that no change between the two is missed.
            let changed = self.records.next_change(task_id).unwrap_or_else(|| pending().boxed());
            let record = self.find_own(caller, task_id).await?;
            let now = self.clock.now();
            if now >= until || record.as_ref().is_none_or(|record| record.status.is_settled()) {
                return Ok(record);
            }
            select(changed, self.clock.sleep_until(until.min(now + pause))).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_whole_seconds_up_to_the_limit_with_their_unit() {
        for (query, seconds) in [("wait=1s", 1), ("wait=20s", 20), ("a=b&wait=9s&wai=t", 9)] {
            assert_eq!(Wait::in_query(Some(query)), Ok(Some(Wait(TimeDelta::seconds(seconds)))));
        }
        for query in [None, Some(""), Some("a"), Some("awaits=1s&Wait=1s")] {
            assert_eq!(Wait::in_query(query), Ok(None));
        }
        for query in [
            "wait",
            "wait=",
            "wait=s",
            "wait=0s",
            "wait=00s",
            "wait=05s",
            "wait=21s",
            "wait=1",
            "wait=1.5s",
            "wait=-1s",
            "wait=+1s",
            "wait=1m",
            "wait=1S",
            "wait=1s%20",
            "wait=1ss",
            "wait=9999999999s",
            "wait=true",
            "wait=1s&wait=1s",
            "wait=1s&wait",
        ] {
            assert_eq!(Wait::in_query(Some(query)), Err(InvalidWait), "{query}");
        }
    }
}
