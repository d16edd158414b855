//! `taskline --stack line pause` switches the deployed event source mapping.

use serde_json::json;

use crate::pipeline::on_a_line_that_goes_on;

#[test]
fn a_paused_line_accepts_and_handles_nothing_until_it_is_resumed() {
    on_a_line_that_goes_on(async |pipeline| {
        let paused = pipeline.taskline.run(&["line", "pause", "--reason", "a test"]);
        assert_eq!(paused.code, 0, "{}", paused.err);
        let task = pipeline.line.submit("while it is paused").await;
        let status = pipeline.taskline.json(&["line", "status"]);
        assert_eq!((&status["state"], &status["waiting"]), (&json!("paused"), &json!(1)));
        assert_eq!(pipeline.line.show(&task.task_id).await["status"], "accepted");
        assert_eq!(pipeline.taskline.run(&["line", "resume", "--reason", "a test"]).code, 0);
        pipeline.line.until(&task.task_id, "completed").await;
    });
}
