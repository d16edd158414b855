//! The order of the line.

use futures_util::future::join_all;

use crate::{line::Accepted, pipeline::with_the_dead_letter_policy};

const CLIENTS: usize = 8;
const TASKS_OF_EACH: usize = 50;

#[test]
fn tasks_of_eight_concurrent_clients_are_handled_in_the_order_of_their_sequence_numbers() {
    with_the_dead_letter_policy(async |pipeline| {
        let title = |client: usize, task: usize| format!("order {client}-{task}");
        let submit = async |client: usize| {
            let mut accepted = Vec::new();
            for task in 0..TASKS_OF_EACH {
                accepted.push(pipeline.line.submit(&title(client, task)).await);
            }
            accepted
        };
        let mut accepted: Vec<Accepted> =
            join_all((0..CLIENTS).map(submit)).await.into_iter().flatten().collect();
        accepted.sort();
        pipeline.line.until(&accepted.last().unwrap().task_id, "completed").await;

        let handled = pipeline.receiver.calls().into_iter().filter(|call| call.title.starts_with("order "));
        let handled: Vec<String> = handled.map(|call| call.task_id).collect();
        let expected: Vec<String> = accepted.into_iter().map(|accepted| accepted.task_id).collect();
        assert_eq!(handled.len(), CLIENTS * TASKS_OF_EACH);
        assert_eq!(handled, expected);
    });
}
