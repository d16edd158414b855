//! `taskline smoke`: what it proves, and which task it leaves when it fails.

use std::sync::Arc;

use api::Intake;
use axum::{
    extract::Request,
    http::{StatusCode, header::AUTHORIZATION},
    middleware::{Next, from_fn},
    response::IntoResponse,
};
use harness::Outcome;
use local::{RandomTaskIds, SystemClock};
use serde_json::{Value, json};
use shared::Caller;

use crate::{
    receiver::Receiver,
    stack::{Stack, reaching},
    taskline::{Printed, Taskline},
};

/// The JSON output: the verdict, the reason, and what remains of the task.
fn verdict(output: &Printed) -> (i32, String, Value) {
    let report = output.json();
    (output.code, report["verdict"].as_str().unwrap().to_owned(), report["left"].clone())
}

fn id(output: &Printed) -> String {
    output.json()["task_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_working_pipeline_completes_the_smoke_task_and_keeps_its_record() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let output = taskline.run(&["--json", "smoke"]);
    assert_eq!(verdict(&output), (0, "passed".to_owned(), json!("completed")), "{}", output.err);
    assert!(output.err.contains("Not tested: HTTP"), "{}", output.err);
    assert_eq!(taskline.status_of(&id(&output))["status"], "completed");
    let text = taskline.run(&["smoke"]);
    assert!(text.code == 0 && text.out.starts_with("passed: "), "{}{}", text.out, text.err);
    running.terminate();
}

#[test]
fn smoke_submits_nothing_to_a_stopped_or_paused_line() {
    let taskline = Taskline::new();
    let running = taskline.start();
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    let paused = taskline.run(&["--json", "smoke"]);
    assert_eq!(verdict(&paused), (3, "not_tried".to_owned(), json!(null)));
    assert!(paused.out.contains("line resume"), "{}", paused.out);
    running.terminate();
    let stopped = taskline.run(&["smoke"]);
    assert_eq!(stopped.code, 3);
    assert!(stopped.out.contains("no `taskline local` runs on"), "{}", stopped.out);
    assert_eq!(taskline.json(&["line", "status"])["waiting"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn smoke_names_the_task_at_which_the_line_is_held() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("FAILURE_POLICY", "hold");
    receiver.answer("bad", StatusCode::BAD_REQUEST);
    let running = taskline.start();
    let held = taskline.submit("bad");
    taskline.until(&["line", "status"], |status| status["state"] == "held");
    let output = taskline.run(&["smoke"]);
    assert_eq!(output.code, 3);
    assert!(output.out.contains(&held) && output.out.contains("held show"), "{}", output.out);
    running.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn smoke_fails_and_discards_its_task_when_the_task_fails() {
    for policy in ["dead-letter", "hold"] {
        let receiver = Receiver::start().await;
        let taskline = receiver.taskline().with("FAILURE_POLICY", policy);
        receiver.answer("taskline smoke", StatusCode::UNPROCESSABLE_ENTITY);
        let running = taskline.start();
        let output = taskline.run(&["--json", "smoke"]);
        assert_eq!(verdict(&output), (1, "failed".to_owned(), json!("discarded")), "{}", output.err);
        assert!(output.out.contains("http_422"), "{}", output.out);
        let task = taskline.status_of(&id(&output));
        assert_eq!((&task["status"], &task["audit"][0]["by"]), (&json!("discarded"), &json!("ann")));
        assert!(task["audit"][0]["reason"].as_str().unwrap().contains("smoke test"), "{task:#}");
        taskline.until_idle();
        let status = taskline.json(&["line", "status"]);
        assert_eq!((&status["dead_lettered"], &status["held"]), (&json!(0), &json!(0)));
        running.terminate();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn smoke_cancels_a_task_that_does_not_start_in_time_or_is_retried() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("RETRY_BASE_SECONDS", "60").with("RETRY_MAX_SECONDS", "60");
    receiver.answer("in the way", StatusCode::SERVICE_UNAVAILABLE);
    let running = taskline.start();
    let first = taskline.submit("in the way");
    taskline.until(&["task", "show", &first], |task| task["status"] == "retrying");
    let waits = taskline.run(&["--json", "smoke", "--timeout", "500ms"]);
    assert_eq!(verdict(&waits), (1, "failed".to_owned(), json!("cancelled")), "{}", waits.err);
    assert!(waits.out.contains("2 are in the line"), "{}", waits.out);
    assert_eq!(taskline.status_of(&id(&waits))["status"], "discarded");
    running.terminate();

    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("RETRY_BASE_SECONDS", "60").with("RETRY_MAX_SECONDS", "60");
    receiver.answer("taskline smoke", StatusCode::SERVICE_UNAVAILABLE);
    let running = taskline.start();
    let retried = taskline.run(&["--json", "smoke", "--timeout", "10s"]);
    assert_eq!(verdict(&retried), (1, "failed".to_owned(), json!("cancelled")), "{}", retried.err);
    assert!(retried.out.contains("its attempt 1 failed: unavailable http_503"), "{}", retried.out);
    assert_eq!(taskline.status_of(&id(&retried))["status"], "discarded");
    running.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_during_smoke_is_no_failure() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("RETRY_BASE_SECONDS", "60").with("RETRY_MAX_SECONDS", "60");
    receiver.answer("in the way", StatusCode::SERVICE_UNAVAILABLE);
    let running = taskline.start();
    taskline.submit("in the way");
    let mut smoke = taskline.command(&["--json", "smoke", "--timeout", "10s"]);
    let smoke = std::thread::spawn(move || Printed::from(smoke.output().unwrap()));
    let in_line =
        |status: &Value| status["waiting"].as_u64().unwrap() + status["in_flight"].as_u64().unwrap();
    taskline.until(&["line", "status"], |status| in_line(status) == 2);
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    let output = smoke.join().unwrap();
    assert_eq!(verdict(&output), (3, "not_tried".to_owned(), json!("cancelled")), "{}", output.err);
    running.terminate();
}

/// Which requests a simulated API admits.
#[derive(Clone, Copy)]
enum Admits {
    /// Requests with the one token that it knows.
    KnownToken,
    /// Signed requests; the tests sign none.
    Signatures,
    /// All requests.
    Everyone,
}

/// The real API over the stack's queue and records, behind a gate that simulates the authorizer of API Gateway.
async fn api_client(stack: &Stack, admits: Admits) -> String {
    let clock = Arc::new(SystemClock::default());
    let api = Intake::new(stack.records(), stack.line(), Arc::new(RandomTaskIds), clock);
    let gate = move |mut request: Request, next: Next| async move {
        let authorization = request.headers().get(AUTHORIZATION).map(|it| it.as_bytes().to_owned());
        match (authorization.as_deref(), admits) {
            (_, Admits::Signatures) => return StatusCode::FORBIDDEN.into_response(),
            (Some(b"Bearer known"), _) | (None, Admits::Everyone) => {}
            (None, Admits::KnownToken) => return StatusCode::UNAUTHORIZED.into_response(),
            (Some(_), _) => return StatusCode::FORBIDDEN.into_response(),
        }
        request.extensions_mut().insert(Caller::parse("client").unwrap());
        next.run(request).await
    };
    let app = api::router(api).layer(from_fn(gate));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// The program, on a pipeline whose outputs name this API.
async fn with_api(stack: &Stack, url: &str) -> Taskline {
    let mut outputs: Value = serde_json::from_str(&stack.outputs_file()).unwrap();
    outputs[&stack.name]["ApiUrl"] = json!(url);
    let endpoint = harness::endpoint::<harness::Ministack>().await;
    let taskline = reaching(Taskline::on(&["--outputs", "outputs.json", "--stack", &stack.name]));
    taskline.file("outputs.json", &outputs.to_string());
    taskline.with("AWS_ENDPOINT_URL", endpoint)
}

/// A line that is running according to its mapping. The mapping's queue is another one: the emulator would be faster
/// than the test.
async fn running() -> Stack {
    let mut template: Value = serde_json::from_str(include_str!("stack.json")).unwrap();
    let resources = &mut template["Resources"];
    resources["Elsewhere"] = json!({"Type": "AWS::SQS::Queue", "Properties": {}});
    let delivery = &mut resources["Delivery"]["Properties"];
    delivery["EventSourceArn"] = json!({"Fn::GetAtt": ["Elsewhere", "Arn"]});
    delivery["Enabled"] = json!(true);
    Stack::deploy_from(&template.to_string()).await
}

async fn smoke(taskline: Taskline) -> Printed {
    tokio::task::spawn_blocking(move || taskline.run(&["--json", "smoke", "--timeout", "120s"]))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_smoke_checks_refusal_and_submits_as_the_operator_without_a_token() {
    let stack = running().await;
    let url = api_client(&stack, Admits::KnownToken).await;
    let taskline = with_api(&stack, &url).await.with("TASKLINE_TOKEN", "");
    let (output, ()) = tokio::join!(smoke(taskline), stack.turn());
    assert_eq!(verdict(&output), (0, "passed".to_owned(), json!("completed")), "{}", output.err);
    assert_eq!(output.json()["api"], "refuses_strangers");
    assert!(output.err.contains("Not tested: a request with a token"), "{}", output.err);
    assert_eq!(stack.handler.titles(), ["taskline smoke"]);
    assert_eq!(stack.taskline().status_of(&id(&output))["submitted_by"], "taskline: operator");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_with_iam_smoke_checks_refusal_and_refuses_a_token() {
    let stack = running().await;
    let url = api_client(&stack, Admits::Signatures).await;
    let taskline = with_api(&stack, &url).await.with("TASKLINE_TOKEN", "");
    let (output, ()) = tokio::join!(smoke(taskline), stack.turn());
    assert_eq!(verdict(&output), (0, "passed".to_owned(), json!("completed")), "{}", output.err);
    assert_eq!(output.json()["api"], "refuses_strangers");
    assert!(output.err.contains("Not tested: a signed request"), "{}", output.err);
    let output = smoke(with_api(&stack, &url).await.with("TASKLINE_TOKEN", "known")).await;
    assert_eq!(output.code, 2, "{}", output.err);
    assert!(output.err.contains("accepts no token: unset TASKLINE_TOKEN"), "{}", output.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_smoke_submits_and_reads_the_task_through_the_api_with_a_token() {
    let stack = running().await;
    let url = api_client(&stack, Admits::KnownToken).await;
    let taskline = with_api(&stack, &url).await.with("TASKLINE_TOKEN", "known");
    let (output, ()) = tokio::join!(smoke(taskline), stack.turn());
    assert_eq!(verdict(&output), (0, "passed".to_owned(), json!("completed")), "{}", output.err);
    assert_eq!(output.json()["api"], "takes_tokens");
    assert_eq!(stack.taskline().status_of(&id(&output))["submitted_by"], "client");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_smoke_discards_its_dead_letter_and_purges_the_message() {
    let stack = running().await;
    stack.handler.on("taskline smoke", [Outcome::Permanent("refused")]);
    let (output, ()) = tokio::join!(smoke(stack.taskline()), stack.turn());
    assert_eq!(verdict(&output), (1, "failed".to_owned(), json!("discarded")), "{}", output.err);
    let taskline = stack.taskline();
    assert_eq!(taskline.status_of(&id(&output))["status"], "discarded");
    assert!(taskline.run(&["dead-letters", "reconcile"]).err.contains("agree"));
}

#[tokio::test(flavor = "multi_thread")]
async fn smoke_fails_before_it_submits_when_the_api_admits_strangers_or_refuses_the_token() {
    let stack = running().await;
    for (admits, named) in [
        (Admits::Everyone, "400 Bad Request, not with 401"),
        (Admits::KnownToken, "403 Forbidden, not with 202"),
    ] {
        let url = api_client(&stack, admits).await;
        let output = smoke(with_api(&stack, &url).await.with("TASKLINE_TOKEN", "unknown")).await;
        assert_eq!(output.code, 1);
        assert!(output.err.contains(named) && !output.err.contains("unknown"), "{}", output.err);
    }
    assert_eq!(stack.taskline().json(&["line", "status"])["waiting"], 0);
}
