//! Refusals whose body never ends: what their head says counts all the same.

use std::time::Duration;

use super::{fixture::*, *};
use crate::report::Reported;

const BUSY: &str =
    "HTTP/1.1 503 Later\r\nRetry-After: 30\r\nTaskline-Handler-Version: v9\r\nContent-Length: 99\r\n\r\nbusy";

fn is_told_to_wait(outcome: Result<(), HandlerFailure>) -> bool {
    let Err(HandlerFailure::Transient { code, retry_after, .. }) = outcome else { return false };
    code == "http_503" && retry_after == Some(Duration::from_secs(30))
}

#[tokio::test]
async fn the_head_counts_whole_when_the_body_outlasts_the_time_out() {
    let receiver = RawReceiver::that_says(BUSY, Then::Hang).await;
    let busy = async {
        loop {
            let run = run();
            let handler = handler(&receiver.url(), Duration::from_millis(500), TestClock::new());
            let outcome = outcome_by(&handler, run.clone()).await;
            // A slow machine may not have had the head in time.
            if outcome != Err(HandlerFailure::from(&Unanswered::TimedOut)) {
                return (outcome, run.report.read());
            }
        }
    };
    let (outcome, reported) = tokio::time::timeout(PATIENCE, busy).await.unwrap();
    assert!(is_told_to_wait(outcome.clone()), "{outcome:?}");
    assert_eq!(reported, Reported { version: Some("v9".into()), answer: Some("busy".into()) });
}

/// What a handler makes of a run that is given up this way while the body hangs.
async fn given_up_in_the_body(give_up: impl FnOnce(&TestClock, &Run)) -> (Result<(), HandlerFailure>, Run) {
    let receiver = RawReceiver::that_says(BUSY, Then::Hang).await;
    let clock = TestClock::new();
    let handler = handler(&receiver.url(), AMPLE, clock.clone());
    let run = run();
    let mut handling = handler.handle(run.clone());
    // The version is reported with the head.
    let heading = async {
        while run.report.read().version.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        outcome = &mut handling => panic!("the body is not waited for: {outcome:?}"),
        head = tokio::time::timeout(PATIENCE, heading) => head.unwrap(),
    }
    give_up(&clock, &run);
    (handling.now_or_never().expect("the body is waited for no longer"), run)
}

#[tokio::test]
async fn the_head_counts_whole_when_the_deadline_comes_in_the_body() {
    let (outcome, run) = given_up_in_the_body(|clock, run| clock.move_to(run.deadline)).await;
    assert!(is_told_to_wait(outcome.clone()), "{outcome:?}");
    assert_eq!(run.report.read().version.as_deref(), Some("v9"));
}

#[tokio::test]
async fn the_head_counts_whole_when_a_cancellation_comes_in_the_body() {
    let (outcome, run) = given_up_in_the_body(|_, run| run.cancellation.cancel()).await;
    assert!(is_told_to_wait(outcome.clone()), "{outcome:?}");
    assert_eq!(run.report.read().version.as_deref(), Some("v9"));
}
