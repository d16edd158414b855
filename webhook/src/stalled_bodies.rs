//! Refusals whose body never ends: their head counts nevertheless.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::oneshot;

use crate::{fixture::*, no_answer::NoAnswer, post_failure::PostFailure};

const BUSY: &str =
    "HTTP/1.1 503 Later\r\nRetry-After: 30\r\nTaskline-Handler-Version: v9\r\nContent-Length: 99\r\n\r\nbusy";

fn asks_to_wait(result: &Result<(), PostFailure>) -> bool {
    let Err(PostFailure::Unavailable { code, retry_after, .. }) = result else { return false };
    code == "http_503" && *retry_after == Some(Duration::from_secs(30))
}

#[tokio::test]
async fn the_whole_head_counts_if_the_body_takes_longer_than_the_time_out() {
    let receiver = RawReceiver::that_sends(BUSY, AfterAnswer::Stall).await;
    let busy = async {
        loop {
            let posted = post_to(&receiver.url(), Duration::from_millis(500)).await;
            // A slow machine may not get the head in time.
            if !matches!(posted.code().as_str(), "transient timed_out" | "unavailable connect_timed_out") {
                return posted;
            }
        }
    };
    let posted = tokio::time::timeout(PATIENCE, busy).await.unwrap();
    assert!(asks_to_wait(&posted.result), "{posted:?}");
    assert_eq!((posted.version.as_deref(), posted.explanation.as_deref()), (Some("v9"), Some("busy")));
}

#[tokio::test]
async fn the_whole_head_counts_if_the_caller_stops_while_the_body_stalls() {
    let receiver = RawReceiver::that_sends(BUSY, AfterAnswer::Stall).await;
    let client = client(&receiver.url(), AMPLE);
    let posting = tokio::time::timeout(PATIENCE, client.post(envelope(), never())).await;
    let reply = posting.unwrap().ok().unwrap();
    assert_eq!(reply.handler_version().as_deref(), Some("v9"));
    let (stop, stopped) = oneshot::channel();
    let mut reading = Box::pin(client.read(reply, async { stopped.await.unwrap() }));
    assert!((&mut reading).now_or_never().is_none(), "it reads the body");
    stop.send(NoAnswer::Cancelled).unwrap();
    let answer = reading.now_or_never().expect("it stops reading");
    let result = answer.result(now());
    assert!(asks_to_wait(&result), "{result:?}");
}
