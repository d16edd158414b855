//! `taskline line pause` and `resume` while Lambda takes its time: no emulator does, so its answers are written down
//! here, from GetEventSourceMapping and UpdateEventSourceMapping in its API reference.

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
    taskline::{Said, Taskline},
};

const CALLER: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:user/ann</Arn>\
                      </GetCallerIdentityResult></GetCallerIdentityResponse>";

/// How Lambda answers, one by one; and what it was asked for.
#[derive(Clone, Default)]
struct Lambda {
    states: Arc<Mutex<VecDeque<&'static str>>>,
    updates: Arc<Mutex<VecDeque<(u16, &'static str)>>>,
    asked: Arc<Mutex<Vec<(String, serde_json::Value)>>>,
}

impl Lambda {
    /// A mapping that is seen in these states, and that answers updates so.
    fn new(states: &[&'static str], updates: &[(u16, &'static str)]) -> Self {
        let lambda = Self::default();
        lambda.states.lock().unwrap().extend(states);
        lambda.updates.lock().unwrap().extend(updates);
        lambda
    }

    async fn run(&self, arguments: &[&str]) -> Said {
        let mapping = get(look).put(update);
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

    fn asked(&self) -> Vec<(String, serde_json::Value)> {
        self.asked.lock().unwrap().clone()
    }
}

async fn look(State(lambda): State<Lambda>) -> impl IntoResponse {
    let state = lambda.states.lock().unwrap().pop_front().expect("no more looks");
    axum::Json(json!({"State": state}))
}

async fn update(State(lambda): State<Lambda>, Path(id): Path<String>, body: Bytes) -> impl IntoResponse {
    lambda.asked.lock().unwrap().push((id, serde_json::from_slice(&body).unwrap()));
    let (status, answer) = lambda.updates.lock().unwrap().pop_front().expect("no more updates");
    let status = StatusCode::from_u16(status).unwrap();
    match status {
        StatusCode::ACCEPTED => (status, [("x-amzn-errortype", "")], axum::Json(json!({"State": answer}))),
        _ => (status, [("x-amzn-errortype", answer)], axum::Json(json!({"Message": "it is in use"}))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_ends_when_the_mapping_is_disabled_and_not_before() {
    let lambda = Lambda::new(&["Enabled", "Disabling", "Disabling", "Disabled"], &[(202, "Disabling")]);
    let said = lambda.run(&["line", "pause", "--reason", "a test"]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("The line is paused"), "{}", said.err);
    assert_eq!(lambda.asked(), [("the-mapping".to_owned(), json!({"Enabled": false}))]);
    assert!(lambda.states.lock().unwrap().is_empty(), "it did not wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_that_is_in_use_is_asked_again_once_it_is_at_rest() {
    let states = ["Disabled", "Disabled", "Updating", "Disabled", "Enabling", "Enabled"];
    let updates = [(400, "ResourceInUseException"), (409, "ResourceConflictException"), (202, "Enabling")];
    let lambda = Lambda::new(&states, &updates);
    let said = lambda.run(&["line", "resume", "--reason", "a test"]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(lambda.asked().len(), 3);
    assert!(lambda.states.lock().unwrap().is_empty(), "it did not wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_that_is_so_already_is_not_asked() {
    let lambda = Lambda::new(&["Disabled"], &[]);
    assert_eq!(lambda.run(&["line", "pause", "--reason", "a test"]).await.code, 0);
    assert_eq!(lambda.asked(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lambda_refuses_is_told_with_its_reason() {
    let lambda = Lambda::new(&["Enabled"], &[(403, "AccessDeniedException")]);
    let said = lambda.run(&["line", "pause", "--reason", "a test"]).await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("the line's switch") && said.err.contains("AccessDenied"), "{}", said.err);
}
