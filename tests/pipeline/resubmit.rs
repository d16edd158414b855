//! The same request again with its key: one id, one task, handled once.

use futures_util::{FutureExt, future::join};
use harness::{Answer, Fault, PipelineFixture, Step, Turn, post, task_json};
use shared::{Status, TaskId, limits::DEDUPE_SECONDS, ports::Depth};

async fn send(pipeline: &PipelineFixture, title: &str) -> Answer {
    let request = post().header("Idempotency-Key", "k");
    pipeline.send(request.body(task_json(title).into()).unwrap()).await
}

fn task_id(answer: &Answer) -> TaskId {
    assert_eq!(answer.status, 202);
    answer.json()["task_id"].as_str().unwrap().parse().unwrap()
}

/// Two answers for one task; the second is a replay.
fn assert_replayed(first: &Answer, second: &Answer) {
    assert_eq!(task_id(first), task_id(second));
    assert_eq!(first.header("idempotent-replayed"), "");
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_eq!(first.header("location"), second.header("location"));
}

const SECONDS_BETWEEN: [i64; 3] = [1, DEDUPE_SECONDS as i64 - 1, DEDUPE_SECONDS as i64 + 1];

#[tokio::test]
async fn a_request_repeated_before_its_task_is_handled_is_handled_once() {
    for seconds in SECONDS_BETWEEN {
        let pipeline = PipelineFixture::new();
        let first = send(&pipeline, "a").await;
        pipeline.clock.advance_seconds(seconds);
        let second = send(&pipeline, "a").await;
        let third = send(&pipeline, "a").await;
        assert_replayed(&first, &second);
        assert_replayed(&first, &third);
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.handler.task_ids(), [task_id(&first)], "{seconds} seconds later");
    }
}

#[tokio::test]
async fn a_repeated_request_enqueues_nothing_once_the_sequence_number_is_recorded() {
    let pipeline = PipelineFixture::new();
    let first = send(&pipeline, "a").await;
    pipeline.clock.advance_seconds(1);
    send(&pipeline, "a").await;
    pipeline.clock.advance_seconds(i64::from(DEDUPE_SECONDS) + 1);
    let third = send(&pipeline, "a").await;
    assert_replayed(&first, &third);
    assert_eq!(third.json()["sequence_number"], first.json()["sequence_number"]);
    assert_eq!(pipeline.depth().await.waiting, 1);
}

#[tokio::test]
async fn a_request_repeated_after_completion_is_not_handled_again() {
    for seconds in SECONDS_BETWEEN {
        let pipeline = PipelineFixture::new();
        let first = send(&pipeline, "a").await;
        pipeline.work_until_empty().await;
        pipeline.clock.advance_seconds(seconds);
        let second = send(&pipeline, "a").await;
        assert_replayed(&first, &second);
        assert_eq!(second.json()["status"], "completed");
        assert_eq!(pipeline.depth().await, Depth::default());
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.handler.calls().len(), 1, "{seconds} seconds later");
    }
}

#[tokio::test]
async fn a_second_message_during_the_first_run_is_acknowledged() {
    let pipeline = PipelineFixture::new();
    let first = send(&pipeline, "a").await;
    // The second request reads the record before the claim changes it, and enqueues after the window.
    pipeline.clock.advance_seconds(i64::from(DEDUPE_SECONDS) + 1);
    let worker = pipeline.clone();
    let handled = async move {
        assert_eq!(worker.turn().await, Turn::Acknowledged);
    };
    pipeline.faults.at(Step::Enqueue, 1, Fault::Before(handled.boxed()));
    let second = send(&pipeline, "a").await;
    assert_replayed(&first, &second);
    assert_eq!(pipeline.depth().await.waiting, 1);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.calls().len(), 1);
    assert_eq!(pipeline.status(task_id(&first)).await, Status::Completed);
}

#[tokio::test]
async fn a_key_with_another_payload_is_refused_and_changes_nothing() {
    let pipeline = PipelineFixture::new();
    let first = send(&pipeline, "a").await;
    let refused = send(&pipeline, "b").await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["type"], "urn:taskline:problem:key-reused");
    pipeline.work_until_empty().await;
    assert_eq!(send(&pipeline, "b").await.status, 422);
    assert_eq!(pipeline.handler.titles(), ["a"]);
    assert_replayed(&first, &send(&pipeline, "a").await);
}

