//! `GET /tasks/{id}?wait=…` on the real program: many requests wait, clients go away, the pipeline stops.

use futures_util::future::{join_all, select_all};
use reqwest::{Response, StatusCode};
use tokio::task::JoinHandle;

use crate::{
    request::wait,
    taskline::{Running, Taskline, http},
};

/// 300 files allow 44 connections, a quarter of which may wait.
const OPEN_FILES: &str = "-n 300";
const PLACES: usize = 11;

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
