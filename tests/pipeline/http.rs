//! HTTP: the answers to clients, with every header. Every error is RFC 9457 and contains nothing internal.

use api::CorsOrigins;
use axum::{
    body::{Body, Bytes},
    http::{Method, Request, StatusCode, header},
};
use futures_util::stream;
use harness::{Answer, Gate, Outcome, PipelineFixture, get, post, task_json};
use serde_json::{Value, json};
use shared::{Caller, Status, TaskId, limits::BODY_BYTES_MAX};

async fn send(body: impl Into<Body>) -> Answer {
    PipelineFixture::new().send(post().body(body.into()).unwrap()).await
}

/// An answer in the shape of RFC 9457, with its type.
fn assert_problem(answer: &Answer, status: u16, kind: &str) {
    assert_eq!(answer.status.as_u16(), status, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let json = answer.json();
    assert_eq!(json["type"], format!("urn:taskline:problem:{kind}"));
    assert_eq!(json["status"], status);
    assert!(json["title"].is_string());
}

fn uncapped(title: &str, description: &str) -> String {
    json!({"title": title, "description": description, "priority": "low"}).to_string()
}

#[tokio::test]
async fn a_valid_request_is_answered_with_id_sequence_number_and_location() {
    let pipeline = PipelineFixture::new();
    let answer = pipeline.send(post().body(task_json("a").into()).unwrap()).await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.header("content-type"), "application/json");
    let json = answer.json();
    let mut fields: Vec<_> = json.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["message", "sequence_number", "status", "task_id"]);
    let task_id: TaskId = json["task_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(answer.header("location"), format!("/tasks/{task_id}"));
    assert_eq!(answer.header("idempotent-replayed"), "");
    assert_eq!(json["status"], "accepted");
    let place = json["sequence_number"].as_str().expect("text, for JavaScript");
    assert!(place.parse::<u128>().is_ok());
}

#[tokio::test]
async fn a_body_that_is_not_a_json_object_is_malformed() {
    for body in ["", "{", "null", "[]", "\"text\"", "12", "{} {}", "{\"title\":}"] {
        let answer = send(body).await;
        assert_problem(&answer, 400, "malformed");
        assert!(answer.json()["detail"].is_string(), "{body:?}");
    }
    assert_problem(&send(vec![b'"', 0xff, b'"']).await, 400, "malformed");
}

