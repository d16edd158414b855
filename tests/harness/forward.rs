//! Forwards a request unchanged to AWS or an emulator.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

/// The answer of `endpoint`, or an error if it gave none.
pub async fn forward(client: &reqwest::Client, endpoint: &str, request: Parts, body: Bytes) -> Response {
    let mut headers: HeaderMap = request.headers;
    headers.remove(header::HOST);
    let path = request.uri.path_and_query().map_or("/", |it| it.as_str());
    let asked = client.request(request.method, format!("{endpoint}{path}"));
    let Ok(answer) = asked.headers(headers).body(body).send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if ![header::TRANSFER_ENCODING, header::CONNECTION].contains(name) {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(answer.bytes().await.unwrap_or_default())).unwrap()
}
