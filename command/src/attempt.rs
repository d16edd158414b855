//! An attempt that ends its program, whatever happens to the one who waits for it.

use std::{io, time::Duration};

use processor::{HandlerFailure, Outcome, Run, TaskData};
use tokio_util::sync::CancellationToken;

/// How long a program has between SIGTERM and SIGKILL; less if its attempts are short.
const GRACE_MAX: Duration = Duration::from_secs(3);

/// At most half of an attempt, so that the next one has time left after it.
pub(crate) fn grace(handler_timeout: Duration) -> Duration {
    GRACE_MAX.min(handler_timeout / 2)
}

/// Runs the attempt as a task of the runtime: it ends its program also when the processor, at the deadline, no longer waits
/// for it.
pub(crate) async fn to_its_end(attempt: impl Future<Output = Outcome> + Send + 'static) -> Outcome {
    match tokio::spawn(attempt).await {
        Ok(outcome) => outcome,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(cancelled()),
    }
}

/// Completes when the attempt is cancelled, at its deadline or before, or the pipeline stops at once.
pub(crate) async fn is_over(run: &Run, stop: &CancellationToken) {
    tokio::select! {
        () = run.cancellation.cancelled() => {}
        () = stop.cancelled() => {}
    }
}

pub(crate) fn cancelled() -> HandlerFailure {
    HandlerFailure::Transient {
        code: "cancelled".to_owned(),
        message: "the attempt was cancelled, and its program was stopped".to_owned(),
        retry_after: None,
    }
}

/// The JSON of a task, on one line with its end. A payload is kept as it was sent, and can have line breaks between its
/// values; in a string of JSON there is none.
pub(crate) fn line(run: &Run) -> Result<String, HandlerFailure> {
    let json = serde_json::to_string(&TaskData::of(run)).map_err(|_| HandlerFailure::Permanent {
        code: "unserialisable".to_owned(),
        message: "the task can't be written as JSON".to_owned(),
    })?;
    Ok(json.replace(['\n', '\r'], " ") + "\n")
}

/// The file can be missing while it is replaced, and the machine can lack memory or processes for a while.
pub(crate) fn not_started(error: &io::Error) -> HandlerFailure {
    match error.kind() {
        io::ErrorKind::ArgumentListTooLong => HandlerFailure::Permanent {
            code: "environment_too_long".to_owned(),
            message: "the system can't pass the task to a program: its environment is too long".to_owned(),
        },
        _ => HandlerFailure::Unavailable {
            code: "not_started".to_owned(),
            message: format!("the program can't be started: {error}"),
            retry_after: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::fixture::run_of;

    #[test]
    fn a_program_has_at_most_three_seconds_to_end_and_at_most_half_of_its_attempt() {
        for (timeout_seconds, expected_millis) in [(60, 3_000), (6, 3_000), (4, 2_000), (1, 500)] {
            assert_eq!(grace(Duration::from_secs(timeout_seconds)), Duration::from_millis(expected_millis));
        }
    }

    #[test]
    fn a_program_that_can_not_be_started_waits_unless_the_task_is_the_cause() {
        let too_long = not_started(&io::ErrorKind::ArgumentListTooLong.into());
        assert!(matches!(too_long, HandlerFailure::Permanent { code, .. } if code == "environment_too_long"));
        let missing = not_started(&io::ErrorKind::NotFound.into());
        assert!(matches!(missing, HandlerFailure::Unavailable { code, .. } if code == "not_started"));
    }

    #[test]
    fn a_payload_with_line_breaks_is_on_one_line() {
        let payload = "{\r\n  \"text\": \"a\\nb\",\n  \"number\": 1.50\n}";
        let run = run_of(&format!(
            r#"{{"title": "t", "description": "d", "priority": "low", "payload": {payload}}}"#
        ));
        let line = line(&run).unwrap();
        assert!(line.ends_with('\n') && line.lines().count() == 1 && line.contains("1.50"), "{line}");
        let task: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(task["payload"]["text"], "a\nb");
    }
}
