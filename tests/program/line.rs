//! `taskline line`.

use crate::{receiver::Receiver, taskline::Taskline};

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_line_takes_tasks_and_handles_none_until_it_is_resumed() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline();
    let running = taskline.start();
    assert_eq!(taskline.run(&["line", "pause"]).code, 0);
    for title in ["a", "b", "c"] {
        taskline.submit(title);
    }
    let status = taskline.json(&["line", "status"]);
    assert_eq!((status["state"].as_str(), status["waiting"].as_u64()), (Some("paused"), Some(3)));
    assert!(receiver.titles().is_empty());
    assert_eq!(taskline.run(&["line", "resume"]).code, 0);
    taskline.until_idle();
    assert_eq!(receiver.titles(), ["a", "b", "c"]);
    running.terminate();
}

#[test]
fn a_pause_outlives_the_process() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    taskline.run(&["line", "pause"]);
    let id = taskline.submit("waits");
    let running = taskline.start();
    assert_eq!(taskline.json(&["line", "status"])["state"], "paused");
    assert_eq!(taskline.status_of(&id)["status"], "accepted");
    taskline.run(&["line", "resume"]);
    taskline.until_idle();
    assert_eq!(taskline.status_of(&id)["status"], "completed");
    running.terminate();
}
