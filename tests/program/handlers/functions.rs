//! The Lambda functions of the pages, as written, on an emulator: each completes a task, refuses another one, and stores one
//! receipt for a task.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use harness::{Ministack, create_function_from, endpoint, taskline::http};
use serde_json::{Value, json};

use super::{
    language::{Handlers, Language},
    pages::completes_and_refuses,
};
use crate::stack::{configuration, reaching};

const TASK: &str = "01a21d8d-a7d8-7415-a34d-ffce84a9bcd5";
const TIMEOUT_SECONDS: u32 = 60;

pub async fn create_table(name: &str) {
    let key = KeySchemaElement::builder().attribute_name("task_id").key_type(KeyType::Hash);
    let definition =
        AttributeDefinition::builder().attribute_name("task_id").attribute_type(ScalarAttributeType::S);
    aws_sdk_dynamodb::Client::new(&configuration().await)
        .create_table()
        .table_name(name)
        .key_schema(key.build().unwrap())
        .attribute_definitions(definition.build().unwrap())
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
}

/// An attempt began, and has no receipt.
async fn begin(table: &str, attempt: u32) {
    aws_sdk_dynamodb::Client::new(&configuration().await)
        .put_item()
        .table_name(table)
        .item("task_id", AttributeValue::S(TASK.to_owned()))
        .item("attempt", AttributeValue::N(attempt.to_string()))
        .send()
        .await
        .unwrap();
}

/// What the function returns to an attempt, or the message of its error.
async fn invoke(function: &str, attempt: u32) -> Result<String, String> {
    let task = json!({"task_id": TASK, "attempt": attempt, "payload": {"cents": 1}});
    let url = format!("{}/2015-03-31/functions/{function}/invocations", endpoint::<Ministack>().await);
    let answer: Value = serde_json::from_str(
        &http().post(url).body(task.to_string()).send().await.unwrap().text().await.unwrap(),
    )
    .unwrap();
    match answer["receipt"].as_str() {
        Some(receipt) => Ok(receipt.to_owned()),
        None => Err(answer["errorMessage"].as_str().unwrap().to_owned()),
    }
}

pub async fn create_function(handlers: &Handlers, name: &str, environment: Value) {
    let mut variables = json!({
        "AWS_ENDPOINT_URL": endpoint::<Ministack>().await, "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
    });
    variables.as_object_mut().unwrap().extend(environment.as_object().unwrap().clone());
    create_function_from(&handlers.function(), name, TIMEOUT_SECONDS, &variables).await;
}

/// The emulator names all errors of functions in Python and JavaScript alike.
async fn handles_tasks(function: &str, name_of_an_error: &str) {
    let taskline = reaching(crate::taskline::Taskline::new()).with("PERMANENT_ERRORS", name_of_an_error);
    let endpoint = endpoint::<Ministack>().await;
    let alias = format!("{function}:live");
    let by = ["--handler-function", &alias, "--region", "us-east-1", "--endpoint-url", endpoint];
    let _running = taskline.start_with(&[&["local", "--listen", "127.0.0.1:0"], &by[..]].concat());
    completes_and_refuses(&taskline, function);
}

async fn a_function_with_a_table(language: Language, name_of_an_error: &str) {
    let Some(handlers) = Handlers::documented(language) else { return };
    let name = &*format!("payments-{language:?}");
    create_table(name).await;
    create_function(&handlers, name, json!({"TABLE": name})).await;
    handles_tasks(name, name_of_an_error).await;
    begin(name, 5).await;
    assert_eq!(invoke(name, 4).await, Err("a later attempt has begun".to_owned()), "{language:?}");
    for attempt in [5, 5, 6] {
        assert_eq!(
            invoke(name, attempt).await,
            Ok(format!("receipt-{TASK}")),
            "{language:?}, attempt {attempt}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_the_function_in_python_stores_one_receipt_for_a_task() {
    a_function_with_a_table(Language::Python, "Runtime.HandlerError").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_the_function_in_typescript_stores_one_receipt_for_a_task() {
    a_function_with_a_table(Language::TypeScript, "Runtime.HandlerError").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_the_function_in_rust_stores_one_receipt_for_a_task() {
    a_function_with_a_table(Language::Rust, "Refused").await;
}

/// The service that the function in Go calls: the highest token of each key.
type Service = Arc<Mutex<HashMap<String, u32>>>;

async fn answer(
    State(service): State<Service>,
    headers: HeaderMap,
    Json(payload): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let (key, token) = (header("idempotency-key"), header("fencing-token").parse().unwrap());
    if !payload["cents"].is_u64() {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({})));
    }
    let mut tokens = service.lock().unwrap();
    let highest = tokens.entry(key.clone()).or_default();
    if token < *highest {
        return (StatusCode::CONFLICT, Json(json!({})));
    }
    *highest = token;
    (StatusCode::OK, Json(json!({"receipt": format!("receipt-{key}")})))
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_the_function_in_go_passes_the_task_id_and_the_attempt_on() {
    let Some(handlers) = Handlers::documented(Language::Go) else { return };
    let service = Service::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = Router::new().fallback(post(answer)).with_state(Arc::clone(&service));
    tokio::spawn(async move { axum::serve(listener, router).await });
    create_function(&handlers, "payments-go", json!({"PAYMENTS_URL": url})).await;
    handles_tasks("payments-go", "Refused").await;
    assert_eq!(invoke("payments-go", 5).await, Ok(format!("receipt-{TASK}")));
    assert_eq!(invoke("payments-go", 4).await, Err("the service answered 409 Conflict".to_owned()));
    assert_eq!(service.lock().unwrap()[TASK], 5);
}
