//! Successes with JSON: it is read if it comes completely and in time, and never decides the outcome.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::oneshot;

use crate::{body::InvalidBody, fixture::*, no_answer::NoAnswer};

fn success(status: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// The JSON that came with a success.
async fn json_of(answer: impl Into<Vec<u8>>, then: AfterAnswer) -> Result<Option<String>, InvalidBody> {
    let posted = post_answered(answer, then).await;
    assert_eq!((posted.code(), posted.explanation), ("accepted".to_owned(), None));
    posted.json.map(|json| json.map(|json| json.as_str().to_owned()))
}

#[tokio::test]
async fn the_body_of_a_success_with_json_is_returned_as_it_was_sent() {
    let body = r#"{"total": 1.10, "lines": [1, 2]}"#;
    for answer in [
        success("200 OK", "application/json", body),
        success("201 Created", "application/vnd.example+json; charset=utf-8", body),
        success("202", "application/problem+json", &format!("\u{feff}{body}\r\n")),
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{body}"),
    ] {
        assert_eq!(json_of(answer, AfterAnswer::Close).await, Ok(Some(body.to_owned())));
    }
    let chunked = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n";
    assert_eq!(json_of(chunked, AfterAnswer::StayOpen).await, Ok(Some("[1,2]".to_owned())));
}

#[tokio::test]
async fn a_success_without_json_has_none_and_its_body_is_not_awaited() {
    for (answer, then) in [
        (success("200 OK", "text/plain", "7"), AfterAnswer::StayOpen),
        (success("200 OK", "application/json", ""), AfterAnswer::StayOpen),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n7".to_owned(), AfterAnswer::StayOpen),
        (success("204 No Content", "application/json", "7"), AfterAnswer::Stall),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\nok".to_owned(),
            AfterAnswer::Stall,
        ),
    ] {
        assert_eq!(json_of(answer.clone(), then).await, Ok(None), "{answer}");
    }
}

#[tokio::test]
async fn json_that_is_broken_too_long_or_incomplete_does_not_change_the_outcome() {
    let long = format!("\"{}\"", "x".repeat(JSON_BYTES_MAX));
    let endless = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[1,";
    let cut = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n[1,2]";
    let bytes_max = JSON_BYTES_MAX;
    for (answer, then, expected) in [
        (success("200 OK", "application/json", "{"), AfterAnswer::StayOpen, InvalidBody::NotJson),
        (success("200 OK", "application/json", "ok"), AfterAnswer::StayOpen, InvalidBody::NotJson),
        (
            success("200 OK", "application/json", &long),
            AfterAnswer::StayOpen,
            InvalidBody::TooLong { bytes_max },
        ),
        (endless.to_owned(), AfterAnswer::RepeatLastByte, InvalidBody::TooLong { bytes_max }),
        (cut.to_owned(), AfterAnswer::Close, InvalidBody::Incomplete),
    ] {
        assert_eq!(json_of(answer, then).await, Err(expected));
    }
}

const STALLED: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n[1,";

#[tokio::test]
async fn json_that_stalls_is_given_up_after_the_time_out() {
    let receiver = RawReceiver::that_sends(STALLED, AfterAnswer::Stall).await;
    let posted = post_to(&receiver.url(), Duration::from_secs(1)).await;
    assert_eq!((posted.code(), posted.json), ("accepted".to_owned(), Err(InvalidBody::Incomplete)));
}

#[tokio::test]
async fn json_that_stalls_is_given_up_when_the_caller_stops() {
    let receiver = RawReceiver::that_sends(STALLED, AfterAnswer::Stall).await;
    let client = client(&receiver.url(), AMPLE);
    let reply = tokio::time::timeout(PATIENCE, client.post(envelope(), never())).await.unwrap().ok().unwrap();
    let (stop, stopped) = oneshot::channel();
    let mut reading = Box::pin(client.read(reply, async { stopped.await.unwrap() }));
    assert!((&mut reading).now_or_never().is_none(), "it reads the body");
    stop.send(NoAnswer::Cancelled).unwrap();
    let answer = reading.now_or_never().expect("it stops reading");
    assert_eq!((answer.result(now()), answer.json(JSON_BYTES_MAX)), (Ok(()), Err(InvalidBody::Incomplete)));
}
