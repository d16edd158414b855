//! What a webhook's receiver answers is the result of the task: shown to its submitter and, on request, to operators.

use std::sync::Arc;

use axum::{Router, body::Body, response::Response, routing::post};
use futures_util::stream;
use serde_json::json;

use crate::{
    request::{get, wait},
    taskline::Taskline,
};

const PRIVATE: &str = "very-private";

/// A receiver that answers each task with what `answer` makes.
fn receiver(answer: impl Fn() -> Response + Send + Sync + 'static) -> String {
    wait(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = Arc::new(answer);
        let router = Router::new().fallback(post(async move || answer()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    })
}

fn json_of(body: impl Into<Body>) -> Response {
    Response::builder().header("content-type", "application/json").body(body.into()).unwrap()
}

#[test]
fn the_json_that_a_receiver_answers_is_the_result() {
    let result = format!("{{\"total\": 1.10,\t\"note\":\"{PRIVATE} \u{9b}31m\",\r\n \"big\":1e400}}");
    let body = result.clone();
    let url = receiver(move || json_of(body.clone()));
    let taskline = Taskline::new();
    let running = taskline.start_with(&["local", "--listen", "127.0.0.1:0", "--webhook", &url]);
    let id = taskline.submit("a");
    taskline.until_idle();
    let text = wait(async {
        let url = format!("{}/tasks/{id}?wait=20s", running.url);
        crate::taskline::http().get(url).send().await.unwrap().text().await.unwrap()
    });
    assert!(text.contains(&format!("\"result\":{result}")), "{text}");
    let hidden = taskline.run(&["task", "show", &id]);
    assert!(hidden.out.contains("payload, result (hidden; --payload shows it)"), "{}", hidden.out);
    let shown = taskline.run(&["task", "show", &id, "--payload"]);
    assert!(shown.out.contains("result       {\"total\": 1.10, \"note\""), "{}", shown.out);
    let as_json = taskline.run(&["--json", "task", "show", &id, "--payload"]);
    assert!(
        as_json.out.contains("1.10, \"note\":\"very-private \\u009b31m\", \n \"big\":1e400"),
        "{}",
        as_json.out
    );
    let secret = taskline.json(&["task", "show", &id]);
    assert_eq!((&secret["has_result"], secret.get("result")), (&json!(true), None));
    assert_eq!(running.terminate(), 0);
    for text in [taskline.log(), hidden.out, secret.to_string()] {
        assert!(!text.contains(PRIVATE), "{text}");
    }
}

type Answer = Box<dyn Fn() -> Response + Send + Sync>;

#[test]
fn a_result_that_cant_be_kept_is_dropped_and_explained() {
    let endless = || {
        let never = stream::pending::<Result<Vec<u8>, std::io::Error>>();
        json_of(Body::from_stream(never))
    };
    let long = || json_of(format!("\"{}\"", PRIVATE.repeat(10_000)));
    let broken = || json_of(format!("{{\"{PRIVATE}"));
    let answers: [(&str, Answer); 3] =
        [("incomplete", Box::new(endless)), ("too_long", Box::new(long)), ("not_json", Box::new(broken))];
    for (reason, answer) in answers {
        let url = receiver(answer);
        let taskline = Taskline::new().with("HANDLER_TIMEOUT_SECONDS", "2");
        let running = taskline.start_with(&["local", "--listen", "127.0.0.1:0", "--webhook", &url]);
        let id = taskline.submit("a");
        let task = taskline.until(&["task", "show", &id], |task| task["finished_at"].is_string());
        assert_eq!((&task["status"], &task["result_dropped"]), (&json!("completed"), &json!(reason)));
        let shown = get(&running.url, &id).unwrap().body;
        assert_eq!((&shown["result"], &shown["result_dropped"]), (&json!(null), &json!(reason)));
        assert!(
            taskline.run(&["task", "show", &id]).out.contains(&format!("result       dropped: {reason}"))
        );
        assert_eq!(running.terminate(), 0);
        let log = taskline.log();
        assert!(log.contains("the result was dropped") && log.contains(&id), "{log}");
        assert!(!log.contains(PRIVATE), "{log}");
    }
}
