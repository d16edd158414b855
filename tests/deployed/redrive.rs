//! `taskline --stack` sends dead letters back to the deployed line.

use axum::http::StatusCode;
use serde_json::json;

use crate::pipeline::with_the_dead_letter_policy;

#[test]
fn dead_letters_are_redriven_in_order_once_their_cause_is_fixed() {
    with_the_dead_letter_policy(async |pipeline| {
        let titles = ["first dead letter", "second dead letter"];
        let mut dead_letters = Vec::new();
        for title in titles {
            pipeline.receiver.answer(title, StatusCode::BAD_REQUEST);
            dead_letters.push(pipeline.line.submit(title).await);
        }
        for dead_letter in &dead_letters {
            pipeline.line.until(&dead_letter.task_id, "dead_lettered").await;
        }
        for title in titles {
            pipeline.receiver.answer(title, StatusCode::OK);
        }
        let redrive =
            ["dead-letters", "redrive", "--yes", "--force", "--reason", "fixed", "--code", "http_400"];
        let output = pipeline.taskline.run(&redrive);
        assert_eq!(output.code, 0, "{}{}", output.out, output.err);
        for dead_letter in &dead_letters {
            pipeline.line.until(&dead_letter.task_id, "completed").await;
        }

        let handled = pipeline.receiver.titles();
        let of_dead_letters: Vec<_> =
            handled.iter().filter(|title| titles.contains(&title.as_str())).collect();
        assert_eq!(
            of_dead_letters,
            ["first dead letter", "second dead letter", "first dead letter", "second dead letter"]
        );
        let task = pipeline.line.show(&dead_letters[0].task_id).await;
        assert_eq!((&task["generation"], &task["attempt"]), (&json!(1), &json!(2)));
    });
}

#[test]
fn a_dead_letter_that_sqs_redrives_is_handled_at_its_new_position() {
    with_the_dead_letter_policy(async |pipeline| {
        pipeline.receiver.answer("moved back", StatusCode::BAD_REQUEST);
        let dead_letter = pipeline.line.submit("moved back").await;
        pipeline.line.until(&dead_letter.task_id, "dead_lettered").await;
        pipeline.receiver.answer("moved back", StatusCode::OK);
        let body = pipeline.deployment.message_with("moved back", "DeadLetterQueueUrl").await;
        pipeline.deployment.send_as_sqs_would(&body).await;
        let task = pipeline.line.until(&dead_letter.task_id, "completed").await;
        assert_eq!((&task["generation"], &task["attempt"]), (&json!(0), &json!(2)));
    });
}
