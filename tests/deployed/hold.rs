//! `FAILURE_POLICY=hold`: the deployed line waits at a task that can't succeed.

use axum::http::StatusCode;
use harness::eventually;
use serde_json::Value;
use shared::ports::TaskRecords;

use crate::pipeline::with_the_hold_policy;

#[test]
fn nothing_overtakes_a_held_task_until_it_is_resumed_or_skipped() {
    with_the_hold_policy(async |pipeline| {
        for (verb, end) in [("resume", "completed"), ("skip", "dead_lettered")] {
            let (first, second) = (format!("held until {verb}"), format!("behind, until {verb}"));
            pipeline.receiver.answer(&first, StatusCode::CONFLICT);
            let held = pipeline.line.submit(&first).await;
            let behind = pipeline.line.submit(&second).await;
            pipeline.line.until(&held.task_id, "held").await;
            pipeline.taskline.until(&["line", "status"], |status| status["state"] == "held");
            assert_eq!(pipeline.taskline.json(&["held", "show"])[0]["failure"]["code"], "http_409");
            assert_eq!(pipeline.line.show(&behind.task_id).await["status"], "accepted");

            pipeline.receiver.answer(&first, StatusCode::OK);
            let output = pipeline.taskline.run(&["held", verb, "--yes", "--reason", "decided"]);
            assert_eq!(output.code, 0, "{}{}", output.out, output.err);
            pipeline.line.until(&behind.task_id, "completed").await;
            assert_eq!(pipeline.line.show(&held.task_id).await["status"], end);
        }
        let expected = [
            "held until resume",
            "held until resume",
            "behind, until resume",
            "held until skip",
            "behind, until skip",
        ];
        let titles = pipeline.receiver.titles();
        let handled: Vec<_> = titles.iter().filter(|title| title.contains("until")).collect();
        assert_eq!(handled, expected);
    });
}

#[test]
fn the_deployed_watch_reports_a_hold_and_no_log_contains_task_contents() {
    with_the_hold_policy(async |pipeline| {
        pipeline.receiver.answer("unspeakable", StatusCode::CONFLICT);
        let held = pipeline.line.submit("unspeakable").await;
        let (records, task_id) = (pipeline.deployment.records().await, held.task_id.parse().unwrap());
        let find = || async { records.find(task_id).await.unwrap() };
        eventually(find, |found| found.as_ref().is_some_and(|record| record.held_receipt.is_some())).await;
        let account = pipeline.deployment.account;
        account.invoke(pipeline.deployment.output("WatchFunctionName")).await;
        assert_eq!(pipeline.taskline.run(&["held", "discard", "--yes", "--reason", "a test"]).code, 0);
        pipeline.taskline.until(&["line", "status"], |status| status["state"] == "idle");

        let lines = account.log_lines("/taskline/prod/watch").await;
        let metrics = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        // tests/alarms evaluates the alarm on this metric.
        assert!(metrics.into_iter().any(|line| {
            let is_ours = line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Taskline";
            is_ours && line["Pipeline"] == "taskline-prod" && line["HeldLines"][0] == 1.0
        }));
        for group in ["api", "processor", "watch"] {
            for line in account.log_lines(&format!("/taskline/prod/{group}")).await {
                assert!(!line.contains("unspeakable"), "{line}");
            }
        }
    });
}
