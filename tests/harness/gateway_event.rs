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

/// The event, authorized by a JWT authorizer whose route has no scopes. The claims arrive as text, a list as `[a b]`,
/// as measured on API Gateway: <https://github.com/floci-io/floci/pull/2011>.
pub fn with_token(mut event: Value, token: &str, claims: &Value) -> Value {
    let claims = claims.as_object().unwrap().iter().filter(|(_, claim)| !claim.is_null());
    let claims: serde_json::Map<String, Value> =
        claims.map(|(name, claim)| (name.clone(), as_text(claim).into())).collect();
    event["headers"]["authorization"] = format!("Bearer {token}").into();
    event["requestContext"]["authorizer"] = json!({"jwt": {"claims": claims, "scopes": null}});
    event
}

fn as_text(claim: &Value) -> String {
    match claim {
        Value::String(text) => text.clone(),
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(as_text).collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    }
}

/// The event, authorized by IAM. Fields:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
pub fn with_signature(mut event: Value, user_arn: &str) -> Value {
    let user_id = "AROA2ZJZYVRE7Y3TUXHH6:session";
    event["requestContext"]["authorizer"] = json!({"iam": {
        "accessKey": "ASIA2ZJZYVUEREEIHAKY", "accountId": "123456789012", "callerId": user_id, "cognitoIdentity": null,
        "principalOrgId": "o-a1b2c3d4e5", "userArn": user_arn, "userId": user_id,
    }});
    event
}
