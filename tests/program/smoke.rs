//! `taskline smoke`: what it proves, and what it leaves behind when it can't.

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
    taskline::{Said, Taskline},
};

/// What it says as JSON: the verdict, how it ended, and what is left of the task.
fn told(said: &Said) -> (i32, String, Value) {
    let report = said.json();
    (said.code, report["verdict"].as_str().unwrap().to_owned(), report["left"].clone())
}

fn id(said: &Said) -> String {
    said.json()["task_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_pipeline_that_works_completes_its_task_and_keeps_the_record() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let said = taskline.run(&["--json", "smoke"]);
    assert_eq!(told(&said), (0, "passed".to_owned(), json!("completed")), "{}", said.err);
    assert!(said.err.contains("Not tried: HTTP"), "{}", said.err);
    assert_eq!(taskline.status_of(&id(&said))["status"], "completed");
    let text = taskline.run(&["smoke"]);
    assert!(text.code == 0 && text.out.starts_with("passed: "), "{}{}", text.out, text.err);
    running.terminate();
}

#[test]
fn nothing_is_submitted_to_a_line_that_stands_still() {
    let taskline = Taskline::new();
    let running = taskline.start();
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    let paused = taskline.run(&["--json", "smoke"]);
    assert_eq!(told(&paused), (3, "not_tried".to_owned(), json!(null)));
    assert!(paused.out.contains("line resume"), "{}", paused.out);
    running.terminate();
    let stopped = taskline.run(&["smoke"]);
    assert_eq!(stopped.code, 3);
    assert!(stopped.out.contains("no `taskline local` runs on"), "{}", stopped.out);
    assert_eq!(taskline.json(&["line", "status"])["waiting"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_held_is_told_with_the_task_it_is_held_at() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("FAILURE_POLICY", "hold");
    receiver.answer("bad", StatusCode::BAD_REQUEST);
    let running = taskline.start();
    let held = taskline.submit("bad");
    taskline.until(&["line", "status"], |status| status["state"] == "held");
    let said = taskline.run(&["smoke"]);
    assert_eq!(said.code, 3);
    assert!(said.out.contains(&held) && said.out.contains("held show"), "{}", said.out);
    running.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_given_up_fails_it_and_is_discarded_whatever_the_policy() {
    for policy in ["dead-letter", "hold"] {
        let receiver = Receiver::start().await;
        let taskline = receiver.taskline().with("FAILURE_POLICY", policy);
        receiver.answer("taskline smoke", StatusCode::FORBIDDEN);
        let running = taskline.start();
        let said = taskline.run(&["--json", "smoke"]);
        assert_eq!(told(&said), (1, "failed".to_owned(), json!("discarded")), "{}", said.err);
        assert!(said.out.contains("http_403"), "{}", said.out);
        let task = taskline.status_of(&id(&said));
        assert_eq!((&task["status"], &task["audit"][0]["by"]), (&json!("discarded"), &json!("ann")));
        assert!(task["audit"][0]["reason"].as_str().unwrap().contains("smoke test"), "{task:#}");
        taskline.until_idle();
        let status = taskline.json(&["line", "status"]);
        assert_eq!((&status["dead_lettered"], &status["held"]), (&json!(0), &json!(0)));
        running.terminate();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_does_not_begin_in_time_is_cancelled_and_one_that_did_is_named() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("RETRY_BASE_SECONDS", "60").with("RETRY_MAX_SECONDS", "60");
    receiver.answer("in the way", StatusCode::SERVICE_UNAVAILABLE);
    let running = taskline.start();
    let first = taskline.submit("in the way");
    taskline.until(&["task", "show", &first], |task| task["status"] == "retrying");
    let waits = taskline.run(&["--json", "smoke", "--timeout", "500ms"]);
    assert_eq!(told(&waits), (1, "failed".to_owned(), json!("cancelled")), "{}", waits.err);
    assert!(waits.out.contains("2 are in the line"), "{}", waits.out);
    assert_eq!(taskline.status_of(&id(&waits))["status"], "discarded");
    running.terminate();

    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("RETRY_BASE_SECONDS", "60").with("RETRY_MAX_SECONDS", "60");
    receiver.answer("taskline smoke", StatusCode::SERVICE_UNAVAILABLE);
    let running = taskline.start();
    let retried = taskline.run(&["--json", "smoke", "--timeout", "10s"]);
    assert_eq!(told(&retried), (1, "failed".to_owned(), json!("under_way")), "{}", retried.err);
    assert!(retried.out.contains("it is retrying"), "{}", retried.out);
    running.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_paused_meanwhile_is_no_failure() {
    let receiver = Receiver::start().await;
    let taskline = receiver.taskline().with("RETRY_BASE_SECONDS", "60").with("RETRY_MAX_SECONDS", "60");
    receiver.answer("in the way", StatusCode::SERVICE_UNAVAILABLE);
    let running = taskline.start();
    taskline.submit("in the way");
    let mut smoke = taskline.command(&["--json", "smoke", "--timeout", "10s"]);
    let smoke = std::thread::spawn(move || Said::from(smoke.output().unwrap()));
    let in_line =
        |status: &Value| status["waiting"].as_u64().unwrap() + status["in_flight"].as_u64().unwrap();
    taskline.until(&["line", "status"], |status| in_line(status) == 2);
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    let said = smoke.join().unwrap();
    assert_eq!(told(&said), (3, "not_tried".to_owned(), json!("cancelled")), "{}", said.err);
    running.terminate();
}

/// Who comes in.
#[derive(Clone, Copy)]
enum Admits {
    /// Whoever has the one token that it knows.
    TheKnown,
    /// Whoever signs, which nobody does here.
    TheSigned,
    /// Everybody.
    Strangers,
}

/// The real API over the stack's queue and records, behind a gate that stands in for the gateway's.
async fn api_client(stack: &Stack, admits: Admits) -> String {
    let clock = Arc::new(SystemClock::default());
    let api = Intake::new(stack.records(), stack.line(), Arc::new(RandomTaskIds), clock);
    let gate = move |mut request: Request, next: Next| async move {
        let brought = request.headers().get(AUTHORIZATION).map(|it| it.as_bytes().to_owned());
        match (brought.as_deref(), admits) {
            (_, Admits::TheSigned) => return StatusCode::FORBIDDEN.into_response(),
            (Some(b"Bearer known"), _) | (None, Admits::Strangers) => {}
            (None, Admits::TheKnown) => return StatusCode::UNAUTHORIZED.into_response(),
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

/// The program on a pipeline whose outputs tell this API.
async fn behind(stack: &Stack, url: &str) -> Taskline {
    let mut outputs: Value = serde_json::from_str(&stack.outputs_file()).unwrap();
    outputs[&stack.name]["ApiUrl"] = json!(url);
    let endpoint = harness::endpoint::<harness::Ministack>().await;
    let taskline = reaching(Taskline::on(&["--outputs", "outputs.json", "--stack", &stack.name]));
    taskline.file("outputs.json", &outputs.to_string());
    taskline.with("AWS_ENDPOINT_URL", endpoint)
}

/// A line that goes on, as far as its mapping says. That listens elsewhere: the emulator would be faster than the test.
async fn going_on() -> Stack {
    let mut template: Value = serde_json::from_str(include_str!("stack.json")).unwrap();
    let resources = &mut template["Resources"];
    resources["Elsewhere"] = json!({"Type": "AWS::SQS::Queue", "Properties": {}});
    let delivery = &mut resources["Delivery"]["Properties"];
    delivery["EventSourceArn"] = json!({"Fn::GetAtt": ["Elsewhere", "Arn"]});
    delivery["Enabled"] = json!(true);
    Stack::deploy_from(&template.to_string()).await
}

async fn smoke(taskline: Taskline) -> Said {
    tokio::task::spawn_blocking(move || taskline.run(&["--json", "smoke", "--timeout", "120s"]))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_strangers_are_refused_and_without_a_token_the_task_is_the_operators() {
    let stack = going_on().await;
    let url = api_client(&stack, Admits::TheKnown).await;
    let taskline = behind(&stack, &url).await.with("TASKLINE_TOKEN", "");
    let (said, ()) = tokio::join!(smoke(taskline), stack.turn());
    assert_eq!(told(&said), (0, "passed".to_owned(), json!("completed")), "{}", said.err);
    assert_eq!(said.json()["api"], "refuses_strangers");
    assert!(said.err.contains("Not tried: a request with a token"), "{}", said.err);
    assert_eq!(stack.handler.titles(), ["taskline smoke"]);
    assert_eq!(stack.taskline().status_of(&id(&said))["submitted_by"], "taskline: operator");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_with_signatures_strangers_are_refused_and_a_token_is_misused() {
    let stack = going_on().await;
    let url = api_client(&stack, Admits::TheSigned).await;
    let taskline = behind(&stack, &url).await.with("TASKLINE_TOKEN", "");
    let (said, ()) = tokio::join!(smoke(taskline), stack.turn());
    assert_eq!(told(&said), (0, "passed".to_owned(), json!("completed")), "{}", said.err);
    assert_eq!(said.json()["api"], "refuses_strangers");
    assert!(said.err.contains("Not tried: a signed request"), "{}", said.err);
    let said = smoke(behind(&stack, &url).await.with("TASKLINE_TOKEN", "known")).await;
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("takes no token: unset TASKLINE_TOKEN"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_a_token_brings_the_task_in_through_the_front_door_and_shows_it() {
    let stack = going_on().await;
    let url = api_client(&stack, Admits::TheKnown).await;
    let taskline = behind(&stack, &url).await.with("TASKLINE_TOKEN", "known");
    let (said, ()) = tokio::join!(smoke(taskline), stack.turn());
    assert_eq!(told(&said), (0, "passed".to_owned(), json!("completed")), "{}", said.err);
    assert_eq!(said.json()["api"], "takes_tokens");
    assert_eq!(stack.taskline().status_of(&id(&said))["submitted_by"], "client");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_a_dead_letter_of_it_is_discarded_and_swept() {
    let stack = going_on().await;
    stack.handler.on("taskline smoke", [Outcome::Permanent("refused")]);
    let (said, ()) = tokio::join!(smoke(stack.taskline()), stack.turn());
    assert_eq!(told(&said), (1, "failed".to_owned(), json!("discarded")), "{}", said.err);
    let taskline = stack.taskline();
    assert_eq!(taskline.status_of(&id(&said))["status"], "discarded");
    assert!(taskline.run(&["dead-letters", "reconcile"]).err.contains("agree"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_door_that_lets_strangers_in_or_refuses_the_token_fails_it_before_anything_is_submitted() {
    let stack = going_on().await;
    for (admits, named) in [
        (Admits::Strangers, "400 Bad Request and not with 401"),
        (Admits::TheKnown, "403 Forbidden and not with 202"),
    ] {
        let url = api_client(&stack, admits).await;
        let said = smoke(behind(&stack, &url).await.with("TASKLINE_TOKEN", "unknown")).await;
        assert_eq!(said.code, 1);
        assert!(said.err.contains(named) && !said.err.contains("unknown"), "{}", said.err);
    }
    assert_eq!(stack.taskline().json(&["line", "status"])["waiting"], 0);
}
