//! Handles the tasks that are posted to it.

use std::{env, error::Error, time::SystemTime};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use payments::{Failure, Task, handle};
use serde_json::{Value, json};
use sha2::Sha256;

#[derive(serde::Deserialize)]
struct Message {
    data: Task,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = BASE64.decode(env::var("WEBHOOK_SECRET")?.trim_start_matches("whsec_"))?;
    let router = Router::new().route("/", post(receive)).with_state(secret);
    let port = env::var("PORT").unwrap_or_else(|_| "9000".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    Ok(axum::serve(listener, router).await?)
}

async fn receive(
    State(secret): State<Vec<u8>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    if is_signed(&secret, &headers, &body).is_none() {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "the signature is wrong"})));
    }
    let answered = tokio::task::spawn_blocking(move || answer(&body)).await;
    let (status, members) =
        answered.unwrap_or((StatusCode::INTERNAL_SERVER_ERROR, json!({"error": "it panicked"})));
    (status, Json(members))
}

/// Something if one of the signatures is that of this body, made in the last five minutes.
fn is_signed(secret: &[u8], headers: &HeaderMap, body: &[u8]) -> Option<()> {
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
    let now = SystemTime::UNIX_EPOCH.elapsed().ok()?.as_secs();
    if now.abs_diff(timestamp.parse().ok()?) > 300 {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    let mut signatures =
        header("webhook-signature")?.split(' ').filter_map(|it| BASE64.decode(it.strip_prefix("v1,")?).ok());
    signatures.any(|signature| mac.clone().verify_slice(&signature).is_ok()).then_some(())
}

fn answer(body: &[u8]) -> (StatusCode, Value) {
    let message = match serde_json::from_slice::<Message>(body) {
        Ok(message) => message,
        Err(error) => return (StatusCode::BAD_REQUEST, json!({"error": error.to_string()})),
    };
    match handle(&message.data) {
        Ok(payment) => (StatusCode::OK, json!(payment)),
        Err(Failure::Refused(message)) => (StatusCode::UNPROCESSABLE_ENTITY, json!({"error": message})),
        Err(Failure::Unavailable(message)) => (StatusCode::SERVICE_UNAVAILABLE, json!({"error": message})),
        Err(Failure::Failed(message)) => (StatusCode::INTERNAL_SERVER_ERROR, json!({"error": message})),
    }
}
