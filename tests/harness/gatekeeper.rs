//! IAM in front of an emulator: it forwards what a policy allows, refuses the rest as AWS does, and records both.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    forward::forward,
    policy::{Policy, Right, rights_of},
    taskline::http,
};

#[derive(Clone)]
pub struct Gatekeeper {
    pub url: String,
    inner: Arc<Inner>,
}

struct Inner {
    endpoint: String,
    policy: Policy,
    client: reqwest::Client,
    granted: Mutex<BTreeSet<Right>>,
    denied: Mutex<BTreeSet<Right>>,
}

impl Gatekeeper {
    /// It answers as long as the current runtime lives.
    pub async fn start(endpoint: &str, policy: Policy) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            endpoint: endpoint.to_owned(),
            policy,
            client: http(),
            granted: Mutex::default(),
            denied: Mutex::default(),
        });
        let router = Router::new().fallback(judge).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    pub fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// The allowed requests.
    pub fn granted(&self) -> BTreeSet<Right> {
        self.inner.granted.lock().unwrap().clone()
    }

    /// The refused requests.
    pub fn denied(&self) -> BTreeSet<Right> {
        self.inner.denied.lock().unwrap().clone()
    }
}

async fn judge(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let target = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let needed = rights_of(&request.method, request.uri.path(), target, &body);
    if let Some(missing) = needed.iter().find(|right| !inner.policy.allows(right)) {
        inner.denied.lock().unwrap().insert(missing.clone());
        return refuse(missing);
    }
    inner.granted.lock().unwrap().extend(needed);
    forward(&inner.client, &inner.endpoint, request, body).await
}

fn refuse(Right { action, resource }: &Right) -> Response {
    let message = format!(
        "the harness's gatekeeper: no identity-based policy allows the {action} action on resource {resource}"
    );
    let body = json!({"__type": "AccessDeniedException", "message": message});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