#[tokio::test]
async fn the_answer_to_a_malformed_body_does_not_quote_it() {
    for body in ["hunter2", "{\"title\": hunter2}", "[\"hunter2\"]"] {
        let text = String::from_utf8(send(body).await.body).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn all_violations_are_reported_together_by_json_pointer() {
    let body = json!({"title": "", "priority": "urgent", "due_date": "tomorrow", "a/b~c": 1});
    let answer = send(body.to_string()).await;
    assert_problem(&answer, 400, "invalid");
    assert_eq!(answer.violations(), ["/title", "/description", "/priority", "/due_date", "/a~1b~0c"]);
    for violation in answer.json()["violations"].as_array().unwrap() {
        assert!(!violation["message"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_empty_object_violates_every_required_field() {
    let answer = send("{}").await;
    assert_eq!(answer.violations(), ["/title", "/description", "/priority"]);
}

#[tokio::test]
async fn each_violation_is_reported_with_its_pointer_and_message() {
    let valid = json!({"title": "a", "description": "b", "priority": "low"});
    let with = |field: &str, value: Value| {
        let mut json = valid.clone();
        json[field] = value;
        json.to_string()
    };
    for (field, value) in [
        ("title", json!("x".repeat(201))),
        ("title", json!(1)),
        ("title", json!(null)),
        ("title", json!("<script>alert(1)</script>")),
        ("title", json!(" \u{0} ")),
        ("title", json!("\u{3164}")),
        ("title", json!("\u{2800}\u{200B}\u{FE0F}")),
        ("description", json!("\u{AD}\u{E0020}")),
        ("description", json!("")),
        ("description", json!("x".repeat(10_001))),
        ("priority", json!("LOW")),
        ("priority", json!({"low": null})),
        ("due_date", json!("2026-01-31")),
        ("due_date", json!("2026-01-31T09:00:00")),
        ("due_date", json!("2026-02-30T09:00:00Z")),
        ("due_date", json!("2026-01-31 09:00:00Z")),
        ("due_date", json!("2026-01-31T09:00:00\u{2212}01:00")),
        ("due_date", json!("2026-01-31T23:59:60Z")),
        ("due_date", json!(1_769_850_000)),
        ("colour", json!("red")),
    ] {
        let answer = send(with(field, value.clone())).await;
        assert_problem(&answer, 400, "invalid");
        assert_eq!(answer.violations(), [format!("/{field}")], "{value}");
    }
    for (field, value) in [
        ("title", json!("ä".repeat(200))),
        ("description", json!("🦀".repeat(10_000))),
        ("priority", json!("high")),
        ("due_date", json!(null)),
        ("due_date", json!("2026-01-31T09:00:00.123456789+14:00")),
        ("due_date", json!("1999-12-31T23:59:59Z")),
    ] {
        assert_eq!(send(with(field, value.clone())).await.status, 202, "{field}: {value}");
    }
}

#[tokio::test]
async fn a_leap_second_becomes_the_second_before_it() {
    let pipeline = PipelineFixture::new();
    let body =
        json!({"title": "a", "description": "b", "priority": "low", "due_date": "2016-12-31T23:59:60Z"});
    let answer = pipeline.send(post().body(body.to_string().into()).unwrap()).await;
    assert_eq!(answer.status, 202);
    let seen = pipeline.send(get(answer.header("location"))).await.json();
    assert_eq!(seen["task"]["due_date"], "2016-12-31T23:59:59Z");
    assert_eq!(answer.json()["sanitised"], json!(["/due_date"]));
}

#[tokio::test]
async fn a_repeated_field_is_refused() {
    let body = r#"{"title":"a","title":"b","description":"c","priority":"low"}"#;
    assert_eq!(send(body).await.violations(), ["/title"]);
}

#[tokio::test]
async fn callers_and_handlers_see_the_sanitised_text() {
    let pipeline = PipelineFixture::new();
    let body = uncapped("R&D: a < b <b>now</b>", "one<script>alert(1)</script> &lt;i&gt;two");
    let answer = pipeline.send(post().body(body.into()).unwrap()).await;
    let seen = pipeline.send(get(answer.header("location"))).await.json();
    assert_eq!(seen["task"]["title"], "R&D: a < b now");
    let description = seen["task"]["description"].as_str().unwrap();
    assert!(!description.contains("script") && !description.contains("<i>"), "{description}");
    pipeline.work_until_empty().await;
    let call = &pipeline.handler.calls()[0];
    assert_eq!((call.title.as_str(), call.description.as_str()), ("R&D: a < b now", description));
}

#[tokio::test]
async fn words_separated_by_an_element_or_a_line_break_stay_separate() {
    let pipeline = PipelineFixture::new();
    let text = "a<p>b</p><p>c</p>d<br>e\u{85}f\u{2028}g\u{B}h";
    let answer = pipeline.send(post().body(uncapped(text, text).into()).unwrap()).await;
    let seen = pipeline.send(get(answer.header("location"))).await.json();
    assert_eq!(seen["task"]["title"], "a b c d e f g h");
    assert_eq!(seen["task"]["description"], "a\nb\nc\nd\ne\nf\ng\nh");
}

#[tokio::test]
async fn every_answer_names_the_members_that_cleaning_changed() {
    let pipeline = PipelineFixture::new();
    let send = async |key: &str, title: &str, description: &str| {
        let request = post().header("Idempotency-Key", key);
        let answer = pipeline.send(request.body(uncapped(title, description).into()).unwrap()).await;
        assert_eq!(answer.status, 202);
        pipeline.clock.advance_seconds(1);
        (answer.header("idempotent-replayed").to_owned(), answer.json()["sanitised"].clone())
    };
    for (key, title, description, named) in [
        ("as sent", "a < b & c", "d\n\te", Value::Null),
        ("markup", "<b>a</b>", "b", json!(["/title"])),
        ("spaces", "a", "b ", json!(["/description"])),
        ("composed", "e\u{301}", "a\r\nb", json!(["/title", "/description"])),
    ] {
        let key = key.replace(' ', "-");
        for replayed in ["", "true", "true"] {
            assert_eq!(send(&key, title, description).await, (replayed.to_owned(), named.clone()), "{key}");
        }
        pipeline.work_until_empty().await;
        assert_eq!(send(&key, title, description).await, ("true".to_owned(), named), "{key}, completed");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_and_without_a_content_length() {
    let at_limit = |bytes: usize| {
        let mut body = task_json("a");
        body.push_str(&" ".repeat(bytes - body.len()));
        body
    };
    let in_pieces = |body: String| {
        let pieces: Vec<_> = body
            .into_bytes()
            .chunks(1_000)
            .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)))
            .collect();
        Body::from_stream(stream::iter(pieces))
    };
    assert_eq!(send(at_limit(BODY_BYTES_MAX)).await.status, 202);
    assert_eq!(send(in_pieces(at_limit(BODY_BYTES_MAX))).await.status, 202);
    assert_problem(&send(at_limit(BODY_BYTES_MAX + 1)).await, 413, "too-large");
    assert_problem(&send(in_pieces(at_limit(BODY_BYTES_MAX + 1))).await, 413, "too-large");
}

#[tokio::test]
async fn a_body_that_ends_too_early_is_malformed() {
    let broken =
        stream::iter([Ok(Bytes::from_static(b"{\"title\"")), Err(std::io::Error::other("the line is cut"))]);
    assert_problem(&send(Body::from_stream(broken)).await, 400, "malformed");
}

#[tokio::test]
async fn only_json_is_accepted() {
    let pipeline = PipelineFixture::new();
    for (content_types, status) in [
        (&[][..], 415),
        (&[""], 415),
        (&["text/plain"], 415),
        (&["application/x-www-form-urlencoded"], 415),
        (&["application/jsonp"], 415),
        (&["application/problem+json"], 415),
        (&["application/json; charset=iso-8859-1"], 415),
        (&["application/json; profile=x; charset=iso-8859-1"], 415),
        (&["application/json; charset =utf-8"], 415),
        (&["application/json", "text/plain"], 415),
        (&["text/plain", "application/json"], 415),
        (&["application/json, application/json"], 415),
        (&["application/json"], 202),
        (&["Application/JSON ; charset=UTF-8"], 202),
        (&["application/json; charset=\"utf-8\""], 202),
        (&["application/json; charset=\"UT\\F-8\""], 202),
        (&["application/json;"], 202),
        (&["application/json; ; charset=utf-8"], 202),
        (&["application/json; profile=\"a;b\"; charset=utf-8"], 202),
    ] {
        let mut request = Request::post("/tasks").body(Body::from(task_json("a"))).unwrap();
        for content_type in content_types {
            request.headers_mut().append(header::CONTENT_TYPE, content_type.parse().unwrap());
        }
        let answer = pipeline.send(request).await;
        assert_eq!(answer.status, status, "{content_types:?}");
        if status == 415 {
            assert_problem(&answer, 415, "wrong-content-type");
        }
    }
    let encoded = post().header("Content-Encoding", "gzip");
    let answer = pipeline.send(encoded.body(task_json("a").into()).unwrap()).await;
    assert_problem(&answer, 415, "wrong-content-type");
}

#[tokio::test]
async fn an_invalid_key_is_refused_before_any_call() {
    let pipeline = PipelineFixture::new();
    let too_long = "k".repeat(256);
    for key in ["", " ", "a b", "a,b", "ä", too_long.as_str()] {
        let request = post().header("Idempotency-Key", key.as_bytes());
        let answer = pipeline.send(request.body(task_json("a").into()).unwrap()).await;
        assert_problem(&answer, 400, "malformed");
    }
    let doubled = post().header("Idempotency-Key", "k").header("Idempotency-Key", "k");
    let answer = pipeline.send(doubled.body(task_json("a").into()).unwrap()).await;
    assert_problem(&answer, 400, "malformed");
    assert_eq!(pipeline.faults.steps(), []);
}

#[tokio::test]
async fn a_key_of_the_maximum_length_with_any_visible_character_but_the_comma_is_accepted() {
    let pipeline = PipelineFixture::new();
    for key in ["k".repeat(255), ('!'..='~').filter(|character| *character != ',').collect()] {
        let request = post().header("Idempotency-Key", key);
        let answer = pipeline.send(request.body(task_json("a").into()).unwrap()).await;
        assert_eq!(answer.status, 202);
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_404() {
    let pipeline = PipelineFixture::new();
    for path in ["/", "/task", "/tasks/", "/tasks/a/b", "/openapi"] {
        assert_problem(&pipeline.send(get(path)).await, 404, "no-such-path");
    }
}

#[tokio::test]
async fn unknown_malformed_and_foreign_ids_are_answered_alike() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    let mut other = pipeline.clone();
    other.caller = Caller::parse("other").unwrap();
    let unknown = pipeline.send(get("/tasks/01890a5d-ac96-774b-bcce-b302099a8057")).await;
    let unhyphenated = format!("/tasks/{}", task_id.to_string().replace('-', ""));
    let malformed = [
        pipeline.send(get("/tasks/1")).await,
        pipeline.send(get("/tasks/%00")).await,
        pipeline.send(get(&unhyphenated)).await,
    ];
    let anothers = other.send(get(&format!("/tasks/{task_id}"))).await;
    for answer in malformed.iter().chain([&unknown, &anothers]) {
        assert_problem(answer, 404, "no-such-task");
        assert_eq!(answer.body, unknown.body);
    }
}

#[tokio::test]
async fn an_id_that_is_not_valid_text_is_answered_like_an_unknown_one() {
    let answer = PipelineFixture::new().send(get("/tasks/%ff")).await;
    assert_problem(&answer, 404, "no-such-task");
}

#[tokio::test]
async fn the_record_of_an_undecodable_body_belongs_to_no_caller() {
    let mut pipeline = PipelineFixture::new();
    pipeline.enqueue_raw("{", "d").await;
    pipeline.work_until_empty().await;
    let path = format!("/tasks/{}", TaskId::of_undecodable_body("{"));
    for caller in ["local", "unknown"] {
        pipeline.caller = Caller::parse(caller).unwrap();
        assert_problem(&pipeline.send(get(&path)).await, 404, "no-such-task");
    }
}

#[tokio::test]
async fn a_wrong_method_is_answered_with_the_allowed_ones() {
    let pipeline = PipelineFixture::new();
    let task = format!("/tasks/{}", pipeline.post("a").await);
    for (path, allowed) in
        [("/tasks", "POST"), (task.as_str(), "GET,HEAD,DELETE"), ("/openapi.json", "GET,HEAD")]
    {
        let deletes = (path != task).then_some(Method::DELETE);
        let others = [Method::PUT, Method::PATCH, Method::OPTIONS, Method::TRACE];
        for method in others.into_iter().chain(deletes) {
            let request = Request::builder().method(&method).uri(path);
            let answer = pipeline.send(request.body(Body::empty()).unwrap()).await;
            assert_problem(&answer, 405, "wrong-method");
            assert_eq!(answer.header("allow"), allowed, "{method} {path}");
        }
    }
    assert_problem(&pipeline.send(get("/tasks")).await, 405, "wrong-method");
    assert_problem(
        &pipeline.send(Request::post(&task).body(Body::empty()).unwrap()).await,
        405,
        "wrong-method",
    );
}

#[tokio::test]
async fn head_is_answered_like_get_without_a_body() {
    let pipeline = PipelineFixture::new();
    let task = format!("/tasks/{}", pipeline.post("a").await);
    for path in [task.as_str(), "/openapi.json"] {
        let full = pipeline.send(get(path)).await;
        let head = pipeline.send(Request::head(path).body(Body::empty()).unwrap()).await;
        assert_eq!((full.status, head.status), (StatusCode::OK, StatusCode::OK));
        assert_eq!(head.header("content-type"), full.header("content-type"));
        assert!(head.body.is_empty() && !full.body.is_empty());
    }
}

#[tokio::test]
async fn a_task_is_visible_before_while_and_after_it_is_handled() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    let path = format!("/tasks/{task_id}");
    let view_now = || async { pipeline.send(get(&path)).await.json() };
    let accepted_at = json!(pipeline.now());
    let before = json!({
        "task_id": task_id, "status": "accepted", "reason": null, "sequence_number": null, "generation": 0, "attempt": 0,
        "task": {"title": "a", "description": "about a", "priority": "low", "due_date": null, "type": "task", "payload": null},
        "accepted_at": accepted_at, "started_at": null, "finished_at": null,
        "cancel_requested_at": null, "result": null, "failures": [],
    });
    assert_eq!(view_now().await, before);
    let gate = Gate::closed();
    pipeline.handler.on("a", [Outcome::Transient("busy"), Outcome::Wait(gate.clone())]);
    pipeline.turn().await;
    let retrying = view_now().await;
    assert_eq!((&retrying["status"], &retrying["attempt"]), (&json!("retrying"), &json!(1)));
    let failure = json!({"class": "transient", "code": "busy", "message": "failed with busy", "attempt": 1, "at": accepted_at});
    assert_eq!(retrying["failures"], json!([failure]));
    assert_eq!(retrying["reason"], "busy: failed with busy");
    pipeline.clock.advance_seconds(1);
    let run = tokio::spawn({
        let pipeline = pipeline.clone();
        async move { pipeline.turn().await }
    });
    gate.reached().await;
    assert_eq!(view_now().await["status"], "processing");
    gate.open();
    run.await.unwrap();
    let after = view_now().await;
    assert_eq!((&after["status"], &after["attempt"]), (&json!("completed"), &json!(2)));
    assert!(after["sequence_number"].is_string());
    assert_eq!(after["started_at"], accepted_at);
    assert_eq!(after["finished_at"], json!(pipeline.now()));
    let fields = |json: &Value| json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&after), fields(&before));
}

#[tokio::test]
async fn only_operators_see_the_message_of_a_panic() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await;
    pipeline.handler.on("a", [Outcome::Panic]);
    pipeline.turn().await;
    let answer = pipeline.send(get(&format!("/tasks/{task_id}"))).await;
    assert_eq!(answer.json()["failures"][0]["class"], "panicked");
    assert_eq!(answer.json()["failures"][0]["message"], Value::Null);
    assert!(!String::from_utf8(answer.body).unwrap().contains("scripted"));
}

#[tokio::test]
async fn a_view_shows_nothing_internal() {
    let pipeline = PipelineFixture::holding();
    let task_id = pipeline.post("a").await;
    pipeline.handler.on("a", [Outcome::Permanent("bad")]);
    pipeline.turn().await;
    assert_eq!(pipeline.status(task_id).await, Status::Held);
    let answer = pipeline.send(get(&format!("/tasks/{task_id}"))).await;
    let text = String::from_utf8(answer.body).unwrap();
    for inside in ["invocation", "receipt", "fingerprint", "lease", "code_version", "revision"] {
        assert!(!text.contains(inside), "{inside}: {text}");
    }
}

fn preflight(origin: &str) -> Request<Body> {
    Request::options("/tasks")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type,idempotency-key,traceparent")
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn no_web_page_may_call_by_default() {
    let pipeline = PipelineFixture::new();
    let request = post().header("Origin", "https://app.example.com");
    let answers = [
        pipeline.send(preflight("https://app.example.com")).await,
        pipeline.send(request.body(task_json("a").into()).unwrap()).await,
    ];
    for answer in answers {
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn pages_of_the_configured_origins_may_call_and_no_others() {
    let mut pipeline = PipelineFixture::new();
    pipeline.cors_origins = CorsOrigins::parse("https://app.example.com, http://localhost:3000").unwrap();
    for origin in ["https://app.example.com", "http://localhost:3000"] {
        let answer = pipeline.send(preflight(origin)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), origin);
        let methods = answer.header("access-control-allow-methods");
        assert!(["GET", "POST", "DELETE"].iter().all(|method| methods.contains(method)), "{methods}");
        let headers = answer.header("access-control-allow-headers");
        for name in ["content-type", "idempotency-key", "traceparent", "tracestate"] {
            assert!(headers.contains(name), "a page can't send {name}: {headers}");
        }
        let request = post().header("Origin", origin);
        let answer = pipeline.send(request.body(task_json("a").into()).unwrap()).await;
        assert_eq!(answer.header("access-control-allow-origin"), origin);
        let exposed = answer.header("access-control-expose-headers");
        for name in ["location", "retry-after", "idempotent-replayed"] {
            assert!(exposed.contains(name), "a page can't read {name}: {exposed}");
        }
    }
    let answer = pipeline.send(preflight("https://evil.example.com")).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
}
