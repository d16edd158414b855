//! `taskline --stack line pause` disables the deployed event source mapping.

use serde_json::json;

use crate::pipeline::with_the_dead_letter_policy;

#[test]
fn a_paused_deployed_line_accepts_tasks_and_handles_none_until_it_is_resumed() {
    with_the_dead_letter_policy(async |pipeline| {
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
