//! cancel: a submitter takes back a task that has not begun; a task that has begun goes on.

use futures_util::FutureExt;
use harness::{Answer, Fault, Outage, Outcome, PipelineFixture, Step, Turn, delete, get};
use shared::{AuditAction, Caller, Status, TaskId, limits::DEDUPE_SECONDS};

async fn cancel(bench: &PipelineFixture, task_id: TaskId) -> Answer {
    bench.send(delete(task_id)).await
}

#[tokio::test]
async fn a_cancelled_task_is_not_handled_and_its_message_is_acknowledged() {
    let bench = PipelineFixture::new();
    let [a, b, c] = bench.post_all(["a", "b", "c"]).await;
    let answer = cancel(&bench, b).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["status"], "discarded");
    assert_eq!(answer.json()["reason"], "cancelled before it began");
    assert_eq!(bench.turn().await, Turn::Acknowledged);
    assert_eq!(bench.turn().await, Turn::Acknowledged, "the cancelled one");
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [a, c]);
    let record = bench.record(b).await;
    assert_eq!((record.status, record.attempt), (Status::Discarded, 0));
    assert_eq!((record.audit[0].action, record.audit[0].by.as_str()), (AuditAction::Cancel, "local"));
    assert_eq!(bench.dead_letters().await.len(), 0);
}

#[tokio::test]
async fn cancelled_again_it_is_answered_the_same_and_nothing_is_written() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    let first = cancel(&bench, task_id).await;
    bench.clock.advance_seconds(1);
    bench.faults.outage(Step::WriteRecord, Outage::NothingGetsThrough);
    let second = cancel(&bench, task_id).await;
    assert_eq!((second.status, second.json()), (first.status, first.json()));
}

#[tokio::test]
async fn a_task_that_has_begun_is_not_cancelled_whatever_became_of_it() {
    let bench = PipelineFixture::new();
    let [completed, dead, retrying] = bench.post_all(["a", "b", "c"]).await;
    bench.handler.on("b", [Outcome::Permanent("bad")]);
    bench.handler.on("c", [Outcome::Transient("busy")]);
    for _ in 0..3 {
        bench.turn().await;
    }
    let redriven = bench.record(dead).await;
    for (task_id, status) in [(completed, "completed"), (dead, "dead_lettered"), (retrying, "retrying")] {
        let before = bench.record(task_id).await;
        let answer = cancel(&bench, task_id).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (409.try_into().unwrap(), "application/problem+json")
        );
        assert_eq!(answer.json()["type"], "urn:taskline:problem:has-begun");
        assert!(answer.json()["detail"].as_str().unwrap().contains(status));
        assert_eq!(bench.record(task_id).await, before);
    }
    bench.redrive(dead).await;
    assert_eq!(cancel(&bench, dead).await.status, 409, "its handler may have done something before");
    bench.work_until_empty().await;
    assert_eq!(bench.status(dead).await, Status::Completed);
    assert!(bench.record(dead).await.revision > redriven.revision);
}

#[tokio::test]
async fn nobody_elses_task_is_cancelled_or_known() {
    let mut bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.caller = Caller::parse("bob").unwrap();
    assert_eq!(cancel(&bench, task_id).await.status, 404);
    bench.enqueue_raw("{", "d").await;
    bench.work_until_empty().await;
    bench.caller = Caller::unknown();
    assert_eq!(cancel(&bench, TaskId::of_undecodable_body("{")).await.status, 404);
    assert_eq!(bench.status(task_id).await, Status::Completed);
}

/// Either the cancel or the claim is made: never a task that was told to be cancelled and runs, never one that neither
/// runs nor is cancelled.
#[tokio::test]
async fn of_a_cancel_and_a_claim_at_the_same_time_one_is_made() {
    for after in [false, true] {
        let bench = PipelineFixture::new();
        let task_id = bench.post("a").await;
        let submitter = bench.clone();
        let cancelled = async move { drop(cancel(&submitter, task_id).await) }.boxed();
        let fault = if after { Fault::After(cancelled) } else { Fault::Before(cancelled) };
        bench.faults.at(Step::WriteRecord, 1, fault);
        bench.work_until_empty().await;
        let expected = if after { (Status::Completed, 1) } else { (Status::Discarded, 0) };
        assert_eq!((bench.status(task_id).await, bench.handler.calls().len()), expected, "after: {after}");
    }
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    let processor = bench.clone();
    let claims = async move {
        assert_eq!(processor.turn().await, Turn::Acknowledged);
    };
    bench.faults.at(Step::WriteRecord, 1, Fault::Before(claims.boxed()));
    assert_eq!(cancel(&bench, task_id).await.status, 409);
    assert_eq!(bench.handler.task_ids(), [task_id]);
}

#[tokio::test]
async fn the_request_sent_again_under_its_key_does_not_undo_a_cancel() {
    for seconds in [1, i64::from(DEDUPE_SECONDS) + 1] {
        let bench = PipelineFixture::new();
        let task_id = bench.submit("a", Some("k")).await.unwrap().task_id;
        cancel(&bench, task_id).await;
        bench.clock.advance_seconds(seconds);
        let again = bench.submit("a", Some("k")).await.unwrap();
        assert_eq!((again.task_id, again.status, again.replayed), (task_id, Status::Discarded, true));
        bench.work_until_empty().await;
        assert_eq!(bench.handler.calls().len(), 0, "{seconds} seconds later");
    }
}

#[tokio::test]
async fn a_request_that_is_enqueued_again_while_it_is_cancelled_does_not_undo_that() {
    let bench = PipelineFixture::new();
    let task_id = bench.submit("a", Some("k")).await.unwrap().task_id;
    bench.clock.advance_seconds(i64::from(DEDUPE_SECONDS) + 1);
    let submitter = bench.clone();
    let cancelled = async move { assert_eq!(cancel(&submitter, task_id).await.status, 200) };
    bench.faults.at(Step::Enqueue, 1, Fault::Before(cancelled.boxed()));
    assert!(bench.submit("a", Some("k")).await.unwrap().replayed);
    assert_eq!(bench.depth().await.waiting, 2, "the request's second message");
    bench.work_until_empty().await;
    assert_eq!((bench.status(task_id).await, bench.handler.calls().len()), (Status::Discarded, 0));
}

#[tokio::test]
async fn a_cancel_that_can_not_be_written_is_503_and_safe_to_send_again() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    bench.faults.outage(Step::WriteRecord, Outage::NothingGetsThrough);
    let answer = cancel(&bench, task_id).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503.try_into().unwrap(), "5"));
    assert_eq!(bench.status(task_id).await, Status::Accepted);
}

#[tokio::test]
async fn a_view_says_why_a_task_stands_as_it_does() {
    let bench = PipelineFixture::new();
    let [fine, dead, panicked] = bench.post_all(["a", "b", "c"]).await;
    bench.handler.on("b", [Outcome::Permanent("bad")]);
    bench.handler.on("c", [Outcome::Panic]);
    for _ in 0..3 {
        bench.turn().await;
    }
    let view = async |task_id| bench.send(get(&format!("/tasks/{task_id}"))).await.json();
    assert_eq!(view(fine).await["reason"], serde_json::Value::Null);
    assert_eq!(view(dead).await["reason"], "bad: said bad");
    assert!(!view(panicked).await["reason"].as_str().unwrap().contains("script"), "no insides");
    bench.discard(dead).await;
    assert_eq!(view(dead).await["reason"], "given up by an operator", "not in the operator's words");
}
