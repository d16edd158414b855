//! The console's server: who may call it, and what each call does.

use axum::http::StatusCode;
use reqwest::{Method, RequestBuilder, Response, header};
use serde_json::{Value, json};

use crate::{
    receiver::Receiver,
    taskline::{Running, Taskline, http},
};

/// A client of a pipeline's console, which calls it as the page does.
pub struct Console {
    origin: String,
    token: String,
}

impl Console {
    /// Connects to the URL that was printed.
    pub fn at(url: &str) -> Self {
        let (origin, token) = url.split_once("/#").unwrap();
        Self { origin: origin.to_owned(), token: token.to_owned() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        http().request(method, format!("{}{path}", self.origin))
    }

    fn with_token(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.with_token(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        json_of(answer).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.with_token(Method::POST, path).header(header::CONTENT_TYPE, "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        (answer.status().as_u16(), json_of(answer).await)
    }

    /// Previews an action, and performs it with a reason.
    pub async fn act(&self, action: &Value) -> (Value, Value) {
        let (status, preview) = self.post("/api/preview", action).await;
        assert_eq!(status, 200, "{action}: {preview}");
        let mut request = action.clone();
        request["reason"] = json!("for a reason");
        let (status, outcome) = self.post("/api/act", &request).await;
        assert_eq!(status, 200, "{action}: {outcome}");
        (preview, outcome)
    }
}

async fn json_of(answer: Response) -> Value {
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

/// A pipeline whose receiver refuses these tasks. All are dead letters, or the line is held at the first.
async fn refused(titles: &[&str], policy: &str) -> (Receiver, Taskline, Running, Vec<String>) {
    let receiver = Receiver::start().await;
    let (taskline, running, ids) = refused_at(&receiver, titles, policy);
    (receiver, taskline, running, ids)
}

fn refused_at(receiver: &Receiver, titles: &[&str], policy: &str) -> (Taskline, Running, Vec<String>) {
    titles.iter().for_each(|title| receiver.answer(title, StatusCode::UNPROCESSABLE_ENTITY));
    let taskline = receiver.taskline().with("FAILURE_POLICY", policy);
    let running = taskline.start();
    let ids = titles.iter().map(|title| taskline.submit(title)).collect();
    taskline.until(&["line", "status"], |status| status["state"] == "idle" || status["state"] == "held");
    (taskline, running, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_refuses_every_call_without_the_token() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let console = Console::at(&running.console);
    let calls = [
        (Method::GET, "/api/snapshot"),
        (Method::GET, "/api/dead-letters"),
        (Method::GET, "/api/dead-letters/ids"),
        (Method::GET, "/api/tasks/01890a5d-ac96-774b-bcce-b302099a8057"),
        (Method::GET, "/api/tasks/01890a5d-ac96-774b-bcce-b302099a8057/overtakers"),
        (Method::GET, "/api/verify"),
        (Method::POST, "/api/preview"),
        (Method::POST, "/api/act"),
        (Method::GET, "/api/nothing"),
    ];
    for (method, path) in calls {
        let wrong = console.request(method.clone(), path).bearer_auth("0".repeat(64));
        for request in [console.request(method, path), wrong] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 401, "{path}");
        }
    }
    let in_the_query = console.request(Method::GET, &format!("/api/snapshot?token={}", console.token));
    assert_eq!(in_the_query.send().await.unwrap().status(), 401);
    assert_eq!(console.get("/api/snapshot").await["state"], "idle");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_origins_and_host_names_are_refused_even_with_the_token() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let console = Console::at(&running.console);
    for path in ["/", "/main.js", "/api/snapshot"] {
        for (name, value) in [(header::HOST, "evil.example"), (header::ORIGIN, "http://evil.example")] {
            let answer = console.with_token(Method::GET, path).header(name, value).send().await.unwrap();
            assert_eq!(answer.status(), 403, "{path} {value}");
            assert!(!answer.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
        }
    }
    let same = console.with_token(Method::GET, "/api/snapshot").header(header::ORIGIN, &console.origin);
    assert_eq!(same.send().await.unwrap().status(), 200);
    let preflight =
        console.request(Method::OPTIONS, "/api/act").header(header::ORIGIN, "http://evil.example");
    assert_eq!(preflight.send().await.unwrap().status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_sets_strict_security_headers() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let console = Console::at(&running.console);
    for path in ["/", "/style.css", "/api/snapshot", "/api/nothing", "/nothing"] {
        let answer = console.with_token(Method::GET, path).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for part in
            ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"]
        {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(
            (header("x-content-type-options"), header("referrer-policy")),
            ("nosniff".into(), "no-referrer".into())
        );
        assert_eq!(header("cache-control"), "no-store");
    }
    let wrong_method = console.with_token(Method::GET, "/api/act").send().await.unwrap();
    assert_eq!(wrong_method.status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn task_contents_are_returned_only_on_request() {
    let (_receiver, _taskline, running, ids) = refused(&["private words"], "dead-letter").await;
    let console = Console::at(&running.console);
    let task = format!("/api/tasks/{}", ids[0]);
    for path in ["/api/snapshot", "/api/dead-letters", &task] {
        let hidden = console.get(path).await.to_string();
        assert!(!hidden.contains("private words"), "{hidden}");
    }
    for path in ["/api/dead-letters?payload=true", &format!("{task}?payload=true")] {
        assert!(console.get(path).await.to_string().contains("private words"), "{path}");
    }
    assert_eq!(console.get("/api/dead-letters?title=PRIVATE").await["total"], 1);
    assert_eq!(console.get("/api/dead-letters?class=transient").await["total"], 0);
    let wrong = console.with_token(Method::GET, "/api/dead-letters?class=odd").send().await.unwrap();
    assert_eq!(wrong.status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn previews_and_refusals_show_titles_only_on_request() {
    let (_receiver, _taskline, running, ids) = refused(&["private words"], "dead-letter").await;
    let console = Console::at(&running.console);
    let discard = |payload: bool| json!({"action": "discard", "ids": ids, "payload": payload});
    let (_, hidden) = console.post("/api/preview", &discard(false)).await;
    assert_eq!(hidden["tasks"][0]["title"], Value::Null);
    let (_, shown) = console.post("/api/preview", &discard(true)).await;
    assert_eq!(shown["tasks"][0]["title"], "private words");
    console.act(&discard(false)).await;
    for (payload, title) in [(false, Value::Null), (true, json!("private words"))] {
        let (preview, outcome) = console.act(&discard(payload)).await;
        assert_eq!((&preview["refused"][0]["title"], &outcome["refused"][0]["title"]), (&title, &title));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_amended_redriven_and_discarded_after_a_preview_with_a_reason() {
    let receiver = Receiver::start().await;
    receiver.report_version("1.4");
    let (taskline, running, ids) = refused_at(&receiver, &["one", "two"], "dead-letter");
    let console = Console::at(&running.console);
    let redrive = json!({"action": "redrive", "ids": ids});
    let (_, preview) = console.post("/api/preview", &redrive).await;
    assert!(
        preview["sentences"].to_string().contains("2 may fail again: the handler reported version 1.4"),
        "{preview}"
    );
    assert_eq!((&preview["refused_count"], &preview["can_be_forced"]), (&json!(0), &json!(false)));
    taskline.submit("fine");
    taskline.until_idle();
    let (_, preview) = console.post("/api/preview", &redrive).await;
    assert_eq!((&preview["refused_count"], &preview["can_be_forced"]), (&json!(2), &json!(true)));
    let (status, problem) = console.post("/api/act", &redrive).await;
    assert_eq!((status, problem["title"].as_str().unwrap().contains("reason")), (400, true), "{problem}");
    let (_, outcome) = console.act(&redrive).await;
    assert_eq!((&outcome["done"], outcome["refused"].as_array().unwrap().len()), (&json!([]), 2));

    let amended = json!({"title": "fixed", "description": "d", "priority": "low"});
    let amend = json!({"action": "amend", "id": ids[0], "task": amended});
    let (preview, _) = console.act(&amend).await;
    assert_eq!(preview["changes"][0], json!({"change": "removed", "text": "title: one"}));
    assert_eq!(preview["sanitised"], json!([]));
    let marked_up = json!({"title": "<b>fixed</b>", "description": "d", "priority": "low"});
    let amend = json!({"action": "amend", "id": ids[0], "task": marked_up});
    let (status, preview) = console.post("/api/preview", &amend).await;
    assert_eq!((status, &preview["sanitised"], &preview["changes"]), (200, &json!(["/title"]), &json!([])));
    assert!(preview["sentences"][1].as_str().unwrap().starts_with("Cleaning changed /title"), "{preview}");
    let submit = json!({"action": "submit", "key": "k", "task": marked_up});
    let (_, preview) = console.post("/api/preview", &submit).await;
    let (gone, new) = (&preview["changes"][0]["text"], &preview["changes"][1]["text"]);
    assert_eq!((gone, new), (&json!("title: <b>fixed</b>"), &json!("title: fixed")));
    let invalid = json!({"action": "amend", "id": ids[0], "task": {"title": ""}});
    assert_eq!(console.post("/api/preview", &invalid).await.0, 400);
    console.act(&json!({"action": "redrive", "ids": [ids[0]]})).await;
    taskline.until_idle();
    assert_eq!(receiver.titles(), ["one", "two", "fine", "fixed"]);

    console.act(&json!({"action": "discard", "ids": [ids[1]]})).await;
    let discarded = taskline.status_of(&ids[1]);
    assert_eq!(discarded["status"], "discarded");
    assert_eq!(discarded["audit"][0]["reason"], "for a reason");
    assert_eq!(discarded["audit"][0]["by"], "ann");
    let unknown = json!({"action": "discard", "ids": ["01890a5d-ac96-774b-bcce-b302099a8057"]});
    assert_eq!(console.post("/api/preview", &unknown).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_resumes_and_skips_held_tasks() {
    let (receiver, taskline, running, ids) = refused(&["one", "two"], "hold").await;
    let console = Console::at(&running.console);
    let snapshot = console.get("/api/snapshot").await;
    assert_eq!((&snapshot["state"], &snapshot["head"]["task_id"]), (&json!("held"), &json!(ids[0])));
    receiver.answer("one", StatusCode::OK);
    console.act(&json!({"action": "resume", "id": ids[0]})).await;
    taskline.until(&["held", "show"], |held| held[0]["task_id"] == ids[1].as_str());
    assert_eq!(taskline.status_of(&ids[0])["status"], "completed");
    let again = json!({"action": "resume", "id": ids[0], "reason": "again"});
    assert_eq!(console.post("/api/act", &again).await.0, 409);
    console.act(&json!({"action": "skip", "id": ids[1]})).await;
    taskline.until_idle();
    assert_eq!(taskline.status_of(&ids[1])["status"], "dead_lettered");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_pauses_resumes_verifies_and_reconciles_the_line() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let console = Console::at(&running.console);
    console.act(&json!({"action": "pause_line"})).await;
    let id = taskline.submit("waits");
    let mut snapshot = console.get("/api/snapshot").await;
    assert_eq!(snapshot["state"], "paused");
    // A request that names the current revision is answered once there is a newer one.
    while snapshot["head"]["task_id"] != id.as_str() {
        snapshot = console.get(&format!("/api/snapshot?after={}", snapshot["revision"])).await;
    }
    console.act(&json!({"action": "resume_line"})).await;
    taskline.until_idle();
    while snapshot["state"] != "idle" {
        snapshot = console.get(&format!("/api/snapshot?after={}", snapshot["revision"])).await;
    }
    let minutes = snapshot["last_hour"].as_array().unwrap();
    let busy: Vec<_> = minutes.iter().filter(|minute| minute["wait_seconds"].is_number()).collect();
    assert_eq!((minutes.len(), busy.len(), &busy[0]["completed"]), (60, 1, &json!(1)));
    assert_eq!(console.get("/api/verify").await["violations"], json!([]));
    let (preview, _) = console.act(&json!({"action": "reconcile"})).await;
    assert_eq!(preview["sentences"], json!(["The queues and the records agree."]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_works_on_a_stopped_pipeline() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    taskline.submit("while it is stopped");
    let running = taskline.start_with(&["console"]);
    let snapshot = Console::at(&running.console).get("/api/snapshot").await;
    assert_eq!((&snapshot["waiting"], &snapshot["operator"]), (&json!(1), &json!("ann")));
    assert_eq!(running.terminate(), 0);
}

#[test]
fn the_console_listens_on_loopback_addresses_only() {
    for arguments in [&["console", "--listen", "0.0.0.0:0"][..], &["local", "--console", "192.168.0.1:80"]] {
        let output = Taskline::new().run(arguments);
        assert_eq!(output.code, 2);
        assert!(output.err.contains("listens on this machine only"), "{}", output.err);
    }
}
