//! Tests of the Lambda handler with a function that answers as planned.

use std::{
    pin::Pin,
    sync::{Mutex, atomic::AtomicU32, atomic::Ordering},
};

use serde_json::{Value, json};
use shared::{Caller, DroppedResult, SequenceNumber, Timestamp, sanitise, validate};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::report::Report;

/// A function that answers once; without an answer it runs for ever.
struct Answers {
    answer: Mutex<Option<Result<Invoked, InvokeError>>>,
    input: Arc<Mutex<Vec<u8>>>,
    invocations: Arc<AtomicU32>,
}

impl HandlerFunction for Answers {
    fn invoke(
        &self,
        input: Vec<u8>,
    ) -> Pin<Box<dyn Future<Output = Result<Invoked, InvokeError>> + Send + '_>> {
        *self.input.lock().unwrap() = input;
        self.invocations.fetch_add(1, Ordering::Relaxed);
        match self.answer.lock().unwrap().take() {
            Some(answer) => Box::pin(std::future::ready(answer)),
            None => Box::pin(std::future::pending()),
        }
    }
}

/// A clock on which every deadline has passed, or none.
struct At(bool);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn sleep_until(&self, _at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        match self.0 {
            true => Box::pin(std::future::ready(())),
            false => Box::pin(std::future::pending()),
        }
    }
}

fn run() -> Run {
    let body = json!({"title": "Water the plants", "description": "Two cups each", "priority": "low", "payload": {"bed": "north"}});
    let task = sanitise(validate(body.to_string().as_bytes()).unwrap()).unwrap();
    Run {
        task_id: "01a21d8d-a7d8-7415-a34d-ffce84a9bcd5".parse().unwrap(),
        task,
        attempt: 3,
        generation: 1,
        sequence_number: SequenceNumber::new(7),
        submitted_by: Caller::local(),
        trace: None,
        deadline: Timestamp::UNIX_EPOCH,
        cancellation: CancellationToken::new(),
        report: Report::default(),
    }
}

struct Handled {
    outcome: Outcome,
    run: Run,
    input: Value,
    invocations: u32,
}

async fn handle(answer: Option<Result<Invoked, InvokeError>>, run: Run, is_over: bool) -> Handled {
    let (input, invocations) = (Arc::<Mutex<Vec<u8>>>::default(), Arc::<AtomicU32>::default());
    let function = Answers {
        answer: Mutex::new(answer),
        input: Arc::clone(&input),
        invocations: Arc::clone(&invocations),
    };
    let handler = FunctionHandler::new(Box::new(function), "Refused".parse().unwrap(), Arc::new(At(is_over)));
    let outcome = handler.handle(run.clone()).await;
    let input = serde_json::from_slice(&input.lock().unwrap()).unwrap();
    Handled { outcome, run, input, invocations: invocations.load(Ordering::Relaxed) }
}

fn returned(output: &str, version: &str) -> Result<Invoked, InvokeError> {
    Ok(Invoked { has_failed: false, output: output.into(), version: Some(version.to_owned()) })
}

#[tokio::test]
async fn the_function_gets_the_task_and_its_return_value_is_the_result() {
    let handled = handle(Some(returned(r#"{"paid": 1.10}"#, "17")), run(), false).await;
    assert_eq!(handled.outcome.unwrap().result.unwrap().as_str(), r#"{"paid": 1.10}"#);
    assert_eq!(handled.run.report.read().version.as_deref(), Some("17"));
    assert_eq!(handled.input, serde_json::to_value(TaskData::of(&run())).unwrap());
    assert_eq!((handled.input["attempt"].clone(), handled.invocations), (json!(3), 1));
}

#[tokio::test]
async fn the_unpublished_version_is_not_reported() {
    let handled = handle(Some(returned("null", "$LATEST")), run(), false).await;
    assert_eq!(handled.outcome, Ok(Completed { result: None }));
    assert_eq!(handled.run.report.read().version, None);
}

#[tokio::test]
async fn a_result_that_cant_be_kept_completes_the_task_nevertheless() {
    let long = format!("\"{}\"", "r".repeat(40_000));
    for (output, reason) in [("not JSON", DroppedResult::NotJson), (&long, DroppedResult::TooLong)] {
        let handled = handle(Some(returned(output, "17")), run(), false).await;
        assert_eq!(handled.outcome, Ok(Completed { result: None }));
        assert_eq!(handled.run.report.read().dropped_result, Some(reason));
    }
}

#[tokio::test]
async fn an_error_is_explained_to_operators_without_the_text_of_the_task() {
    let output = r#"{"errorType":"Refused","errorMessage":"no plants:\n'Water the plants' \u001b[31mTwo cups each {\"bed\":\"north\"}"}"#;
    let failed = Ok(Invoked { has_failed: true, output: output.into(), version: Some("17".to_owned()) });
    let handled = handle(Some(failed), run(), false).await;
    let Err(HandlerFailure::Permanent { code, message }) = handled.outcome else {
        panic!("{:?}", handled.outcome);
    };
    assert_eq!((code.as_str(), message.as_str()), ("Refused", "the function refused the task"));
    let reported = handled.run.report.read();
    assert_eq!(reported.answer.as_deref(), Some("no plants: '(redacted)' (redacted) (redacted)"));
    assert_eq!(reported.version.as_deref(), Some("17"));
}

#[tokio::test]
async fn an_error_of_the_service_is_explained_too_and_waits() {
    let denied = InvokeError::Refused {
        status: 403,
        code: "AccessDeniedException".to_owned(),
        message: "User: p is not authorized to perform: lambda:InvokeFunction".to_owned(),
        retry_after: None,
    };
    let handled = handle(Some(Err(denied)), run(), false).await;
    assert!(
        matches!(&handled.outcome, Err(HandlerFailure::Unavailable { code, .. }) if code == "access_denied")
    );
    assert!(handled.run.report.read().answer.unwrap().contains("lambda:InvokeFunction"));
}

#[tokio::test]
async fn only_a_request_that_was_not_sent_is_an_outage() {
    let handled = handle(Some(Err(InvokeError::NotSent("refused".into()))), run(), false).await;
    assert!(
        matches!(&handled.outcome, Err(HandlerFailure::Unavailable { code, .. }) if code == "unreachable")
    );
    let handled = handle(Some(Err(InvokeError::Broken("reset".into()))), run(), false).await;
    assert!(
        matches!(&handled.outcome, Err(HandlerFailure::Transient { code, .. }) if code == "connection_closed")
    );
}

#[tokio::test]
async fn the_deadline_ends_the_wait_as_an_overrun_and_the_function_is_not_invoked_again() {
    let handled = handle(None, run(), true).await;
    assert!(
        matches!(&handled.outcome, Err(HandlerFailure::Overran { code, .. }) if code == "deadline_exceeded")
    );
    assert_eq!(handled.invocations, 1);
}

#[tokio::test]
async fn a_cancelled_attempt_ends_the_wait() {
    let run = run();
    run.cancellation.cancel();
    let handled = handle(None, run, false).await;
    assert!(matches!(&handled.outcome, Err(HandlerFailure::Transient { code, .. }) if code == "cancelled"));
}
