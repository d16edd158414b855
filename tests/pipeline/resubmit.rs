//! The same request again, under its key: one id, one task, handled once.

use futures_util::{FutureExt, future::join};
use harness::{Answer, Fault, PipelineFixture, Step, Turn, post, task_json};
use shared::{Status, TaskId, limits::DEDUPE_SECONDS, ports::Depth};

async fn send(bench: &PipelineFixture, title: &str) -> Answer {
    let request = post().header("Idempotency-Key", "k");
    bench.send(request.body(task_json(title).into()).unwrap()).await
}

fn task_id(answer: &Answer) -> TaskId {
    assert_eq!(answer.status, 202);
    answer.json()["task_id"].as_str().unwrap().parse().unwrap()
}

/// Two answers that mean one task, the second given as a replay.
fn assert_replayed(first: &Answer, second: &Answer) {
    assert_eq!(task_id(first), task_id(second));
    assert_eq!(first.header("idempotent-replayed"), "");
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_eq!(first.header("location"), second.header("location"));
}

const SECONDS_BETWEEN: [i64; 3] = [1, DEDUPE_SECONDS as i64 - 1, DEDUPE_SECONDS as i64 + 1];

#[tokio::test]
async fn again_before_it_is_handled_it_is_handled_once() {
    for seconds in SECONDS_BETWEEN {
        let bench = PipelineFixture::new();
        let first = send(&bench, "a").await;
        bench.clock.advance_seconds(seconds);
        let second = send(&bench, "a").await;
        let third = send(&bench, "a").await;
        assert_replayed(&first, &second);
        assert_replayed(&first, &third);
        bench.work_until_empty().await;
        assert_eq!(bench.handler.task_ids(), [task_id(&first)], "{seconds} seconds later");
    }
}

#[tokio::test]
async fn once_it_is_noted_where_it_waits_no_further_request_makes_a_message() {
    let bench = PipelineFixture::new();
    let first = send(&bench, "a").await;
    bench.clock.advance_seconds(1);
    send(&bench, "a").await;
    bench.clock.advance_seconds(i64::from(DEDUPE_SECONDS) + 1);
    let third = send(&bench, "a").await;
    assert_replayed(&first, &third);
    assert_eq!(third.json()["sequence_number"], first.json()["sequence_number"]);
    assert_eq!(bench.depth().await.waiting, 1);
}

#[tokio::test]
async fn again_after_it_completed_it_is_not_handled_again() {
    for seconds in SECONDS_BETWEEN {
        let bench = PipelineFixture::new();
        let first = send(&bench, "a").await;
        bench.work_until_empty().await;
        bench.clock.advance_seconds(seconds);
        let second = send(&bench, "a").await;
        assert_replayed(&first, &second);
        assert_eq!(second.json()["status"], "completed");
        assert_eq!(bench.depth().await, Depth::default());
        bench.work_until_empty().await;
        assert_eq!(bench.handler.calls().len(), 1, "{seconds} seconds later");
    }
}

#[tokio::test]
async fn again_while_its_first_message_is_handled_a_second_message_is_acknowledged() {
    let bench = PipelineFixture::new();
    let first = send(&bench, "a").await;
    // The second request reads the record before the claim changes it and enqueues after the window.
    bench.clock.advance_seconds(i64::from(DEDUPE_SECONDS) + 1);
    let worker = bench.clone();
    let handled = async move {
        assert_eq!(worker.turn().await, Turn::Acknowledged);
    };
    bench.faults.at(Step::Enqueue, 1, Fault::Before(handled.boxed()));
    let second = send(&bench, "a").await;
    assert_replayed(&first, &second);
    assert_eq!(bench.depth().await.waiting, 1);
    bench.work_until_empty().await;
    assert_eq!(bench.handler.calls().len(), 1);
    assert_eq!(bench.status(task_id(&first)).await, Status::Completed);
}

#[tokio::test]
async fn with_another_payload_the_key_is_refused_and_nothing_changes() {
    let bench = PipelineFixture::new();
    let first = send(&bench, "a").await;
    let refused = send(&bench, "b").await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["type"], "urn:taskline:problem:key-reused");
    bench.work_until_empty().await;
    assert_eq!(send(&bench, "b").await.status, 422);
    assert_eq!(bench.handler.titles(), ["a"]);
    assert_replayed(&first, &send(&bench, "a").await);
}

