//! The OpenAPI document describes the routes, and the routes do what it describes.

use axum::{
    body::Body,
    http::{Method, Request},
};
use harness::{Answer, Outcome, PipelineFixture, delete, get, post, task_json};
use serde_json::{Value, json};
use shared::{Submission, TaskId, limits::BODY_BYTES_MAX};

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "options", "trace"];

async fn document() -> Value {
    let answer = PipelineFixture::new().send(get("/openapi.json")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

/// Asserts that an answer is documented and that its body matches the schema in the document.
fn assert_keeps(document: &Value, path: &str, method: &str, answer: &Answer) {
    let status = answer.status.as_str();
    let documented = &document["paths"][path][method]["responses"][status];
    assert!(documented.is_object(), "{status} of {method} {path} is not documented");
    let content_type = answer.header("content-type");
    let schema = &documented["content"][content_type]["schema"];
    assert!(schema.is_object(), "{content_type} of {status} is not documented");
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    assert_keeps_schema(&schema, &answer.json());
    let headers = documented["headers"].as_object().unwrap();
    assert_eq!(headers["Cache-Control"]["schema"]["enum"], json!([answer.header("cache-control")]));
    for (name, header) in headers {
        assert_keeps_header(&header["schema"], name, answer.header(name));
    }
}

/// A documented header may be missing; one that is present matches its schema.
fn assert_keeps_header(schema: &Value, name: &str, value: &str) {
    let number = value.parse::<u64>().map(Value::from);
    match schema["type"].as_str().unwrap_or_else(|| panic!("{name} has not exactly one type: {schema}")) {
        _ if value.is_empty() => {}
        "integer" => assert_keeps_schema(schema, &number.unwrap()),
        _ => assert_keeps_schema(schema, &json!(value)),
    }
}

fn assert_keeps_schema(schema: &Value, value: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{value}");
}

#[tokio::test]
async fn the_document_is_openapi_3_1() {
    let document = document().await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let mut paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    paths.sort();
    assert_eq!(paths, ["/tasks", "/tasks/{task_id}"]);
}

/// A header is present or absent: it can't be null.
#[tokio::test]
async fn every_header_has_one_type_and_only_parameters_in_paths_are_required() {
    let document = document().await;
    let mut seen = Vec::new();
    for operation in
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap())
    {
        let (_, operation) = operation;
        for parameter in operation["parameters"].as_array().unwrap() {
            assert_eq!(parameter["schema"]["type"], "string", "{parameter}");
            assert_eq!(parameter["required"], parameter["in"] == "path", "{parameter}");
            seen.push(parameter["name"].as_str().unwrap().to_owned());
        }
        for response in operation["responses"].as_object().unwrap().values() {
            for (name, header) in response["headers"].as_object().into_iter().flatten() {
                let kind = header["schema"]["type"].as_str();
                assert!(kind == Some("string") || kind == Some("integer"), "{name}: {header}");
                seen.push(name.clone());
            }
        }
    }
    for name in [
        "Idempotency-Key",
        "Idempotent-Replayed",
        "Location",
        "Retry-After",
        "WWW-Authenticate",
        "traceparent",
        "tracestate",
    ] {
        assert!(seen.iter().any(|it| it == name), "{name} is not documented");
    }
}

#[tokio::test]
async fn the_document_names_its_server_and_the_scope_of_each_operation() {
    let document = document().await;
    assert_eq!(document["servers"].as_array().unwrap().len(), 1);
    assert_eq!(document["servers"][0]["url"], "/", "relative to the document, so it fits every deployment");
    for methods in document["paths"].as_object().unwrap().values() {
        for (method, operation) in methods.as_object().unwrap() {
            let scope = if method == "get" { "`tasks/read`" } else { "`tasks/write`" };
            assert!(operation["description"].as_str().unwrap().contains(scope), "{method}");
        }
    }
}

#[tokio::test]
async fn the_documented_pattern_of_a_key_matches_what_is_accepted() {
    let document = document().await;
    let schema = &document["paths"]["/tasks"]["post"]["parameters"][0]["schema"];
    let pattern = jsonschema::validator_for(schema).unwrap();
    for character in (0..=0x17F_u32).filter_map(char::from_u32) {
        let key = format!("a{character}b");
        let is_taken = shared::IdempotencyKey::parse(key.as_bytes()).is_ok();
        assert_eq!(pattern.is_valid(&json!(key)), is_taken, "{key:?}");
    }
}

#[tokio::test]
async fn documented_methods_are_answered_and_others_are_a_405() {
    let pipeline = PipelineFixture::new();
    let task_id = pipeline.post("a").await.to_string();
    for (path, methods) in document().await["paths"].as_object().unwrap() {
        for method in METHODS {
            let request = Request::builder()
                .method(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap())
                .uri(path.replace("{task_id}", &task_id));
            let status = pipeline.send(request.body(Body::empty()).unwrap()).await.status;
            match methods.get(method) {
                Some(_) => assert!(status != 404 && status != 405, "{method} {path}: {status}"),
                None => assert_eq!(status, 405, "{method} {path}"),
            }
        }
    }
}

#[tokio::test]
async fn the_request_is_documented_with_its_limits_and_no_other_member() {
    let document = document().await;
    let body = &document["paths"]["/tasks"]["post"]["requestBody"];
    assert_eq!(body["required"], true);
    let reference = body["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
    let schema = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["required"], json!(["title", "description", "priority"]));
    let properties = &schema["properties"];
    for (field, max) in [("title", 200), ("description", 10_000)] {
        assert_eq!(properties[field]["minLength"], 1);
        assert_eq!(properties[field]["maxLength"], max);
    }
    assert!(properties["due_date"].to_string().contains("date-time"));
    assert_eq!(document["components"]["schemas"]["Priority"]["enum"], json!(["low", "medium", "high"]));
}

/// One of the characters that a portable pattern can name.
#[tokio::test]
async fn the_documented_pattern_matches_a_text_of_one_character_exactly_if_the_task_is_accepted() {
    let document = document().await;
    let title = &document["components"]["schemas"]["TaskRequest"]["properties"]["title"];
    let documented = jsonschema::validator_for(title).unwrap();
    let is_taken = |character: char| {
        let body = json!({"title": character, "description": "d", "priority": "low"}).to_string();
        Submission::parse(body.as_bytes()).is_ok()
    };
    let wrong: Vec<_> = ('\0'..='\u{FFFF}')
        .filter(|&character| documented.is_valid(&json!(character)) != is_taken(character))
        .map(|character| format!("U+{:04X}", u32::from(character)))
        .collect();
    assert_eq!(wrong, [""; 0]);
}

#[tokio::test]
async fn the_answer_names_changed_members_only_if_there_are_some() {
    let document = document().await;
    let schema = &document["components"]["schemas"]["TaskAccepted"];
    assert_eq!(schema["properties"]["sanitised"]["type"], "array");
    assert_eq!(schema["properties"]["sanitised"]["items"]["type"], "string");
    let required = schema["required"].as_array().unwrap();
    assert!(!required.contains(&json!("sanitised")), "{required:?}");
}

#[tokio::test]
async fn every_answer_to_a_post_matches_its_schema() {
    let document = document().await;
    let pipeline = PipelineFixture::new();
    let keyed = |title: &str| {
        let request = post().header("Idempotency-Key", "k");
        request.body(Body::from(task_json(title))).unwrap()
    };
    let wrong_type = Request::post("/tasks").body(Body::from("a")).unwrap();
    let requests = [
        (keyed("a"), 202),
        (keyed("a"), 202),
        (keyed("b"), 422),
        (post().body(task_json("<b>a</b>").into()).unwrap(), 202),
        (post().body("{}".into()).unwrap(), 400),
        (post().body("{".into()).unwrap(), 400),
        (post().body(" ".repeat(BODY_BYTES_MAX + 1).into()).unwrap(), 413),
        (wrong_type, 415),
    ];
    for (request, status) in requests {
        let answer = pipeline.send(request).await;
        assert_eq!(answer.status, status);
        assert_keeps(&document, "/tasks", "post", &answer);
        pipeline.clock.advance_seconds(1);
    }
    pipeline.faults.outage(harness::Step::Enqueue, harness::Outage::NothingGetsThrough);
    let unavailable = pipeline.send(post().body(task_json("a").into()).unwrap()).await;
    assert_eq!(unavailable.status, 503);
    assert_keeps(&document, "/tasks", "post", &unavailable);
}

#[tokio::test]
async fn every_view_of_a_task_matches_its_schema() {
    let document = document().await;
    let pipeline = PipelineFixture::new();
    let [completed, dead, waiting] = pipeline.post_all(["a", "b", "c"]).await;
    pipeline.handler.on("a", [Outcome::Return("[{\"a\": 1.50}]")]);
    pipeline.handler.on("b", [Outcome::Panic, Outcome::Permanent("bad")]);
    pipeline.turn().await;
    pipeline.turn().await;
    pipeline.next_turn().await;
    for (task_id, status) in [(completed, "completed"), (dead, "dead_lettered"), (waiting, "accepted")] {
        let answer = pipeline.send(get(&format!("/tasks/{task_id}"))).await;
        assert_eq!(answer.json()["status"], status);
        assert_keeps(&document, "/tasks/{task_id}", "get", &answer);
    }
    let absent = pipeline.send(get("/tasks/1")).await;
    assert_keeps(&document, "/tasks/{task_id}", "get", &absent);
    for (task_id, status) in [(waiting, 200), (dead, 409), (TaskId::of_undecodable_body("{"), 404)] {
        let answer = pipeline.send(delete(task_id)).await;
        assert_eq!(answer.status, status);
        assert_keeps(&document, "/tasks/{task_id}", "delete", &answer);
    }
}
