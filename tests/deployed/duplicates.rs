//! A message that is delivered twice.

use crate::pipeline::with_the_dead_letter_policy;

#[test]
fn a_second_message_of_a_completed_task_is_acknowledged_and_not_handled() {
    with_the_dead_letter_policy(async |pipeline| {
        // The messages of a paused line can be read.
        assert_eq!(pipeline.taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
        let task = pipeline.line.submit("once").await;
        let body = pipeline.deployment.message_with("once", "QueueUrl").await;
        assert_eq!(pipeline.taskline.run(&["line", "resume", "--reason", "a test"]).code, 0);
        pipeline.line.until(&task.task_id, "completed").await;

        pipeline.deployment.send_as_sqs_would(&body).await;
        let next = pipeline.line.submit("after the second message").await;
        pipeline.line.until(&next.task_id, "completed").await;

        assert_eq!(pipeline.receiver.titles().iter().filter(|title| *title == "once").count(), 1);
        assert_eq!(pipeline.line.show(&task.task_id).await["attempt"], 1);
        pipeline.taskline.until(&["line", "status"], |status| status["state"] == "idle");
    });
}
