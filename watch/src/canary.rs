//! The canary: a harmless task in every interval, whose record shows whether the pipeline completes tasks.
//!
//! Its id is derived from the interval that it belongs to, so no state is kept: the same run of the watch, or another
//! one, finds the record of the previous interval by its id, and a second submission in one interval is the same task.

use std::sync::Arc;

use api::{AcceptError, AcceptRequest, Intake};
use serde_json::json;
use shared::{
    Caller, Rejection, Submission, TaskId, Timestamp,
    ports::{Clock, TaskIds, TaskQueue, TaskRecords},
    setting::{InvalidSetting, Lookup},
};

const SECONDS: &str = "CANARY_SECONDS";
const SECONDS_MIN: u32 = 300;
const SECONDS_MAX: u32 = 86_400;

/// When canary tasks are submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canary {
    seconds: u32,
}

/// A canary task was not submitted.
#[derive(Debug, thiserror::Error)]
pub enum CanaryError {
    /// The pipeline did not take it.
    #[error("failed to submit the canary task")]
    NotAccepted(#[from] AcceptError),
    /// It is no task: a defect of the watch.
    #[error("the canary task is refused: {0:?}")]
    Refused(Rejection),
}

/// Gives the one id of an interval.
struct IdOfInterval(TaskId);

impl TaskIds for IdOfInterval {
    fn fresh(&self, _now: Timestamp) -> TaskId {
        self.0
    }
}

impl Canary {
    /// Reads `CANARY_SECONDS`; without it there is no canary.
    ///
    /// # Errors
    /// [`InvalidSetting`] when it is no whole number from 300 to 86400.
    pub fn read(lookup: Lookup<'_>) -> Result<Option<Self>, InvalidSetting> {
        let Some(text) = lookup(SECONDS) else { return Ok(None) };
        match text.parse() {
            Ok(seconds) if (SECONDS_MIN..=SECONDS_MAX).contains(&seconds) => Ok(Some(Self { seconds })),
            _ => {
                let problem = format!("must be a whole number from {SECONDS_MIN} to {SECONDS_MAX}");
                Err(InvalidSetting::new(SECONDS, problem))
            }
        }
    }

    /// The task of the interval that `now` is in.
    pub fn present(&self, now: Timestamp) -> TaskId {
        TaskId::of_canary(self.seconds, self.interval(now))
    }

    /// The task of the interval before it: it has had at least until the end of its own to be completed.
    pub fn previous(&self, now: Timestamp) -> TaskId {
        TaskId::of_canary(self.seconds, self.interval(now) - 1)
    }

    /// Submits the task of the present interval, as the API does it.
    ///
    /// # Errors
    /// [`CanaryError`]; its record then says that it is discarded, if there is one.
    pub async fn submit<R: TaskRecords, Q: TaskQueue>(
        &self,
        records: R,
        line: Q,
        clock: Arc<dyn Clock>,
    ) -> Result<(), CanaryError> {
        let id = IdOfInterval(self.present(clock.now()));
        Intake::new(records, line, Arc::new(id), clock).accept(request()?).await?;
        Ok(())
    }

    fn interval(&self, now: Timestamp) -> i64 {
        now.timestamp().div_euclid(i64::from(self.seconds))
    }
}

fn request() -> Result<AcceptRequest, CanaryError> {
    let task = json!({
        "title": "taskline canary",
        "description": "Nothing to do: the watch asks whether the pipeline completes tasks.",
        "priority": "low",
    });
    let submission = Submission::parse(task.to_string().as_bytes()).map_err(CanaryError::Refused)?;
    Ok(AcceptRequest { caller: Caller::canary(), key: None, submission, trace: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn an_interval_has_one_task_and_it_is_the_previous_one_of_the_next() {
        let canary = Canary { seconds: 900 };
        assert_eq!(canary.present(at(900)), canary.present(at(1_799)));
        assert_ne!(canary.present(at(900)), canary.present(at(1_800)));
        assert_eq!(canary.present(at(900)), canary.previous(at(1_800)));
        assert_ne!(canary.present(at(900)), Canary { seconds: 300 }.present(at(300)));
    }

    #[test]
    fn its_interval_is_a_setting_that_is_checked() {
        let read = |text: &str| Canary::read(&|name| (name == SECONDS).then(|| text.to_owned()));
        assert_eq!(Canary::read(&|_| None), Ok(None));
        assert_eq!(read("900"), Ok(Some(Canary { seconds: 900 })));
        for wrong in ["", "0", "299", "86401", "-900", "15m", "rate(15 minutes)"] {
            assert_eq!(read(wrong).unwrap_err().name, SECONDS, "{wrong}");
        }
    }

    #[test]
    fn its_task_is_one_that_the_api_takes() {
        assert_eq!(request().unwrap().submission.task().title(), "taskline canary");
    }
}
