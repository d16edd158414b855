//! A receiver that is down: the line waits for it, and says so.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, http::StatusCode};
use harness::{eventually, receiver::Receiver};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::{console::Console, taskline::Taskline};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// An address that refuses connections until its receiver starts. No other process can take it meanwhile.
struct Address(TcpSocket);

impl Address {
    fn of_nobody() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self(socket)
    }

    /// A pipeline that posts here and retries every second. A second attempt would be one too many.
    fn taskline(&self) -> Taskline {
        Taskline::new()
            .with("TASK_HANDLER", "webhook")
            .with("WEBHOOK_URL", format!("http://{}/", self.0.local_addr().unwrap()))
            .with("WEBHOOK_SECRET", SECRET)
            .with("ATTEMPT_BUDGET", "1")
            .with("RETRY_MAX_SECONDS", "1")
    }

    /// Starts a receiver that accepts every task; returns their titles and attempts.
    fn start_receiver(self) -> Arc<Mutex<Vec<(String, u64)>>> {
        let seen: Arc<Mutex<Vec<(String, u64)>>> = Arc::default();
        let sees = Arc::clone(&seen);
        let receive = async move |body: Bytes| {
            let call: Value = serde_json::from_slice(&body).unwrap();
            let (title, attempt) = (&call["data"]["title"], &call["data"]["attempt"]);
            sees.lock().unwrap().push((title.as_str().unwrap().to_owned(), attempt.as_u64().unwrap()));
            StatusCode::NO_CONTENT
        };
        let listener = self.0.listen(16).unwrap();
        let router = Router::new().fallback(receive);
        tokio::spawn(async move { axum::serve(listener, router).await });
        seen
    }
}

