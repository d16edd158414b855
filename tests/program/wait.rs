//! `GET /tasks/{id}?wait=…` on the real program: many requests wait, clients go away, the pipeline stops.

use futures_util::future::{join_all, select_all};
use harness::issuer::Issuer;
use reqwest::{Method, Response, StatusCode};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::{
    jwt,
    request::wait,
    taskline::{Running, Taskline, http},
};

/// 300 files allow 44 connections, a quarter of which may wait.
const OPEN_FILES: &str = "-n 300";
const PLACES: usize = 11;
/// How many of them one of many callers may have.
const PLACES_OF_EACH: usize = 3;

/// A paused pipeline with one task.
fn paused() -> (Taskline, Running, String) {
    let taskline = Taskline::new().with_open_files(OPEN_FILES);
    let running = taskline.start();
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    let id = taskline.submit("a");
    (taskline, running, id)
}

fn waiting(running: &Running, id: &str, seconds: u32) -> JoinHandle<Response> {
    let url = format!("{}/tasks/{id}?wait={seconds}s", running.url);
    tokio::spawn(async move { http().get(url).send().await.unwrap() })
}

/// Requests that fill all places: one more than there are is sent, and refused.
async fn all_places(running: &Running, id: &str) -> Vec<JoinHandle<Response>> {
    let requests: Vec<_> = (0..=PLACES).map(|_| waiting(running, id, 20)).collect();
    let (refused, _, others) = select_all(requests).await;
    let refused = refused.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    others
}

async fn statuses(requests: Vec<JoinHandle<Response>>) -> Vec<String> {
    let answers = join_all(requests).await.into_iter().map(async |answer| {
        let answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let task: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        task["status"].as_str().unwrap().to_owned()
    });
    join_all(answers).await
}

#[test]
fn requests_that_wait_are_limited_delay_no_others_and_are_answered_together() {
    let (taskline, running, id) = paused();
    wait(async {
        let waiting = all_places(&running, &id).await;
        let plain = http().get(format!("{}/tasks/{id}", running.url)).send().await.unwrap();
        assert_eq!(plain.status(), StatusCode::OK);
        assert_eq!(taskline.run(&["line", "resume", "--reason", "a test"]).code, 0);
        assert_eq!(statuses(waiting).await, ["completed"; PLACES]);
    });
    assert_eq!(running.terminate(), 0);
}

#[test]
fn a_stop_answers_the_requests_that_wait() {
    let (_taskline, running, id) = paused();
    wait(async {
        let waiting = all_places(&running, &id).await;
        assert_eq!(running.terminate(), 0);
        assert_eq!(statuses(waiting).await, ["accepted"; PLACES]);
    });
}

#[test]
fn a_client_that_goes_away_leaves_its_place() {
    let (_taskline, running, id) = paused();
    wait(async {
        for request in all_places(&running, &id).await {
            request.abort();
        }
        let again = async || waiting(&running, &id, 1).await.unwrap().status();
        harness::eventually(again, |status| *status == StatusCode::OK).await;
    });
    assert_eq!(running.terminate(), 0);
}

#[test]
fn a_caller_that_waits_leaves_places_for_others() {
    let (taskline, issuer) = (Taskline::new().with_open_files(OPEN_FILES), Issuer::new());
    let running = jwt::start(&taskline, &issuer.key_set("k1"));
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    let token = |subject: &str| {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": "k1"});
        issuer.token(&header, &jwt::with(jwt::claims(), "sub", json!(subject)))
    };
    // Each waits for an own task.
    let submitted = async |token: &str| {
        let answer = jwt::call(&running, Method::POST, "/tasks", token).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        format!("{}{}", running.url, answer.headers()["location"].to_str().unwrap())
    };
    let waiting = |url: &str, token: &str| {
        let request = http().get(format!("{url}?wait=20s")).bearer_auth(token);
        tokio::spawn(async move { request.send().await.unwrap() })
    };
    wait(async {
        let (ann, bob) = (token("ann"), token("bob"));
        let (anns, bobs) = (submitted(&ann).await, submitted(&bob).await);
        // One more than she may, which is refused.
        let requests: Vec<_> = (0..=PLACES_OF_EACH).map(|_| waiting(&anns, &ann)).collect();
        let (refused, _, anns_requests) = select_all(requests).await;
        let refused = refused.unwrap();
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.headers().contains_key("retry-after"));
        assert_eq!(jwt::json_of(refused).await["type"], "urn:taskline:problem:too-many-waits");
        let plain = http().get(&anns).bearer_auth(&ann).send().await.unwrap();
        assert_eq!(plain.status(), StatusCode::OK);
        let bobs_requests: Vec<_> = (0..PLACES_OF_EACH).map(|_| waiting(&bobs, &bob)).collect();
        assert_eq!(taskline.run(&["line", "resume", "--reason", "a test"]).code, 0);
        assert_eq!(statuses(anns_requests).await, ["completed"; PLACES_OF_EACH]);
        assert_eq!(statuses(bobs_requests).await, ["completed"; PLACES_OF_EACH]);
    });
    assert_eq!(running.terminate(), 0);
}