#[tokio::test]
async fn spaces_and_order_of_the_json_do_not_make_another_payload() {
    let bench = PipelineFixture::new();
    let bodies = [
        r#"{"title":"a","description":"b","priority":"low","due_date":"2026-01-01T12:00:00Z"}"#,
        r#"{ "due_date": "2026-01-01T13:00:00+01:00", "priority": "low", "description": "b", "title": "\u0061" }"#,
    ];
    let mut answers = Vec::new();
    for body in bodies {
        let request = post().header("Idempotency-Key", "k");
        answers.push(bench.send(request.body(body.into()).unwrap()).await);
        bench.clock.advance_seconds(1);
    }
    assert_replayed(&answers[0], &answers[1]);
}

#[tokio::test]
async fn the_same_key_of_another_caller_is_another_key() {
    let bench = PipelineFixture::new();
    let mut other = bench.clone();
    other.caller = shared::Caller::parse("other").unwrap();
    let (mine, theirs) = (send(&bench, "a").await, send(&other, "b").await);
    assert_eq!((mine.status.as_u16(), theirs.status.as_u16()), (202, 202));
    assert_ne!(task_id(&mine), task_id(&theirs));
}

#[tokio::test]
async fn two_requests_at_once_are_one_task_and_one_is_a_replay() {
    let bench = PipelineFixture::new();
    let clock = bench.clock.clone();
    let a_moment_later = async move { clock.advance_seconds(1) };
    bench.faults.at(Step::WriteRecord, 1, Fault::Before(a_moment_later.boxed()));
    let (one, other) = join(send(&bench, "a"), send(&bench, "a")).await;
    assert_eq!(task_id(&one), task_id(&other));
    let replayed = [&one, &other].map(|answer| answer.header("idempotent-replayed") == "true");
    assert_eq!(replayed.iter().filter(|replayed| **replayed).count(), 1);
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [task_id(&one)]);
}

#[tokio::test]
async fn a_request_whose_answer_was_lost_at_any_step_is_safe_to_send_again() {
    for seconds in SECONDS_BETWEEN {
        for step in [Step::WriteRecord, Step::Enqueue] {
            for fault in [Fault::FailBefore, Fault::FailAfter] {
                for handled_between in [false, true] {
                    let bench = PipelineFixture::new();
                    let lost = matches!(fault, Fault::FailAfter);
                    bench.faults.at(step, 1, if lost { Fault::FailAfter } else { Fault::FailBefore });
                    let refused = send(&bench, "a").await;
                    assert_eq!(refused.status, 503);
                    assert_eq!(refused.header("retry-after"), "5");
                    if handled_between {
                        bench.work_until_empty().await;
                    }
                    bench.clock.advance_seconds(seconds);
                    let accepted = send(&bench, "a").await;
                    bench.work_until_empty().await;
                    let case =
                        format!("{step:?}, lost: {lost}, {seconds} s, handled between: {handled_between}");
                    assert_eq!(bench.handler.task_ids(), [task_id(&accepted)], "{case}");
                    assert_eq!(bench.status(task_id(&accepted)).await, Status::Completed, "{case}");
                }
            }
        }
    }
}

/// A clock that says so is not enough: it may be wrong.
#[tokio::test]
async fn a_clock_that_steps_ahead_by_years_frees_no_key() {
    let bench = PipelineFixture::new();
    let first = send(&bench, "a").await;
    bench.work_until_empty().await;
    bench.clock.advance(chrono::TimeDelta::days(73 * 365));
    assert_replayed(&first, &send(&bench, "a").await);
    bench.work_until_empty().await;
    assert_eq!(bench.handler.calls().len(), 1);
}

#[tokio::test]
async fn once_the_record_expired_the_key_is_free_for_anything() {
    let bench = PipelineFixture::new();
    let first = send(&bench, "a").await;
    bench.work_until_empty().await;
    bench.clock.advance_seconds(i64::from(shared::limits::RECORD_SECONDS_KEPT) + 1);
    bench.delete_expired().await;
    let anew = send(&bench, "b").await;
    assert_eq!(anew.header("idempotent-replayed"), "");
    assert_eq!(task_id(&anew), task_id(&first));
    bench.work_until_empty().await;
    assert_eq!(bench.handler.titles(), ["a", "b"]);
}
