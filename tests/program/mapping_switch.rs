//! `taskline line pause` and `resume` while Lambda changes the mapping: no emulator delays this, so its answers are
//! written here, after GetEventSourceMapping and UpdateEventSourceMapping in its API reference.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::{get, post},
};
use serde_json::json;

use crate::{
    stack::reaching,
    taskline::{Printed, Taskline},
};

const CALLER: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:user/ann</Arn>\
                      </GetCallerIdentityResult></GetCallerIdentityResponse>";

/// Lambda's answers, in order, and the requests it received.
#[derive(Clone, Default)]
struct Lambda {
    states: Arc<Mutex<VecDeque<&'static str>>>,
    updates: Arc<Mutex<VecDeque<(u16, &'static str)>>>,
    requests: Arc<Mutex<Vec<(String, serde_json::Value)>>>,
}

impl Lambda {
    /// A mapping that has these states in turn, and that answers updates like this.
    fn new(states: &[&'static str], updates: &[(u16, &'static str)]) -> Self {
        let lambda = Self::default();
        lambda.states.lock().unwrap().extend(states);
        lambda.updates.lock().unwrap().extend(updates);
        lambda
    }

    async fn run(&self, arguments: &[&str]) -> Printed {
        let mapping = get(get_mapping).put(update);
        let app = Router::new()
            .route("/", post(([(CONTENT_TYPE, "text/xml")], CALLER)))
            .route("/2015-03-31/event-source-mappings/{id}", mapping)
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let taskline = reaching(Taskline::on(&["--outputs", "outputs.json", "--endpoint-url", &url]));
        let outputs = json!({"QueueUrl": format!("{url}/line.fifo"), "DeadLetterQueueUrl": "d", "MessageGroup": "line",
            "TableName": "t", "EventSourceMappingId": "the-mapping", "CodeVersion": "1"});
        taskline.file("outputs.json", &json!({"a-processing": outputs}).to_string());
        taskline.run(arguments)
    }

    fn requests(&self) -> Vec<(String, serde_json::Value)> {
        self.requests.lock().unwrap().clone()
    }
}

async fn get_mapping(State(lambda): State<Lambda>) -> impl IntoResponse {
    let state = lambda.states.lock().unwrap().pop_front().expect("no more states");
    axum::Json(json!({"State": state}))
}

async fn update(State(lambda): State<Lambda>, Path(id): Path<String>, body: Bytes) -> impl IntoResponse {
    lambda.requests.lock().unwrap().push((id, serde_json::from_slice(&body).unwrap()));
    let (status, answer) = lambda.updates.lock().unwrap().pop_front().expect("no more updates");
    let status = StatusCode::from_u16(status).unwrap();
    match status {
        StatusCode::ACCEPTED => (status, [("x-amzn-errortype", "")], axum::Json(json!({"State": answer}))),
        _ => (status, [("x-amzn-errortype", answer)], axum::Json(json!({"Message": "it is in use"}))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_waits_until_the_mapping_is_disabled() {
    let lambda = Lambda::new(&["Enabled", "Disabling", "Disabling", "Disabled"], &[(202, "Disabling")]);
    let output = lambda.run(&["line", "pause", "--reason", "a test"]).await;
    assert_eq!(output.code, 0, "{}", output.err);
    assert!(output.err.contains("The line is paused"), "{}", output.err);
    assert_eq!(lambda.requests(), [("the-mapping".to_owned(), json!({"Enabled": false}))]);
    assert!(lambda.states.lock().unwrap().is_empty(), "the command did not wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_a_busy_mapping_is_repeated_once_the_mapping_is_stable() {
    let states = ["Disabled", "Disabled", "Updating", "Disabled", "Enabling", "Enabled"];
    let updates = [(400, "ResourceInUseException"), (409, "ResourceConflictException"), (202, "Enabling")];
    let lambda = Lambda::new(&states, &updates);
    let output = lambda.run(&["line", "resume", "--reason", "a test"]).await;
    assert_eq!(output.code, 0, "{}", output.err);
    assert_eq!(lambda.requests().len(), 3);
    assert!(lambda.states.lock().unwrap().is_empty(), "the command did not wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_in_the_requested_state_is_not_updated() {
    let lambda = Lambda::new(&["Disabled"], &[]);
    assert_eq!(lambda.run(&["line", "pause", "--reason", "a test"]).await.code, 0);
    assert_eq!(lambda.requests(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_by_lambda_is_reported_with_its_reason() {
    let lambda = Lambda::new(&["Enabled"], &[(403, "AccessDeniedException")]);
    let output = lambda.run(&["line", "pause", "--reason", "a test"]).await;
    assert_eq!(output.code, 1);
    assert!(
        output.err.contains("the line's switch") && output.err.contains("AccessDenied"),
        "{}",
        output.err
    );
}
