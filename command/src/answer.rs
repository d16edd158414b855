//! The line that a server writes for each task.

use std::time::Duration;

use processor::{Completed, HandlerFailure, Outcome, Run};
use serde::Deserialize;
use shared::{DroppedResult, Json, TaskId, limits::RESULT_BYTES_MAX};

/// The members of the line. Unknown ones are refused, so that a misspelt one is noticed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    task_id: TaskId,
    attempt: u32,
    outcome: Word,
    result: Option<Json>,
    code: Option<String>,
    message: Option<String>,
    retry_after_seconds: Option<u32>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Word {
    Completed,
    Transient,
    Unavailable,
    Permanent,
}

/// A line that is no answer to the task: the server and the pipeline are out of step. The text does not quote the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadAnswer {
    #[error("the line is longer than {0} bytes")]
    TooLong(usize),
    #[error("the line came before the program had read the task")]
    TooEarly,
    #[error("the line is not the JSON of an answer (column {0})")]
    NotAnAnswer(usize),
    #[error("the line is the answer to another task or attempt")]
    OfAnotherTask,
    #[error("the member {0} does not belong to this outcome")]
    Superfluous(&'static str),
}

/// What the line says about the task of `run`.
pub(crate) fn read(line: &[u8], run: &Run) -> Result<Outcome, BadAnswer> {
    let answer: Answer =
        serde_json::from_slice(line).map_err(|error| BadAnswer::NotAnAnswer(error.column()))?;
    if (answer.task_id, answer.attempt) != (run.task_id, run.attempt) {
        return Err(BadAnswer::OfAnotherTask);
    }
    answer.check_members()?;
    Ok(answer.outcome(run))
}

impl Answer {
    fn check_members(&self) -> Result<(), BadAnswer> {
        let is_completed = self.outcome == Word::Completed;
        let is_final = is_completed || self.outcome == Word::Permanent;
        for (name, is_superfluous) in [
            ("result", self.result.is_some() && !is_completed),
            ("code", self.code.is_some() && is_completed),
            ("message", self.message.is_some() && is_completed),
            ("retry_after_seconds", self.retry_after_seconds.is_some() && is_final),
        ] {
            if is_superfluous {
                return Err(BadAnswer::Superfluous(name));
            }
        }
        Ok(())
    }

    fn outcome(self, run: &Run) -> Outcome {
        let retry_after = self.retry_after_seconds.map(|seconds| Duration::from_secs(seconds.into()));
        let code = |default: &str| self.code.unwrap_or_else(|| default.to_owned());
        let message = self.message.unwrap_or_else(|| "the program gave no message".to_owned());
        Err(match self.outcome {
            Word::Completed => {
                return Ok(Completed { result: self.result.and_then(|result| bounded(result, run)) });
            }
            Word::Transient => HandlerFailure::Transient { code: code("transient"), message, retry_after },
            Word::Unavailable => {
                HandlerFailure::Unavailable { code: code("unavailable"), message, retry_after }
            }
            Word::Permanent => HandlerFailure::Permanent { code: code("permanent"), message },
        })
    }
}

/// The work is done, so a result that is too long is left out and not a failure.
fn bounded(result: Json, run: &Run) -> Option<Json> {
    if result.as_str().len() > RESULT_BYTES_MAX {
        run.report.dropped_result(DroppedResult::TooLong);
        return None;
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::fixture::run;

    fn read_members(members: Value) -> Result<Outcome, BadAnswer> {
        let run = run("t");
        let mut answer = json!({"task_id": run.task_id, "attempt": 1});
        answer.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        read(answer.to_string().as_bytes(), &run)
    }

    #[test]
    fn each_outcome_has_its_members() {
        let completed = read_members(json!({"outcome": "completed", "result": {"a": 1}})).unwrap().unwrap();
        assert_eq!(completed.result.unwrap().as_str(), r#"{"a":1}"#);
        assert_eq!(read_members(json!({"outcome": "completed"})), Ok(Ok(Completed::default())));
        let members =
            json!({"outcome": "transient", "code": "busy", "message": "m", "retry_after_seconds": 7});
        let transient = HandlerFailure::Transient {
            code: "busy".to_owned(),
            message: "m".to_owned(),
            retry_after: Some(Duration::from_secs(7)),
        };
        assert_eq!(read_members(members), Ok(Err(transient)));
        let unavailable = read_members(json!({"outcome": "unavailable", "retry_after_seconds": 7})).unwrap();
        assert!(
            matches!(unavailable, Err(HandlerFailure::Unavailable { code, .. }) if code == "unavailable")
        );
        let permanent = read_members(json!({"outcome": "permanent", "code": "no"})).unwrap();
        assert!(matches!(permanent, Err(HandlerFailure::Permanent { code, .. }) if code == "no"));
    }

    #[test]
    fn a_result_that_is_too_long_does_not_fail_the_task() {
        let result = "x".repeat(RESULT_BYTES_MAX);
        let outcome = read_members(json!({"outcome": "completed", "result": result}));
        assert_eq!(outcome, Ok(Ok(Completed::default())));
    }

    #[test]
    fn every_other_line_is_refused() {
        for members in [
            json!({}),
            json!({"outcome": "done"}),
            json!({"outcome": "completed", "reslut": 1}),
            json!({"outcome": "transient", "retry_after_seconds": -1}),
        ] {
            assert!(matches!(read_members(members.clone()), Err(BadAnswer::NotAnAnswer(_))), "{members}");
        }
        for (members, name) in [
            (json!({"outcome": "transient", "result": 1}), "result"),
            (json!({"outcome": "completed", "code": "c"}), "code"),
            (json!({"outcome": "completed", "message": "m"}), "message"),
            (json!({"outcome": "permanent", "retry_after_seconds": 1}), "retry_after_seconds"),
        ] {
            assert_eq!(read_members(members), Err(BadAnswer::Superfluous(name)));
        }
        for members in [json!({"attempt": 2}), json!({"task_id": "0198f0c4-7d3e-7f00-8a00-000000000001"})] {
            let mut members = members;
            members["outcome"] = "completed".into();
            assert_eq!(read_members(members), Err(BadAnswer::OfAnotherTask));
        }
        assert_eq!(read(b"ready\n", &run("t")), Err(BadAnswer::NotAnAnswer(1)));
    }
}
