//! The runbook's steps for ApiServerErrors, from a 503 to its cause and to its resolution.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::{deployment::Deployment, pipeline::with_the_dead_letter_policy, taskline::task, text::text};

const LOG_GROUP: &str = "/taskline/dev/api";
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Redirects the API's calls of SQS to `endpoint`.
async fn reach_sqs_at(deployment: &Deployment, endpoint: &str) {
    let lambda = aws_sdk_lambda::Client::new(&deployment.account.configuration().await);
    let functions = lambda.list_functions().send().await.unwrap().functions.unwrap_or_default();
    let names = functions.into_iter().filter_map(|function| function.function_name);
    let api: Vec<String> = names.filter(|name| name.starts_with("taskline-dev-api")).collect();
    let [api] = api.as_slice() else { panic!("{api:?}") };
    let variables = [("AWS_ENDPOINT_URL_SQS", endpoint)];
    deployment.account.configure_function(api, None, &variables).await;
}

/// The lines that `filter FIELD = "VALUE"` finds in the function's log.
async fn logged(deployment: &Deployment, field: &str, value: &str) -> Vec<Value> {
    let lines = deployment.account.log_lines(LOG_GROUP).await;
    let objects = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    objects.filter(|object| object[field] == value).collect()
}

#[test]
fn a_503_leads_to_its_invocation_and_its_cause_and_a_retry_succeeds() {
    with_the_dead_letter_policy(async |pipeline| {
        reach_sqs_at(&pipeline.deployment, "http://127.0.0.1:1").await;
        let headers = [("idempotency-key", "server-errors"), ("traceparent", TRACEPARENT)];
        let body = task("refused at first");
        let (status, problem) = pipeline.line.send_with(Method::POST, "/tasks", &headers, &body).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem:#}");

        // The access log would contain the invocation; here the trace id leads to it.
        let found = |lines: &Vec<Value>| lines.iter().any(|line| line["message"] == "answered 503");
        let lines = harness::eventually(|| logged(&pipeline.deployment, "trace_id", TRACE_ID), found).await;
        let line = lines.iter().find(|line| line["message"] == "answered 503").unwrap();
        let of_the_invocation = logged(&pipeline.deployment, "request_id", text(line, "request_id")).await;
        assert!(of_the_invocation.contains(line), "{of_the_invocation:#?}");
        assert_eq!((&line["level"], &line["error"]), (&"ERROR".into(), &"failed to use the queue".into()));
        assert!(line["error_causes"].as_array().is_some_and(|causes| !causes.is_empty()), "{line}");

        let output = pipeline.taskline.run(&["dead-letters", "reconcile"]);
        assert_eq!(output.code, 0, "{}{}", output.out, output.err);

        reach_sqs_at(&pipeline.deployment, pipeline.deployment.account.endpoint).await;
        let (status, accepted) = pipeline.line.send_with(Method::POST, "/tasks", &headers, &body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{accepted:#}");
        pipeline.line.until(text(&accepted, "task_id"), "completed").await;
    });
}
