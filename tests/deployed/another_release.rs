//! Another release in the place of the first, with a handler of its own that takes its function down; and the end of the
//! stacks.

use serde_json::Value;
use shared::{Status, ports::TaskRecords};

use crate::{
    deployment::{Choice, Deployment},
    line::Line,
    pipeline::run,
};

/// Only the record is kept of a task.
const FIRST: Choice<'static> = Choice {
    pipeline: "taskline",
    environment: "staging",
    binaries: "functions",
    context: &["handler=record"],
};
const SECOND: Choice<'static> = Choice { binaries: "faulty-handler", context: &["handler=own"], ..FIRST };

/// Two attempts; four seconds for each, which a claim must not use up.
const QUICK: [(&str, &str); 2] = [("ATTEMPT_BUDGET", "2"), ("HANDLER_TIMEOUT_SECONDS", "4")];
/// Longer than a handler's time, shorter than the visibility.
const FUNCTION_TIMEOUT_SECONDS: i32 = 8;
const VISIBILITY_SECONDS: u32 = 9;

#[test]
fn a_release_replaces_another_and_what_it_leaves_behind_outlives_its_stacks() {
    run(async {
        let deployment = Deployment::deploy(FIRST).await;
        let line = deployment.line().await;
        let first = line.submit("of the first release").await;
        line.until(&first.task_id, "completed").await;

        let updated = Deployment::deploy(SECOND).await;
        assert_eq!(updated.output("EventSourceMappingId"), deployment.output("EventSourceMappingId"));
        assert_eq!(line.show(&first.task_id).await["status"], "completed");
        a_function_that_goes_down_takes_no_task_with_it(&updated, &line).await;

        updated.destroy(SECOND).await;
        what_is_left_still_knows_every_task(&updated, &first.task_id).await;
    });
}

async fn a_function_that_goes_down_takes_no_task_with_it(deployment: &Deployment, line: &Line) {
    let function = deployment.output("ProcessorFunctionName");
    deployment.account.configure_function(function, Some(FUNCTION_TIMEOUT_SECONDS), &QUICK).await;
    deployment.set_visibility(VISIBILITY_SECONDS).await;
    let mut ids = Vec::new();
    for title in ["panic", "never end", "exit once", "exit", "block the thread", "an ordinary one"] {
        ids.push(line.submit(title).await.task_id);
    }
    line.until(&ids[5], "completed").await;

    assert_eq!(end_of(line, &ids[0]).await, ("dead_lettered".to_owned(), vec!["panicked", "panicked"]));
    assert_eq!(end_of(line, &ids[1]).await, ("dead_lettered".to_owned(), vec!["overran", "overran"]));
    assert_eq!(end_of(line, &ids[2]).await, ("completed".to_owned(), vec!["crashed"]));
    for id in &ids[3..5] {
        assert_eq!(end_of(line, id).await, ("dead_lettered".to_owned(), vec!["crashed", "crashed"]));
    }
    assert_eq!(end_of(line, &ids[5]).await, ("completed".to_owned(), vec![]));
    let verified = deployment.taskline().run(&["verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
}

/// The status of a task, and of what class its failures were.
async fn end_of(line: &Line, task_id: &str) -> (String, Vec<&'static str>) {
    let seen = line.show(task_id).await;
    let classes = ["panicked", "overran", "crashed"];
    let class_of = |failure: &Value| classes.into_iter().find(|class| failure["class"] == *class);
    let failures = seen["failures"].as_array().unwrap().iter();
    (seen["status"].as_str().unwrap().to_owned(), failures.map(|it| class_of(it).unwrap()).collect())
}

async fn what_is_left_still_knows_every_task(deployment: &Deployment, task_id: &str) {
    let record = deployment.records().await.find(task_id.parse().unwrap()).await;
    assert_eq!(record.unwrap().unwrap().status, Status::Completed);
    let dead_letters = deployment.sqs().await.get_queue_attributes();
    dead_letters.queue_url(deployment.output("DeadLetterQueueUrl")).send().await.unwrap();
    let gone = deployment.taskline().run(&["line", "status"]);
    assert_eq!(gone.code, 1, "{}", gone.out);
    assert!(gone.err.contains("no stack"), "{}", gone.err);
}
