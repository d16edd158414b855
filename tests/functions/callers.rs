//! Who may call the API function, with each authorizer. For roles, the function and the program on one machine decide
//! alike: both get the same tokens.

use std::time::{SystemTime, UNIX_EPOCH};

use harness::{
    RunningFunction, StandIn,
    gateway_event::{with_signature, with_token},
    issuer::Issuer,
    task_json,
    taskline::{Taskline, http},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::function::{answered, api, body, post, request, start};

const ISSUER: &str = "https://login.example/tenant/v2.0";
const READ: &str = "Tasks.Read";
const WRITE: &str = "Tasks.Write";

async fn api_with_roles(aws: &StandIn) -> RunningFunction {
    start("api", aws.url(), &[("JWT_READ_ROLE", READ), ("JWT_WRITE_ROLE", WRITE)]).await
}

/// The claims of an access token, with these in addition.
fn claims(additional: &Value) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut claims = json!({"iss": ISSUER, "aud": "taskline", "sub": "ann", "exp": now + 3_600});
    claims.as_object_mut().unwrap().extend(additional.as_object().unwrap().clone());
    claims
}

fn submitters(aws: &StandIn) -> Vec<String> {
    let record = |item: Value| item["Item"]["record"]["S"].as_str().map(str::to_owned).unwrap();
    let records = aws.asked("PutItem").into_iter().map(record);
    let records = records.map(|record| serde_json::from_str::<Value>(&record).unwrap());
    records.map(|record| record["submitted_by"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_and_the_program_decide_alike_on_roles() {
    let (aws, issuer, taskline) = (StandIn::that_succeeds().await, Issuer::new(), Taskline::new());
    let mut function = api_with_roles(&aws).await;
    let keys = taskline.file("keys.json", &issuer.key_set("k1").to_string());
    let on_one_machine = taskline.start_with(&[
        "local",
        "--listen",
        "127.0.0.1:0",
        "--jwt-issuer",
        ISSUER,
        "--jwt-audience",
        "taskline",
        "--jwt-keys",
        &keys,
        "--jwt-read-role",
        READ,
        "--jwt-write-role",
        WRITE,
    ]);
    // A token's claims, and the answers to a write and to a read of the API's description.
    for (content, write, read) in [
        (json!({"azp": "c", "roles": [WRITE]}), 202, 403),
        (json!({"azp": "c", "roles": [READ]}), 403, 200),
        (json!({"azp": "c", "roles": [READ, WRITE]}), 202, 200),
        (json!({"azp": "c", "roles": ["other", WRITE, "another"]}), 202, 403),
        (json!({"azp": "c", "roles": WRITE}), 202, 403),
        (json!({"appid": "c", "roles": [WRITE]}), 202, 403),
        (json!({"client_id": "c", "roles": [WRITE]}), 202, 403),
        // One role, even if its text contains the name of another.
        (json!({"azp": "c", "roles": ["x Tasks.Write"]}), 403, 403),
        (json!({"azp": "c", "roles": ["Tasks.Write x"]}), 403, 403),
        (json!({"azp": "c", "roles": ["x Tasks.Write x", "Tasks.Read"]}), 403, 200),
        (json!({"azp": "c", "roles": ["[Tasks.Write]"]}), 403, 403),
        (json!({"azp": "c", "roles": ["x] [Tasks.Write"]}), 403, 403),
        (json!({"azp": "c", "roles": ["x,Tasks.Write,y"]}), 403, 403),
        (json!({"azp": "c", "roles": "x Tasks.Write"}), 403, 403),
        (json!({"azp": "c", "roles": "[Tasks.Write]"}), 403, 403),
        // Almost the role.
        (json!({"azp": "c", "roles": ["tasks.write"]}), 403, 403),
        (json!({"azp": "c", "roles": ["Tasks.WriteAll"]}), 403, 403),
        (json!({"azp": "c", "roles": [""]}), 403, 403),
        (json!({"azp": "c", "roles": []}), 403, 403),
        (json!({"azp": "c", "roles": null}), 403, 403),
        (json!({"azp": "c"}), 403, 403),
        // Scopes are no roles here.
        (json!({"azp": "c", "scp": "Tasks.Read Tasks.Write"}), 403, 403),
        (json!({"azp": "c", "scope": [READ, WRITE]}), 403, 403),
        // An identity token: it has its user's roles, and no client.
        (json!({"roles": [READ, WRITE], "nonce": "n"}), 401, 401),
        (json!({"azp": "", "roles": [READ, WRITE]}), 401, 401),
        (json!({"azp": "c", "roles": {"Tasks.Write": true}}), 401, 401),
        (json!({"azp": "c", "roles": [[WRITE]]}), 401, 401),
    ] {
        let claims = claims(&content);
        let token = issuer.token(&json!({"alg": "RS256", "kid": "k1"}), &claims);
        for (method, path, text, status) in [
            (Method::POST, "/tasks", task_json("Water"), write),
            (Method::GET, "/openapi.json", String::new(), read),
        ] {
            let event = request(method.as_str(), path, json!({"content-type": "application/json"}), &text);
            let on_aws = answered(function.invoke(with_token(event, &token, &claims)).await);
            let request = http().request(method, format!("{}{path}", on_one_machine.url)).bearer_auth(&token);
            let on_one_machine =
                request.header("content-type", "application/json").body(text).send().await.unwrap();
            assert_eq!(on_aws["statusCode"], status, "on AWS, {path}: {content}");
            assert_eq!(on_one_machine.status(), status, "on one machine, {path}: {content}");
            if status > 400 {
                let header = |name: &str| on_one_machine.headers()[name].to_str().unwrap().to_owned();
                assert_eq!(on_aws["headers"]["content-type"], "application/problem+json");
                if status == 403 {
                    assert_eq!(on_aws["headers"]["www-authenticate"], header("www-authenticate"));
                }
                let problem: Value = serde_json::from_str(&on_one_machine.text().await.unwrap()).unwrap();
                assert_eq!(body(&on_aws), problem, "{content}");
            }
        }
    }
    assert_eq!(submitters(&aws), ["ann"; 6]);
}

#[tokio::test]
async fn a_role_counts_only_if_the_token_and_the_claims_from_the_gateway_agree() {
    let (aws, issuer) = (StandIn::that_succeeds().await, Issuer::new());
    let mut function = api_with_roles(&aws).await;
    let (weak, strong) =
        (claims(&json!({"azp": "c", "roles": [READ]})), claims(&json!({"azp": "c", "roles": [WRITE]})));
    let token = |claims: &Value| issuer.token(&json!({"alg": "RS256", "kid": "k1"}), claims);
    let (weak_token, strong_token) = (token(&weak), token(&strong));
    let header = |value: &str| {
        let mut event = with_token(post("Water", None), &strong_token, &strong);
        event["headers"]["authorization"] = value.into();
        event
    };
    let without_header = {
        let mut event = header("");
        event["headers"].as_object_mut().unwrap().remove("authorization");
        event
    };
    for (what, event, status) in [
        ("the token without its scheme", header(&strong_token), 202),
        ("the scheme in capitals", header(&format!("BEARER {strong_token}")), 202),
        (
            "a different token from the one that the gateway validated",
            with_token(post("Water", None), &strong_token, &weak),
            403,
        ),
        ("two tokens", header(&format!("Bearer {strong_token},Bearer {strong_token}")), 401),
        ("two tokens, the other first", header(&format!("Bearer {weak_token},Bearer {strong_token}")), 401),
        ("another scheme", header(&format!("Basic {strong_token}")), 401),
        ("one part too many", header(&format!("Bearer {strong_token}.x")), 401),
        ("no token", header(""), 401),
        ("no header", without_header, 401),
    ] {
        assert_eq!(answered(function.invoke(event).await)["statusCode"], status, "{what}");
    }
}

#[tokio::test]
async fn with_iam_the_caller_is_the_principal_and_all_sessions_of_a_role_are_one_caller() {
    let aws = StandIn::that_succeeds().await;
    let mut function = start("api", aws.url(), &[("API_AUTHORIZER", "iam")]).await;
    let role = "arn:aws:sts::123456789012:assumed-role/orders";
    let user = "arn:aws:iam::123456789012:user/ann";
    let first =
        answered(function.invoke(with_signature(post("Water", Some("k")), &format!("{role}/i-0abc"))).await);
    let again =
        answered(function.invoke(with_signature(post("Water", Some("k")), &format!("{role}/i-0def"))).await);
    let other = answered(function.invoke(with_signature(post("Water", Some("k")), user)).await);
    assert_eq!(body(&first)["task_id"], body(&again)["task_id"]);
    assert_ne!(body(&first)["task_id"], body(&other)["task_id"]);
    assert_eq!(submitters(&aws), [role, role, user]);
}

#[tokio::test]
async fn with_iam_callers_without_an_individual_principal_are_refused() {
    let aws = StandIn::that_succeeds().await;
    let mut function = start("api", aws.url(), &[("API_AUTHORIZER", "iam")]).await;
    let role = "arn:aws:sts::123456789012:assumed-role/visitors/CognitoIdentityCredentials";
    let mut of_a_pool = with_signature(post("Water", None), role);
    of_a_pool["requestContext"]["authorizer"]["iam"]["cognitoIdentity"] = json!({"amr": ["authenticated"], "identityId": "eu-central-1:3f29", "identityPoolId": "eu-central-1:4f29"});
    let mut without = with_signature(post("Water", None), role);
    without["requestContext"]["authorizer"]["iam"]["userArn"] = Value::Null;
    for event in [
        of_a_pool,
        without,
        with_signature(post("Water", None), "ann"),
        with_signature(post("Water", None), ""),
    ] {
        let answer = answered(function.invoke(event).await);
        assert_eq!(answer["statusCode"], 401);
        assert_eq!(body(&answer)["type"], "urn:taskline:problem:unidentified");
    }
    assert_eq!(submitters(&aws), [""; 0]);
}

#[tokio::test]
async fn a_request_from_a_different_authorizer_is_refused() {
    let aws = StandIn::that_succeeds().await;
    let signed = with_signature(post("Water", None), "arn:aws:iam::123456789012:user/ann");
    let (mut tokens, mut roles) = (api(&aws).await, api_with_roles(&aws).await);
    let mut iam = start("api", aws.url(), &[("API_AUTHORIZER", "iam")]).await;
    assert_eq!(answered(tokens.invoke(signed.clone()).await)["statusCode"], 401);
    assert_eq!(answered(roles.invoke(signed).await)["statusCode"], 401);
    assert_eq!(answered(iam.invoke(post("Water", None)).await)["statusCode"], 401);
    // The subject of a token that looks like an ARN is no principal.
    let mut named = post("Water", None);
    named["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] =
        "arn:aws:iam::123456789012:user/ann".into();
    assert_eq!(answered(tokens.invoke(named).await)["statusCode"], 401);
    assert_eq!(submitters(&aws), [""; 0]);
}
