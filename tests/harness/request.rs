//! Requests as clients make them, and their answers.

use api::AcceptRequest;
use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode, header, request},
};
use http_body_util::BodyExt;
use serde_json::Value;
use shared::{Caller, IdempotencyKey, Submission, Task, TaskId};

/// The body of a request for a task of this title.
pub fn task_json(title: &str) -> String {
    serde_json::json!({"title": title, "description": format!("about {title}"), "priority": "low"})
        .to_string()
}

/// A task of this title.
pub fn task(title: &str) -> Task {
    submission(title).task().clone()
}

fn submission(title: &str) -> Submission {
    Submission::parse(task_json(title).as_bytes()).unwrap()
}

/// A request to the intake for a task of this title.
pub fn accept_request(title: &str, key: Option<&str>) -> AcceptRequest {
    AcceptRequest {
        caller: Caller::local(),
        key: key.map(|key| IdempotencyKey::parse(key.as_bytes()).unwrap()),
        submission: submission(title),
        trace: None,
    }
}

/// A POST of JSON to `/tasks`, to be completed by its body.
pub fn post() -> request::Builder {
    Request::post("/tasks").header(header::CONTENT_TYPE, "application/json")
}

/// A GET, complete.
pub fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

/// A DELETE of a task, complete.
pub fn delete(task_id: TaskId) -> Request<Body> {
    Request::delete(format!("/tasks/{task_id}")).body(Body::empty()).unwrap()
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn read(response: axum::response::Response) -> Self {
        let (head, body) = response.into_parts();
        Self {
            status: head.status,
            headers: head.headers,
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    /// A header that occurs once; empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        assert!(self.headers.get_all(name).iter().count() <= 1, "{name} occurs twice");
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The JSON pointers of a 400's violations.
    pub fn violations(&self) -> Vec<String> {
        let json = self.json();
        let violations = json["violations"].as_array().cloned().unwrap_or_default();
        violations.iter().map(|violation| violation["pointer"].as_str().unwrap().to_owned()).collect()
    }
}
