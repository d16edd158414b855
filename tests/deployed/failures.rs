//! Tasks that fail, as a webhook's receiver makes them fail. What crashes a function is in `another_release.rs`.

use axum::http::StatusCode;
use serde_json::json;

use crate::pipeline::on_a_line_that_goes_on;

#[test]
fn a_poison_task_leaves_the_line_with_its_reason_and_the_line_goes_on() {
    on_a_line_that_goes_on(async |pipeline| {
        pipeline.receiver.answer("poison", StatusCode::FORBIDDEN);
        let poison = pipeline.line.submit("poison").await;
        let next = pipeline.line.submit("after the poison").await;
        pipeline.line.until(&next.task_id, "completed").await;

        let seen = pipeline.line.show(&poison.task_id).await;
        assert_eq!((&seen["status"], &seen["attempt"]), (&json!("dead_lettered"), &json!(1)));
        let failure = &seen["failures"][0];
        assert_eq!((&failure["class"], &failure["code"]), (&json!("permanent"), &json!("http_403")));
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
fn a_transient_failure_is_tried_again_before_anything_behind_it() {
    on_a_line_that_goes_on(async |pipeline| {
        pipeline.receiver.answer_first("flaky", StatusCode::SERVICE_UNAVAILABLE);
        let flaky = pipeline.line.submit("flaky").await;
        let next = pipeline.line.submit("after the flaky one").await;
        pipeline.line.until(&next.task_id, "completed").await;

        let seen = pipeline.line.show(&flaky.task_id).await;
        assert_eq!((&seen["status"], &seen["attempt"]), (&json!("completed"), &json!(2)));
        assert_eq!(seen["failures"][0]["code"], "http_503");
        let titles = pipeline.receiver.titles();
        assert_eq!(titles[titles.len() - 3..], ["flaky", "flaky", "after the flaky one"]);
    });
}
