//! Order (promise P1): tasks are handled in the order in which they were accepted, for any number of clients and at any
//! rate.

use std::sync::Arc;

use futures_util::future::join_all;
use harness::{Outcome, PipelineFixture, ScriptedHandler, TestPipeline};
use shared::Status;

#[tokio::test]
async fn tasks_are_handled_in_the_order_in_which_they_were_accepted() {
    let pipeline = PipelineFixture::new();
    let task_ids = pipeline.post_all(["a", "b", "c", "d"]).await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), task_ids);
    let mut places = Vec::new();
    for task_id in task_ids {
        places.push(pipeline.record(task_id).await.sequence_number.unwrap());
    }
    assert!(places.is_sorted());
}

#[tokio::test]
async fn tasks_of_eight_concurrent_clients_are_handled_in_the_order_of_their_sequence_numbers() {
    let handler = ScriptedHandler::default();
    // Some fail first, so that the line also waits and retries.
    for title in ["1-3", "4-7", "7-24"] {
        handler.on(title, [Outcome::Transient("busy"), Outcome::Panic]);
    }
    let pipeline = Arc::new(TestPipeline::start(handler.clone()).await);
    let clients = (0..8).map(|client| {
        let pipeline = Arc::clone(&pipeline);
        tokio::spawn(async move {
            let mut accepted = Vec::new();
            for task in 0..25 {
                accepted.push(pipeline.post(&format!("{client}-{task}")).await);
            }
            accepted
        })
    });
    let mut by_client: Vec<Vec<_>> = Vec::new();
    for client in join_all(clients).await {
        by_client.push(client.unwrap());
    }
    assert!(by_client.iter().all(|tasks| tasks.is_sorted_by_key(|task| task.1)));
    let mut accepted: Vec<_> = by_client.into_iter().flatten().collect();
    accepted.sort_by_key(|task| task.1);
    let accepted: Vec<_> = accepted.into_iter().map(|(task_id, _)| task_id).collect();
    for task_id in &accepted {
        pipeline.until_after_retries(*task_id, Status::Completed).await;
    }
    let mut handled = handler.task_ids();
    assert_eq!(handled.len(), 200 + 3 * 2);
    handled.dedup();
    assert_eq!(handled, accepted, "a retry keeps its position");
}