#[tokio::test]
async fn spaces_and_member_order_of_the_json_do_not_change_the_fingerprint() {
    let pipeline = PipelineFixture::new();
    let bodies = [
        r#"{"title":"a","description":"b","priority":"low","due_date":"2026-01-01T12:00:00Z"}"#,
        r#"{ "due_date": "2026-01-01T13:00:00+01:00", "priority": "low", "description": "b", "title": "\u0061" }"#,
    ];
    let mut answers = Vec::new();
    for body in bodies {
        let request = post().header("Idempotency-Key", "k");
        answers.push(pipeline.send(request.body(body.into()).unwrap()).await);
        pipeline.clock.advance_seconds(1);
    }
    assert_replayed(&answers[0], &answers[1]);
}

#[tokio::test]
async fn the_same_key_of_another_caller_is_independent() {
    let pipeline = PipelineFixture::new();
    let mut other = pipeline.clone();
    other.caller = shared::Caller::parse("other").unwrap();
    let (mine, theirs) = (send(&pipeline, "a").await, send(&other, "b").await);
    assert_eq!((mine.status.as_u16(), theirs.status.as_u16()), (202, 202));
    assert_ne!(task_id(&mine), task_id(&theirs));
}

#[tokio::test]
async fn two_concurrent_requests_with_one_key_are_one_task_and_one_replay() {
    let pipeline = PipelineFixture::new();
    let clock = pipeline.clock.clone();
    let a_moment_later = async move { clock.advance_seconds(1) };
    pipeline.faults.at(Step::WriteRecord, 1, Fault::Before(a_moment_later.boxed()));
    let (one, other) = join(send(&pipeline, "a"), send(&pipeline, "a")).await;
    assert_eq!(task_id(&one), task_id(&other));
    let replayed = [&one, &other].map(|answer| answer.header("idempotent-replayed") == "true");
    assert_eq!(replayed.iter().filter(|replayed| **replayed).count(), 1);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [task_id(&one)]);
}

#[tokio::test]
async fn a_request_whose_answer_was_lost_at_any_step_can_be_repeated() {
    for seconds in SECONDS_BETWEEN {
        for step in [Step::WriteRecord, Step::Enqueue] {
            for fault in [Fault::FailBefore, Fault::FailAfter] {
                for handled_between in [false, true] {
                    let pipeline = PipelineFixture::new();
                    let lost = matches!(fault, Fault::FailAfter);
                    pipeline.faults.at(step, 1, if lost { Fault::FailAfter } else { Fault::FailBefore });
                    let refused = send(&pipeline, "a").await;
                    assert_eq!(refused.status, 503);
                    assert_eq!(refused.header("retry-after"), "5");
                    if handled_between {
                        pipeline.work_until_empty().await;
                    }
                    pipeline.clock.advance_seconds(seconds);
                    let accepted = send(&pipeline, "a").await;
                    pipeline.work_until_empty().await;
                    let case =
                        format!("{step:?}, lost: {lost}, {seconds} s, handled between: {handled_between}");
                    assert_eq!(pipeline.handler.task_ids(), [task_id(&accepted)], "{case}");
                    assert_eq!(pipeline.status(task_id(&accepted)).await, Status::Completed, "{case}");
                }
            }
        }
    }
}

/// A clock that jumped is not enough: it may be wrong.
#[tokio::test]
async fn a_clock_that_jumps_ahead_by_years_frees_no_key() {
    let pipeline = PipelineFixture::new();
    let first = send(&pipeline, "a").await;
    pipeline.work_until_empty().await;
    pipeline.clock.advance(chrono::TimeDelta::days(73 * 365));
    assert_replayed(&first, &send(&pipeline, "a").await);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.calls().len(), 1);
}

#[tokio::test]
async fn a_key_is_free_once_its_record_has_expired() {
    let pipeline = PipelineFixture::new();
    let first = send(&pipeline, "a").await;
    pipeline.work_until_empty().await;
    pipeline.clock.advance_seconds(i64::from(shared::limits::RECORD_SECONDS_KEPT) + 1);
    pipeline.delete_expired().await;
    let anew = send(&pipeline, "b").await;
    assert_eq!(anew.header("idempotent-replayed"), "");
    assert_eq!(task_id(&anew), task_id(&first));
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.titles(), ["a", "b"]);
}
