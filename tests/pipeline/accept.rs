//! accept: what is made in which order, and what becomes of a task whose accept was interrupted.

use futures_util::FutureExt;
use harness::{Fault, PipelineFixture, Step, Turn, post, task_json};
use shared::{
    Status,
    ports::{Depth, TaskRecords},
};

const ONE_WAITS: Depth = Depth { waiting: 1, in_flight: 0 };

#[tokio::test]
async fn a_fresh_accept_does_not_wait_for_the_record_to_make_the_message() {
    let bench = PipelineFixture::new();
    bench.faults.at(Step::WriteRecord, 1, Fault::CrashBefore);
    assert!(bench.submit_until_crash("a", None).await);
    assert_eq!(bench.depth().await, ONE_WAITS);
}

#[tokio::test]
async fn a_fresh_accept_does_not_wait_for_the_message_to_make_the_record() {
    let bench = PipelineFixture::new();
    bench.faults.at(Step::Enqueue, 1, Fault::CrashBefore);
    assert!(bench.submit_until_crash("a", None).await);
    let page = bench.records().all(None, 10).await.unwrap();
    assert_eq!(page.records.len(), 1);
}

#[tokio::test]
async fn an_accept_under_a_key_records_it_before_anything_is_in_the_line() {
    let bench = PipelineFixture::new();
    bench.faults.at(Step::WriteRecord, 1, Fault::CrashBefore);
    assert!(bench.submit_until_crash("a", Some("k")).await);
    assert_eq!(bench.depth().await, Depth::default());
    bench.submit("a", Some("k")).await.unwrap();
    assert_eq!(bench.faults.steps(), [Step::WriteRecord, Step::WriteRecord, Step::Enqueue]);
}

#[tokio::test]
async fn a_message_may_overtake_the_record_and_the_answer_is_still_202() {
    let bench = PipelineFixture::new();
    let overtaking = bench.clone();
    let handled_before_the_write = async move {
        harness::eventually(|| overtaking.turn(), |turn| *turn == Turn::Acknowledged).await;
    };
    bench.faults.at(Step::WriteRecord, 1, Fault::Before(handled_before_the_write.boxed()));
    let answer = bench.send(post().body(task_json("a").into()).unwrap()).await;
    assert_eq!(answer.status, 202);
    let task_id = answer.json()["task_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(bench.status(task_id).await, Status::Completed);
    assert_eq!(bench.handler.task_ids(), [task_id]);
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [task_id]);
}

#[tokio::test]
async fn a_claim_makes_the_very_record_that_the_api_would_have_written() {
    let bench = PipelineFixture::new();
    let with_record = bench.post("a").await;
    bench.faults.at(Step::WriteRecord, 1, Fault::FailBefore);
    let without_record = bench.post("a").await;
    assert_eq!(bench.find(without_record).await, None);
    bench.work_until_empty().await;
    let (one, mut other) = (bench.record(with_record).await, bench.record(without_record).await);
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
        let bench = PipelineFixture::new();
        bench.faults.at(Step::WriteRecord, 1, fault);
        let task_id = bench.post("a").await;
        bench.work_until_empty().await;
        assert_eq!(bench.status(task_id).await, Status::Completed);
        assert_eq!(bench.handler.task_ids(), [task_id]);
    }
}

#[tokio::test]
async fn a_fresh_task_whose_enqueue_failed_is_never_handled_even_if_its_message_got_through() {
    for fault in [Fault::FailBefore, Fault::FailAfter] {
        let bench = PipelineFixture::new();
        bench.faults.at(Step::Enqueue, 1, fault);
        assert!(bench.submit("a", None).await.is_err());
        let task_id = bench.post("a").await;
        bench.work_until_empty().await;
        assert_eq!(bench.handler.task_ids(), [task_id], "only what was answered with 202");
        let page = bench.records().all(None, 10).await.unwrap();
        let given_up: Vec<_> =
            page.records.iter().filter(|record| record.status == Status::Discarded).collect();
        assert_eq!(given_up.len(), 1);
        assert_eq!(given_up[0].audit.len(), 1, "and it says why");
    }
}

#[tokio::test]
async fn a_fresh_task_that_began_before_its_enqueue_seemed_to_fail_is_left_to_its_run() {
    let bench = PipelineFixture::new();
    bench.faults.at(Step::Enqueue, 1, Fault::FailAfter);
    let overtaking = bench.clone();
    let handled_meanwhile = async move {
        assert_eq!(overtaking.turn().await, Turn::Acknowledged);
    };
    // The second write is the abandonment, or, within the turn, the third.
    bench.faults.at(Step::WriteRecord, 2, Fault::Before(handled_meanwhile.boxed()));
    assert!(bench.submit("a", None).await.is_err());
    let page = bench.records().all(None, 10).await.unwrap();
    assert_eq!(page.records.len(), 1);
    assert_eq!(page.records[0].status, Status::Completed);
}

#[tokio::test]
async fn two_requests_without_a_key_are_two_tasks_even_if_equal() {
    let bench = PipelineFixture::new();
    let [first, second] = bench.post_all(["a", "a"]).await;
    assert_ne!(first, second);
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [first, second]);
}
