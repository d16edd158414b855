//! Accept: the order of its writes, and what happens to a task whose accept was interrupted.

use futures_util::FutureExt;
use harness::{Fault, PipelineFixture, Step, Turn, post, task_json};
use shared::{
    Status,
    ports::{Depth, TaskRecords},
};

const ONE_WAITS: Depth = Depth { waiting: 1, in_flight: 0 };

#[tokio::test]
async fn an_accept_without_a_key_enqueues_while_it_writes_the_record() {
    let pipeline = PipelineFixture::new();
    pipeline.faults.at(Step::WriteRecord, 1, Fault::CrashBefore);
    assert!(pipeline.submit_until_crash("a", None).await);
    assert_eq!(pipeline.depth().await, ONE_WAITS);
}

#[tokio::test]
async fn an_accept_without_a_key_writes_the_record_while_it_enqueues() {
    let pipeline = PipelineFixture::new();
    pipeline.faults.at(Step::Enqueue, 1, Fault::CrashBefore);
    assert!(pipeline.submit_until_crash("a", None).await);
    let page = pipeline.records().all(None, 10).await.unwrap();
    assert_eq!(page.records.len(), 1);
}

#[tokio::test]
async fn an_accept_with_a_key_writes_the_record_before_it_enqueues() {
    let pipeline = PipelineFixture::new();
    pipeline.faults.at(Step::WriteRecord, 1, Fault::CrashBefore);
    assert!(pipeline.submit_until_crash("a", Some("k")).await);
    assert_eq!(pipeline.depth().await, Depth::default());
    pipeline.submit("a", Some("k")).await.unwrap();
    assert_eq!(pipeline.faults.steps(), [Step::WriteRecord, Step::WriteRecord, Step::Enqueue]);
}

#[tokio::test]
async fn a_message_that_is_handled_before_its_record_is_written_is_still_answered_202() {
    let pipeline = PipelineFixture::new();
    let overtaking = pipeline.clone();
    let handled_before_the_write = async move {
        harness::eventually(|| overtaking.turn(), |turn| *turn == Turn::Acknowledged).await;
    };
    pipeline.faults.at(Step::WriteRecord, 1, Fault::Before(handled_before_the_write.boxed()));
    let answer = pipeline.send(post().body(task_json("a").into()).unwrap()).await;
    assert_eq!(answer.status, 202);
    let task_id = answer.json()["task_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
    assert_eq!(pipeline.handler.task_ids(), [task_id]);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [task_id]);
}

#[tokio::test]
async fn a_claim_creates_the_same_record_as_the_api() {
    let pipeline = PipelineFixture::new();
    let with_record = pipeline.post("a").await;
    pipeline.faults.at(Step::WriteRecord, 1, Fault::FailBefore);
    let without_record = pipeline.post("a").await;
    assert_eq!(pipeline.find(without_record).await, None);
    pipeline.work_until_empty().await;
    let (one, mut other) = (pipeline.record(with_record).await, pipeline.record(without_record).await);
    assert_eq!((one.status, other.status), (Status::Completed, Status::Completed));
    other.task_id = one.task_id;
    other.sequence_number = one.sequence_number;
    other.first_sequence_number = one.first_sequence_number;
    other.claimed_by.clone_from(&one.claimed_by);
    assert_eq!(other, one);
}

#[tokio::test]
async fn a_task_whose_record_write_failed_is_accepted_by_its_message_alone() {
    for fault in [Fault::FailBefore, Fault::FailAfter] {
        let pipeline = PipelineFixture::new();
        pipeline.faults.at(Step::WriteRecord, 1, fault);
        let task_id = pipeline.post("a").await;
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.status(task_id).await, Status::Completed);
        assert_eq!(pipeline.handler.task_ids(), [task_id]);
    }
}

#[tokio::test]
async fn a_task_whose_enqueue_failed_is_never_handled_even_if_its_message_arrived() {
    for fault in [Fault::FailBefore, Fault::FailAfter] {
        let pipeline = PipelineFixture::new();
        pipeline.faults.at(Step::Enqueue, 1, fault);
        assert!(pipeline.submit("a", None).await.is_err());
        let task_id = pipeline.post("a").await;
        pipeline.work_until_empty().await;
        assert_eq!(pipeline.handler.task_ids(), [task_id], "only tasks that were answered with 202");
        let page = pipeline.records().all(None, 10).await.unwrap();
        let given_up: Vec<_> =
            page.records.iter().filter(|record| record.status == Status::Discarded).collect();
        assert_eq!(given_up.len(), 1);
        assert_eq!(given_up[0].audit.len(), 1, "with the reason");
    }
}

#[tokio::test]
async fn a_task_that_began_before_its_enqueue_seemed_to_fail_keeps_running() {
    let pipeline = PipelineFixture::new();
    pipeline.faults.at(Step::Enqueue, 1, Fault::FailAfter);
    let overtaking = pipeline.clone();
    let handled_meanwhile = async move {
        assert_eq!(overtaking.turn().await, Turn::Acknowledged);
    };
    // The second write is the abandonment or, within the turn, the third.
    pipeline.faults.at(Step::WriteRecord, 2, Fault::Before(handled_meanwhile.boxed()));
    assert!(pipeline.submit("a", None).await.is_err());
    let page = pipeline.records().all(None, 10).await.unwrap();
    assert_eq!(page.records.len(), 1);
    assert_eq!(page.records[0].status, Status::Completed);
}

#[tokio::test]
async fn two_equal_requests_without_a_key_are_two_tasks() {
    let pipeline = PipelineFixture::new();
    let [first, second] = pipeline.post_all(["a", "a"]).await;
    assert_ne!(first, second);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [first, second]);
}
