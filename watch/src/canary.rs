//! The canary: one harmless task per interval, whose record shows whether the pipeline completes tasks.
//!
//! Its id is derived from its interval, so no state is stored: each run of the watch finds the record of the previous
//! interval by its id, and a second submission in one interval is the same task.

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
    /// The pipeline did not accept it.
    #[error("failed to submit the canary task")]
    NotAccepted(#[from] AcceptError),
    /// It is not a valid task: a defect of the watch.
    #[error("the canary task was refused: {0:?}")]
    Refused(Rejection),
}

/// Returns the id of one interval.
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
    /// [`InvalidSetting`] when it is not a whole number from 300 to 86400.
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

    /// The id of the task of the interval that contains `now`.
    pub fn present(&self, now: Timestamp) -> TaskId {
        TaskId::of_canary(self.seconds, self.interval(now))
    }

    /// The id of the task of the interval before, which has ended: the task should be completed.
    pub fn previous(&self, now: Timestamp) -> TaskId {
        TaskId::of_canary(self.seconds, self.interval(now) - 1)
    }

    /// Submits the task of the current interval through the intake.
    ///
    /// # Errors
    /// [`CanaryError`]; the task's record, if there is one, is then discarded.
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
        "description": "Nothing to do: the watch tests whether the pipeline completes tasks.",
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
    fn an_interval_has_one_task_which_is_the_previous_task_of_the_next_interval() {
        let canary = Canary { seconds: 900 };
        assert_eq!(canary.present(at(900)), canary.present(at(1_799)));
        assert_ne!(canary.present(at(900)), canary.present(at(1_800)));
        assert_eq!(canary.present(at(900)), canary.previous(at(1_800)));
        assert_ne!(canary.present(at(900)), Canary { seconds: 300 }.present(at(300)));
    }

    #[test]
    fn the_interval_is_validated() {
        let read = |text: &str| Canary::read(&|name| (name == SECONDS).then(|| text.to_owned()));
        assert_eq!(Canary::read(&|_| None), Ok(None));
        assert_eq!(read("900"), Ok(Some(Canary { seconds: 900 })));
        for wrong in ["", "0", "299", "86401", "-900", "15m", "rate(15 minutes)"] {
            assert_eq!(read(wrong).unwrap_err().name, SECONDS, "{wrong}");
        }
    }

    #[test]
    fn the_canary_task_is_valid() {
        assert_eq!(request().unwrap().submission.task().title(), "taskline canary");
    }
}
