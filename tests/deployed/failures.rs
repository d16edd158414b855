//! Tasks that fail because the webhook's receiver refuses them. Crashes of a function are in `another_release.rs`.

use axum::http::StatusCode;
use serde_json::json;

use crate::pipeline::with_the_dead_letter_policy;

#[test]
fn a_refused_task_becomes_a_dead_letter_with_its_failure_and_the_line_continues() {
    with_the_dead_letter_policy(async |pipeline| {
        pipeline.receiver.answer("poison", StatusCode::UNPROCESSABLE_ENTITY);
        let poison = pipeline.line.submit("poison").await;
        let next = pipeline.line.submit("after the poison").await;
        pipeline.line.until(&next.task_id, "completed").await;

        let task = pipeline.line.show(&poison.task_id).await;
        assert_eq!((&task["status"], &task["attempt"]), (&json!("dead_lettered"), &json!(1)));
        let failure = &task["failures"][0];
        assert_eq!((&failure["class"], &failure["code"]), (&json!("permanent"), &json!("http_422")));
        let dead_letters = pipeline.taskline.json(&["dead-letters", "list"])["dead_letters"].clone();
        assert!(
            dead_letters
                .as_array()
                .unwrap()
                .iter()
                .any(|dead_letter| dead_letter["task_id"] == poison.task_id.as_str())
        );
    });
}

#[test]
fn a_transient_failure_is_retried_before_the_tasks_behind_it() {
    with_the_dead_letter_policy(async |pipeline| {
        pipeline.receiver.answer_first("flaky", StatusCode::INTERNAL_SERVER_ERROR);
        let flaky = pipeline.line.submit("flaky").await;
        let next = pipeline.line.submit("after the flaky one").await;
        pipeline.line.until(&next.task_id, "completed").await;

        let task = pipeline.line.show(&flaky.task_id).await;
        assert_eq!((&task["status"], &task["attempt"]), (&json!("completed"), &json!(2)));
        assert_eq!(task["failures"][0]["code"], "http_500");
        let titles = pipeline.receiver.titles();
        assert_eq!(titles[titles.len() - 3..], ["flaky", "flaky", "after the flaky one"]);
    });
}
