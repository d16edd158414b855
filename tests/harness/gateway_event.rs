//! Events as an HTTP API sends them to the API's function.

use serde_json::{Value, json};

use crate::task_json;

/// An event of an HTTP API, payload format 2.0, after its JWT authorizer.
pub fn request(method: &str, path: &str, headers: Value, body: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": format!("{method} {path}"),
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "1",
            "apiId": "a",
            "authorizer": {"jwt": {"claims": {"sub": "ann", "exp": "1900000000"}, "scopes": ["tasks/write"]}},
            "domainName": "a.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "a",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "u"},
            "requestId": "g",
            "routeKey": format!("{method} {path}"),
            "stage": "$default",
            "time": "21/Nov/2026:10:00:00 +0000",
            "timeEpoch": 1_795_255_200_000_i64,
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

pub fn post(title: &str, key: Option<&str>) -> Value {
    let mut headers = json!({"content-type": "application/json"});
    if let Some(key) = key {
        headers["idempotency-key"] = key.into();
    }
    request("POST", "/tasks", headers, &task_json(title))
}
