//! Batches of several messages: processing stops at the first message that isn't finished, which keeps the order.

use harness::{Outcome, PipelineFixture};
use shared::{Status, ports::Depth};

#[tokio::test]
async fn a_batch_stops_at_the_first_failure_and_returns_it_and_the_rest() {
    let pipeline = PipelineFixture::new();
    let [a, b, c, d] = pipeline.post_all(["a", "b", "c", "d"]).await;
    pipeline.handler.on("b", [Outcome::Transient("busy")]);
    let batch = pipeline.receive(10).await;
    assert_eq!(batch.len(), 4);
    assert_eq!(pipeline.process(&batch).await, batch[1..]);
    assert_eq!(pipeline.handler.task_ids(), [a, b]);
    assert_eq!(pipeline.status(a).await, Status::Completed);
    assert_eq!(pipeline.status(b).await, Status::Retrying);
    for untouched in [c, d] {
        let record = pipeline.record(untouched).await;
        assert_eq!((record.status, record.revision), (Status::Accepted, 0));
    }
}

#[tokio::test]
async fn the_rest_of_a_batch_is_redelivered_in_order_behind_the_failed_message() {
    let pipeline = PipelineFixture::new();
    let [a, b, c, d] = pipeline.post_all(["a", "b", "c", "d"]).await;
    pipeline.handler.on("b", [Outcome::Transient("busy")]);
    let batch = pipeline.receive(10).await;
    pipeline.process(&batch).await;
    assert_eq!(pipeline.receive(10).await, [], "the line waits for b");
    pipeline.clock.advance_seconds(1);
    let again = pipeline.receive(10).await;
    let places = |deliveries: &[shared::Delivery]| -> Vec<_> {
        deliveries.iter().map(|delivery| delivery.sequence_number).collect()
    };
    assert_eq!(places(&again), places(&batch[1..]));
    assert_eq!(pipeline.process(&again).await, []);
    assert_eq!(pipeline.handler.task_ids(), [a, b, b, c, d]);
    assert_eq!(pipeline.depth().await, Depth::default());
}

#[tokio::test]
async fn a_batch_without_a_failure_is_acknowledged_as_a_whole() {
    let pipeline = PipelineFixture::new();
    let task_ids = pipeline.post_all(["a", "b", "c"]).await;
    let batch = pipeline.receive(10).await;
    assert_eq!(pipeline.process(&batch).await, []);
    assert_eq!(pipeline.handler.task_ids(), task_ids);
}

#[tokio::test]
async fn a_dead_letter_is_finished_and_does_not_stop_its_batch() {
    let pipeline = PipelineFixture::new();
    let task_ids = pipeline.post_all(["a", "b", "c"]).await;
    pipeline.handler.on("b", [Outcome::Permanent("bad")]);
    let batch = pipeline.receive(10).await;
    assert_eq!(pipeline.process(&batch).await, []);
    assert_eq!(pipeline.handler.task_ids(), task_ids);
    assert_eq!(pipeline.dead_task_ids().await, [task_ids[1]]);
}

#[tokio::test]
async fn a_held_task_stops_its_batch_and_keeps_the_rest_behind_it() {
    let pipeline = PipelineFixture::holding();
    let [a, b, c] = pipeline.post_all(["a", "b", "c"]).await;
    pipeline.handler.on("b", [Outcome::Permanent("bad")]);
    let batch = pipeline.receive(10).await;
    assert_eq!(pipeline.process(&batch).await, batch[1..]);
    assert_eq!(pipeline.receive(10).await, []);
    pipeline.resume(b).await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, b, b, c]);
}

#[tokio::test]
async fn an_event_that_is_not_of_a_fifo_queue_is_refused_as_a_whole() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    let mut event = processor::sqs_event(pipeline.receive(1).await);
    event.records[0].attributes.remove("SequenceNumber");
    let invocation = processor::Invocation { request_id: "i".to_owned(), xray_trace_id: None };
    let refused = pipeline.processor().process_batch(event, &invocation).await;
    assert!(refused.is_err());
    assert_eq!(pipeline.status(task_id).await, Status::Accepted);
    assert_eq!(pipeline.handler.calls(), []);
}
