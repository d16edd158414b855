//! `taskline --stack` sends dead letters back into the deployed line.

use axum::http::StatusCode;
use serde_json::json;

use crate::pipeline::on_a_line_that_goes_on;

#[test]
fn dead_letters_are_redriven_in_their_order_once_their_cause_is_mended() {
    on_a_line_that_goes_on(async |pipeline| {
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
            ["dead-letters", "redrive", "--yes", "--force", "--reason", "mended", "--code", "http_400"];
        let said = pipeline.taskline.run(&redrive);
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
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
        let seen = pipeline.line.show(&dead_letters[0].task_id).await;
        assert_eq!((&seen["generation"], &seen["attempt"]), (&json!(1), &json!(2)));
    });
}

#[test]
fn a_dead_letter_that_sqs_moves_back_by_itself_is_handled_at_its_new_place() {
    on_a_line_that_goes_on(async |pipeline| {
        pipeline.receiver.answer("moved back", StatusCode::BAD_REQUEST);
        let dead_letter = pipeline.line.submit("moved back").await;
        pipeline.line.until(&dead_letter.task_id, "dead_lettered").await;
        pipeline.receiver.answer("moved back", StatusCode::OK);
        let body = pipeline.deployment.message_with("moved back", "DeadLetterQueueUrl").await;
        pipeline.deployment.send_as_sqs_would(&body).await;
        let seen = pipeline.line.until(&dead_letter.task_id, "completed").await;
        assert_eq!((&seen["generation"], &seen["attempt"]), (&json!(0), &json!(2)));
    });
}