/// So many tries after the first have found the receiver down.
fn has_tried_again(times: u64) -> impl Fn(&Value) -> bool {
    move |task| task["failures"][0]["replaced"].as_u64() >= Some(times)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_waits_for_a_receiver_that_is_down_and_goes_on_when_it_starts() {
    let address = Address::of_nobody();
    let taskline = address.taskline();
    let running = taskline.start();
    let ids = ["a", "b", "c"].map(|title| taskline.submit(title));
    let head = taskline.until(&["task", "show", &ids[0]], has_tried_again(2));
    assert_eq!(head["failures"].as_array().unwrap().len(), 1, "{head}");
    assert_eq!(
        (&head["failure"]["class"], &head["failure"]["code"]),
        (&json!("unavailable"), &json!("connection_refused"))
    );

    // Between two tries, the status has the time of the next one.
    let status =
        taskline.until(&["line", "status"], |it| it["handler_unavailable"]["next_try_at"].is_string());
    assert_eq!((&status["state"], &status["dead_lettered"]), (&json!("retrying"), &json!(0)));
    assert_eq!((&status["waiting"], &status["head"]["attempts_left"]), (&json!(2), &json!(1)), "{status}");
    assert_eq!(status["handler_unavailable"]["code"], "connection_refused");
    let since = status["handler_unavailable"]["since"].as_str().unwrap().to_owned();
    let words = eventually(
        || async { taskline.run(&["line", "status"]).out },
        |text| text.contains(", next try in ") && text.contains("handler unavailable since "),
    );
    let words = words.await;
    assert!(
        words.contains("state         retrying: handler unavailable since ")
            && words.contains("(connection_refused)"),
        "{words}"
    );
    let snapshot = Console::at(&running.console).get("/api/snapshot").await;
    assert_eq!(snapshot["handler_unavailable"]["since"], since.as_str());
    let shown = taskline.run(&["task", "show", &ids[0]]).out;
    assert!(shown.contains(" in a row: unavailable connection_refused"), "{shown}");

    // The outage outlives the process. A kill could end a try, which is a crash and not an outage.
    assert_eq!(running.terminate(), 0);
    let running = taskline.start();
    let tries = head["failures"][0]["replaced"].as_u64().unwrap();
    taskline.until(&["task", "show", &ids[0]], has_tried_again(tries + 2));
    let status = taskline.until(&["line", "status"], |it| it["handler_unavailable"].is_object());
    assert_eq!(status["handler_unavailable"]["since"], since.as_str());

    let seen = address.start_receiver();
    taskline.until_idle();
    let titles: Vec<String> = seen.lock().unwrap().iter().map(|(title, _)| title.clone()).collect();
    assert_eq!(titles, ["a", "b", "c"]);
    let attempts = ids.map(|id| {
        let task = taskline.status_of(&id);
        assert_eq!(task["status"], "completed");
        task["attempts"].as_u64().unwrap()
    });
    assert!(attempts[0] >= 4 && attempts[1..] == [1, 1], "{attempts:?}");
    assert_eq!(seen.lock().unwrap()[0].1, attempts[0], "the receiver got the number of the attempt");
    let status = taskline.json(&["line", "status"]);
    assert_eq!((&status["handler_unavailable"], &status["dead_lettered"]), (&json!(null), &json!(0)));
    assert_eq!(running.terminate(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_that_is_too_long_spends_attempts() {
    let address = Address::of_nobody();
    let taskline = address.taskline().with("UNAVAILABLE_SECONDS_MAX", "1");
    let _running = taskline.start();
    let id = taskline.submit("a");
    let dead = taskline.until(&["task", "show", &id], |task| task["status"] == "dead_lettered");
    assert!(dead["attempts"].as_u64() >= Some(2), "the first attempt was free: {dead}");
    let list = taskline.json(&["dead-letters", "list", "--code", "connection_refused"]);
    assert_eq!(list["dead_letters"][0]["task_id"], id.as_str());
}

/// The receiver was started with another secret, or behind something that does not let the pipeline in.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_accept_the_pipeline_loses_no_task_until_it_is_repaired() {
    for refusal in [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN] {
        let receiver = Receiver::start().await;
        let taskline = receiver.taskline().with("ATTEMPT_BUDGET", "1");
        for title in ["a", "b"] {
            receiver.answer(title, refusal);
        }
        let running = taskline.start();
        let ids = ["a", "b"].map(|title| taskline.submit(title));
        let head = taskline.until(&["task", "show", &ids[0]], has_tried_again(1));
        assert_eq!(head["failure"]["class"], "unavailable", "{head}");
        assert_eq!(head["failure"]["code"], format!("http_{}", refusal.as_u16()));
        for title in ["a", "b"] {
            receiver.answer(title, StatusCode::NO_CONTENT);
        }
        taskline.until_idle();
        for id in &ids {
            assert_eq!(taskline.status_of(id)["status"], "completed");
        }
        let titles = receiver.titles();
        assert!(titles.len() >= 4 && titles.iter().rev().skip(1).all(|title| title == "a"), "{titles:?}");
        assert_eq!(running.terminate(), 0);
    }
}

/// Nothing tells a receiver without its route from a task whose subject is gone, so these end with the attempts.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_without_its_route_spends_attempts() {
    for refusal in [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED, StatusCode::GONE] {
        let receiver = Receiver::start().await;
        let taskline = receiver.taskline().with("ATTEMPT_BUDGET", "2");
        receiver.answer_first("late", refusal);
        receiver.answer("never", refusal);
        let running = taskline.start();
        let ids = ["late", "never"].map(|title| taskline.submit(title));
        taskline.until_idle();
        let [late, never] = ids.map(|id| taskline.status_of(&id));
        assert_eq!((&late["status"], &late["attempts"]), (&json!("completed"), &json!(2)));
        assert_eq!((&never["status"], &never["attempts"]), (&json!("dead_lettered"), &json!(2)));
        assert_eq!(never["failure"]["class"], "transient", "{never}");
        assert_eq!(running.terminate(), 0);
    }
}
