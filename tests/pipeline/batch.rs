//! Batches larger than one: the order is kept by stopping at the first that is not at its end.

use harness::{Outcome, PipelineFixture};
use shared::{Status, ports::Depth};

#[tokio::test]
async fn a_batch_stops_at_the_first_failure_and_returns_it_and_the_rest() {
    let bench = PipelineFixture::new();
    let [a, b, c, d] = bench.post_all(["a", "b", "c", "d"]).await;
    bench.handler.on("b", [Outcome::Transient("busy")]);
    let batch = bench.receive(10).await;
    assert_eq!(batch.len(), 4);
    assert_eq!(bench.process(&batch).await, batch[1..]);
    assert_eq!(bench.handler.task_ids(), [a, b]);
    assert_eq!(bench.status(a).await, Status::Completed);
    assert_eq!(bench.status(b).await, Status::Retrying);
    for untouched in [c, d] {
        let record = bench.record(untouched).await;
        assert_eq!((record.status, record.revision), (Status::Accepted, 0));
    }
}

#[tokio::test]
async fn on_the_next_receive_the_rest_comes_in_its_order_behind_the_one_that_failed() {
    let bench = PipelineFixture::new();
    let [a, b, c, d] = bench.post_all(["a", "b", "c", "d"]).await;
    bench.handler.on("b", [Outcome::Transient("busy")]);
    let batch = bench.receive(10).await;
    bench.process(&batch).await;
    assert_eq!(bench.receive(10).await, [], "the line waits for b");
    bench.clock.advance_seconds(1);
    let again = bench.receive(10).await;
    let places = |deliveries: &[shared::Delivery]| -> Vec<_> {
        deliveries.iter().map(|delivery| delivery.sequence_number).collect()
    };
    assert_eq!(places(&again), places(&batch[1..]));
    assert_eq!(bench.process(&again).await, []);
    assert_eq!(bench.handler.task_ids(), [a, b, b, c, d]);
    assert_eq!(bench.depth().await, Depth::default());
}

#[tokio::test]
async fn a_batch_without_a_failure_is_done_as_a_whole() {
    let bench = PipelineFixture::new();
    let task_ids = bench.post_all(["a", "b", "c"]).await;
    let batch = bench.receive(10).await;
    assert_eq!(bench.process(&batch).await, []);
    assert_eq!(bench.handler.task_ids(), task_ids);
}

#[tokio::test]
async fn a_dead_letter_is_at_its_end_and_does_not_stop_its_batch() {
    let bench = PipelineFixture::new();
    let task_ids = bench.post_all(["a", "b", "c"]).await;
    bench.handler.on("b", [Outcome::Permanent("bad")]);
    let batch = bench.receive(10).await;
    assert_eq!(bench.process(&batch).await, []);
    assert_eq!(bench.handler.task_ids(), task_ids);
    assert_eq!(bench.dead_task_ids().await, [task_ids[1]]);
}

#[tokio::test]
async fn a_held_task_stops_its_batch_and_keeps_the_rest_behind_it() {
    let bench = PipelineFixture::holding();
    let [a, b, c] = bench.post_all(["a", "b", "c"]).await;
    bench.handler.on("b", [Outcome::Permanent("bad")]);
    let batch = bench.receive(10).await;
    assert_eq!(bench.process(&batch).await, batch[1..]);
    assert_eq!(bench.receive(10).await, []);
    bench.resume(b).await;
    bench.work_until_empty().await;
    assert_eq!(bench.handler.task_ids(), [a, b, b, c]);
}

#[tokio::test]
async fn an_event_that_is_not_of_a_fifo_queue_is_refused_as_a_whole() {
    let bench = PipelineFixture::new();
    let task_id = bench.post("a").await;
    let mut event = processor::sqs_event(bench.receive(1).await);
    event.records[0].attributes.remove("SequenceNumber");
    let invocation = processor::Invocation { request_id: "i".to_owned(), xray_trace_id: None };
    let refused = bench.processor().process_batch(event, &invocation).await;
    assert!(refused.is_err());
    assert_eq!(bench.status(task_id).await, Status::Accepted);
    assert_eq!(bench.handler.calls(), []);
}
