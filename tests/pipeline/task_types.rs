//! Types and payloads: from the request to the record and back as they were sent, and what happens to an unknown type.

use harness::{Answer, Outcome, PipelineFixture, Turn, get, post};
use serde_json::value::RawValue;
use shared::{FailureClass, Status, TaskId, TaskTypes, limits::PAYLOAD_BYTES_MAX};

fn with(members: &str) -> String {
    format!(r#"{{"title":"t","description":"d","priority":"low",{members}}}"#)
}

async fn submit(pipeline: &PipelineFixture, members: &str, key: &str) -> Answer {
    let request = post().header("Idempotency-Key", key).body(with(members).into()).unwrap();
    pipeline.send(request).await
}

fn id_in(answer: &Answer) -> TaskId {
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json()["task_id"].as_str().unwrap().parse().unwrap()
}

fn knowing(types: &str) -> TaskTypes {
    TaskTypes::read(&|_| Some(types.to_owned())).unwrap()
}

#[tokio::test]
async fn a_type_and_a_payload_stay_as_they_were_sent_until_the_task_is_completed() {
    let payload = "{ \"b\" : [1.10, 1e400,\n-0.0] , \"a\":\"\\u0000\\u00e9 é\u{7f}\u{2028}\", \"\":{} }";
    let pipeline = PipelineFixture::new();
    let answer = submit(&pipeline, &format!(r#""type":"invoice.send","payload":{payload}"#), "k").await;
    assert!(answer.json().get("sanitised").is_none());
    let task_id = id_in(&answer);
    pipeline.work_until_empty().await;
    let record = pipeline.record(task_id).await;
    assert_eq!(record.status, Status::Completed);
    assert_eq!(record.task().unwrap().payload().unwrap().as_str(), payload);
    let shown = pipeline.send(get(&format!("/tasks/{task_id}"))).await;
    let body = std::str::from_utf8(&shown.body).unwrap();
    assert!(body.contains(&format!(r#""type":"invoice.send","payload":{payload}}}"#)), "{body}");
}

#[tokio::test]
async fn a_repeated_request_is_recognised_by_the_members_and_digits_of_its_payload() {
    let pipeline = PipelineFixture::new();
    let first = id_in(&submit(&pipeline, r#""payload":{"a":1.0,"b":"/"}"#, "k").await);
    for same in [r#""payload": { "b": "\u002f", "a": 1.0 }"#, r#""type":"task","payload":{"a":1.0,"b":"/"}"#]
    {
        assert_eq!(id_in(&submit(&pipeline, same, "k").await), first);
    }
    for other in
        [r#""payload":{"a":1.00,"b":"/"}"#, r#""payload":null"#, r#""type":"a","payload":{"a":1.0,"b":"/"}"#]
    {
        assert_eq!(submit(&pipeline, other, "k").await.status, 422, "{other}");
    }
}

#[tokio::test]
async fn a_hostile_payload_is_refused_where_it_is_wrong() {
    let pipeline = PipelineFixture::new();
    let deepest = format!("/payload{}", "/0".repeat(64));
    let name = "n".repeat(60 * 1024);
    for (payload, pointer) in [
        (format!("{}{}", "[".repeat(PAYLOAD_BYTES_MAX / 2), "]".repeat(PAYLOAD_BYTES_MAX / 2)), &*deepest),
        (format!(r#"{{"a":[{{"{name}":1,"{name}":2}}]}}"#), &format!("/payload/a/0/{}…", "n".repeat(100))),
        (format!("\"{}\"", "x".repeat(PAYLOAD_BYTES_MAX - 1)), "/payload"),
        (r#"{"a":"\ud800"}"#.to_owned(), "/payload/a"),
        ("[\"\u{FFFF}\"]".to_owned(), "/payload/0"),
    ] {
        let answer = submit(&pipeline, &format!(r#""payload":{payload}"#), "k").await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.violations(), [pointer]);
        assert!(answer.body.len() < 2_000, "the echo is bounded");
    }
    for malformed in
        ["[".repeat(PAYLOAD_BYTES_MAX), "{\"a\":1,}".to_owned(), "01".to_owned(), "\u{FEFF}1".to_owned()]
    {
        let answer = submit(&pipeline, &format!(r#""payload":{malformed}"#), "k").await;
        assert_eq!((answer.status.as_u16(), answer.json()["violations"].is_null()), (400, true));
    }
    let digits = "9".repeat(10_000);
    let task_id = id_in(&submit(&pipeline, &format!(r#""payload":{digits}"#), "k").await);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.record(task_id).await.task().unwrap().payload().unwrap().as_str(), digits);
}

#[tokio::test]
async fn the_largest_request_is_accepted_and_completed() {
    let pipeline = PipelineFixture::new();
    let request = format!(
        r#"{{"title":"{}","description":"{}","priority":"low","type":"{}","payload":"{}"}}"#,
        "🦀".repeat(200),
        "🦀".repeat(10_000),
        "x".repeat(64),
        "x".repeat(PAYLOAD_BYTES_MAX - 2)
    );
    let task_id = id_in(&pipeline.send(post().body(request.into()).unwrap()).await);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn an_unknown_type_is_refused_and_the_known_ones_are_named() {
    let mut pipeline = PipelineFixture::new();
    pipeline.knowing(knowing("a,b"));
    for members in [r#""type":"c""#, r#""payload":1"#] {
        let answer = submit(&pipeline, members, "k").await;
        assert_eq!((answer.status.as_u16(), answer.violations()), (400, vec!["/type".to_owned()]));
        let message = answer.json()["violations"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("must be one of a, b"), "{message}");
    }
    id_in(&submit(&pipeline, r#""type":"b""#, "k").await);
}

/// With and without a handler, whose claim and completion are two writes or one.
#[tokio::test]
async fn a_task_whose_type_is_not_known_any_more_waits_until_it_is() {
    for pipeline in [PipelineFixture::new(), PipelineFixture::new().record_only()] {
        let task_id = id_in(&submit(&pipeline, r#""type":"a""#, "k").await);
        let behind = pipeline.post("behind").await;
        let mut changed = pipeline.clone();
        changed.settings.task_types = knowing("task");
        assert_eq!(changed.turn().await, Turn::Unacknowledged);
        let record = pipeline.record(task_id).await;
        let failure = record.last_failure().unwrap();
        assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Unavailable, "no_handler"));
        assert_eq!(pipeline.handler.calls(), []);
        assert_eq!(pipeline.status(behind).await, Status::Accepted);
        pipeline.work_until_empty().await;
        assert_eq!([pipeline.status(task_id).await, pipeline.status(behind).await], [Status::Completed; 2]);
    }
}

#[tokio::test]
async fn an_amendment_that_the_record_can_not_hold_is_refused_and_changes_nothing() {
    let pipeline = PipelineFixture::new();
    pipeline.handler.on("t", [Outcome::Permanent("no")]);
    let large = format!(r#""payload":"{}""#, "x".repeat(PAYLOAD_BYTES_MAX - 2));
    let task_id = id_in(&submit(&pipeline, &large, "k").await);
    pipeline.work_until_empty().await;
    let before = pipeline.record(task_id).await;
    assert_eq!(before.status, Status::DeadLettered);
    let amended = shared::Submission::parse(with(&large.replace('x', "y")).as_bytes()).unwrap();
    let reason = shared::Reason::parse("because").unwrap();
    let refused = pipeline.operations().amend(task_id, amended.task(), &reason).await.unwrap_err();
    assert!(refused.to_string().contains("submit a new task instead"), "{refused}");
    assert_eq!(pipeline.record(task_id).await, before);
    pipeline.amend(task_id, "without a payload").await;
    let raw: Box<RawValue> = serde_json::value::to_raw_value(&pipeline.record(task_id).await).unwrap();
    assert!(raw.get().len() > PAYLOAD_BYTES_MAX, "the original is kept");
}
