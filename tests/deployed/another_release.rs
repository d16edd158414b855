//! A second release replaces the first, with a custom handler that crashes its function; then the stacks are
//! destroyed.

use serde_json::Value;
use shared::{Status, ports::TaskRecords};

use crate::{
    deployment::{Configuration, Deployment},
    line::Line,
    pipeline::run,
};

/// The record is the only result of a task.
const FIRST: Configuration<'static> = Configuration {
    pipeline: "taskline",
    environment: "staging",
    binaries: "functions",
    context: &["handler=record"],
};
const SECOND: Configuration<'static> =
    Configuration { binaries: "faulty-handler", context: &["handler=own"], ..FIRST };

/// Two attempts of four seconds each, which a claim must not use up.
const QUICK: [(&str, &str); 2] = [("ATTEMPT_BUDGET", "2"), ("HANDLER_TIMEOUT_SECONDS", "4")];
/// Longer than the handler's timeout, shorter than the visibility timeout.
const FUNCTION_TIMEOUT_SECONDS: i32 = 8;
const VISIBILITY_SECONDS: u32 = 9;

#[test]
fn a_release_replaces_another_and_its_records_survive_the_stacks() {
    run(async {
        let deployment = Deployment::deploy(FIRST).await;
        let line = deployment.line().await;
        let first = line.submit("of the first release").await;
        line.until(&first.task_id, "completed").await;

        let updated = Deployment::deploy(SECOND).await;
        assert_eq!(updated.output("EventSourceMappingId"), deployment.output("EventSourceMappingId"));
        assert_eq!(line.show(&first.task_id).await["status"], "completed");
        assert_that_crashes_lose_no_task(&updated, &line).await;

        updated.destroy(SECOND).await;
        assert_that_records_remain(&updated, &first.task_id).await;
    });
}

async fn assert_that_crashes_lose_no_task(deployment: &Deployment, line: &Line) {
    let function = deployment.output("ProcessorFunctionName");
    deployment.account.configure_function(function, Some(FUNCTION_TIMEOUT_SECONDS), &QUICK).await;
    deployment.set_visibility(VISIBILITY_SECONDS).await;
    let mut ids = Vec::new();
    for title in ["panic", "never end", "exit once", "exit", "block the thread", "an ordinary task"] {
        ids.push(line.submit(title).await.task_id);
    }
    line.until(&ids[5], "completed").await;

    assert_eq!(outcome_of(line, &ids[0]).await, ("dead_lettered".to_owned(), vec!["panicked", "panicked"]));
    assert_eq!(outcome_of(line, &ids[1]).await, ("dead_lettered".to_owned(), vec!["overran", "overran"]));
    assert_eq!(outcome_of(line, &ids[2]).await, ("completed".to_owned(), vec!["crashed"]));
    for id in &ids[3..5] {
        assert_eq!(outcome_of(line, id).await, ("dead_lettered".to_owned(), vec!["crashed", "crashed"]));
    }
    assert_eq!(outcome_of(line, &ids[5]).await, ("completed".to_owned(), vec![]));
    let verified = deployment.taskline().run(&["verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
}

/// The status of a task, and the classes of its failures.
async fn outcome_of(line: &Line, task_id: &str) -> (String, Vec<&'static str>) {
    let task = line.show(task_id).await;
    let classes = ["panicked", "overran", "crashed"];
    let class_of = |failure: &Value| classes.into_iter().find(|class| failure["class"] == *class);
    let failures = task["failures"].as_array().unwrap().iter();
    (task["status"].as_str().unwrap().to_owned(), failures.map(|it| class_of(it).unwrap()).collect())
}

async fn assert_that_records_remain(deployment: &Deployment, task_id: &str) {
    let record = deployment.records().await.find(task_id.parse().unwrap()).await;
    assert_eq!(record.unwrap().unwrap().status, Status::Completed);
    let dead_letters = deployment.sqs().await.get_queue_attributes();
    dead_letters.queue_url(deployment.output("DeadLetterQueueUrl")).send().await.unwrap();
    let gone = deployment.taskline().run(&["line", "status"]);
    assert_eq!(gone.code, 1, "{}", gone.out);
    assert!(gone.err.contains("no stack"), "{}", gone.err);
}
