//! Tokens on `taskline local`: it refuses every token that API Gateway would refuse.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use harness::issuer::{Issuer, signed, unsigned};
use reqwest::{Method, Response, header};
use ring::hmac;
use serde_json::{Value, json};

use crate::{
    console::Console,
    taskline::{Running, Taskline, http, task},
};

pub const ISSUER: &str = "https://id.example/pool";
pub const AUDIENCE: &str = "taskline";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// An hour from now.
pub fn expires_at() -> u64 {
    now() + 3_600
}

fn header() -> Value {
    json!({"alg": "RS256", "typ": "JWT", "kid": "k1"})
}

/// The claims of an access token with all scopes.
pub fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "scope": "openid tasks/read tasks/write",
        "iat": now() - 60, "nbf": now() - 60, "exp": now() + 3_600,
    })
}

/// The JSON with this member set, or removed if the value is null.
pub fn with(mut json: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => drop(json.as_object_mut().unwrap().remove(name)),
        value => json[name] = value,
    }
    json
}

pub fn start(taskline: &Taskline, keys: &Value) -> Running {
    start_with_file(taskline, &taskline.file("keys.json", &keys.to_string()))
}

pub fn start_with_file(taskline: &Taskline, keys: &str) -> Running {
    let tokens = ["--jwt-issuer", ISSUER, "--jwt-audience", "other", "--jwt-audience", AUDIENCE];
    taskline.start_with(&[&["local", "--listen", "127.0.0.1:0", "--jwt-keys", keys][..], &tokens].concat())
}

pub async fn call(running: &Running, method: Method, path: &str, token: &str) -> Response {
    let request = http().request(method, format!("{}{path}", running.url)).bearer_auth(token);
    request.header("content-type", "application/json").body(task("a")).send().await.unwrap()
}

pub async fn json_of(answer: Response) -> Value {
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_token_is_refused_with_the_reason() {
    let (taskline, issuer, stranger) = (Taskline::new(), Issuer::new(), Issuer::new());
    let running = start(&taskline, &issuer.key_set("k1"));
    let with_claim = |name: &str, value: Value| issuer.token(&header(), &with(claims(), name, value));
    let head = |name: &str, value: Value| issuer.token(&with(header(), name, value), &claims());
    let good = issuer.token(&header(), &claims());
    let (signed_part, signature) = good.rsplit_once('.').unwrap();
    let other_claims = unsigned(&header(), &with(claims(), "sub", json!("bob")));
    // The public key as the secret: its text, and its number.
    let modulus = issuer.jwk["n"].as_str().unwrap();
    let by_secret = |secret: &[u8]| {
        let signing_input = unsigned(&with(header(), "alg", json!("HS256")), &claims());
        signed(
            &signing_input,
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signing_input.as_bytes()).as_ref(),
        )
    };
    let twice = format!("{{\"sub\":\"bob\",{}", &claims().to_string()[1..]);
    let twice = format!(
        "{}.{}",
        unsigned(&header(), &json!({})).split('.').next().unwrap(),
        BASE64_URL_SAFE_NO_PAD.encode(twice)
    );
    let tokens = [
        ("of another issuer", with_claim("iss", json!("https://evil.example")), "issuer"),
        ("of an issuer with an additional slash", with_claim("iss", json!(format!("{ISSUER}/"))), "issuer"),
        ("of many issuers", with_claim("iss", json!([ISSUER, "https://evil.example"])), "can't be read"),
        ("of no issuer", with_claim("iss", Value::Null), "can't be read"),
        ("for another audience", with_claim("aud", json!("someone")), "audience"),
        ("for other audiences", with_claim("aud", json!(["some", "one"])), "audience"),
        ("for a part of the audience", with_claim("aud", json!("task")), "audience"),
        ("for no audience", with_claim("aud", Value::Null), "audience"),
        ("for an audience that is a number", with_claim("aud", json!(1)), "can't be read"),
        (
            "for another audience, by our client",
            issuer.token(&header(), &with(with(claims(), "aud", json!("x")), "client_id", json!(AUDIENCE))),
            "audience",
        ),
        (
            "for no audience, by another client",
            issuer.token(&header(), &with(with(claims(), "aud", Value::Null), "client_id", json!("x"))),
            "audience",
        ),
        ("that has expired", with_claim("exp", json!(now() - 1)), "expired"),
        ("that never expires", with_claim("exp", Value::Null), "can't be read"),
        ("with an expiry that is a word", with_claim("exp", json!("never")), "can't be read"),
        ("that expired before 1970", with_claim("exp", json!(-1)), "can't be read"),
        ("that is not valid yet", with_claim("nbf", json!(now() + 3_600)), "not valid yet"),
        ("that will be issued", with_claim("iat", json!(now() + 3_600)), "not valid yet"),
        (
            "without a signature",
            signed(&unsigned(&with(header(), "alg", json!("none")), &claims()), b""),
            "can't be read",
        ),
        (
            "without a signature, in capitals",
            signed(&unsigned(&with(header(), "alg", json!("NONE")), &claims()), b""),
            "can't be read",
        ),
        ("whose signature was cut off", format!("{signed_part}."), "signature"),
        ("with the signature of another token", format!("{other_claims}.{signature}"), "signature"),
        ("signed by a stranger", stranger.token(&header(), &claims()), "signature"),
        (
            "signed by a key in its own header",
            stranger.token(&with(header(), "jwk", stranger.jwk.clone()), &claims()),
            "signature",
        ),
        ("signed with the public key as a secret", by_secret(modulus.as_bytes()), "not signed in a way"),
        (
            "signed with the public key's bytes",
            by_secret(&BASE64_URL_SAFE_NO_PAD.decode(modulus).unwrap()),
            "not signed in a way",
        ),
        (
            "signed with another algorithm than its header names",
            signed(
                &unsigned(&with(header(), "alg", json!("RS512")), &claims()),
                &BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap(),
            ),
            "signature",
        ),
        ("with algorithm PSS", head("alg", json!("PS256")), "not signed in a way"),
        ("with algorithm ECDSA", head("alg", json!("ES256")), "not signed in a way"),
        ("with an unknown algorithm", head("alg", json!("RS256K")), "can't be read"),
        ("of an unknown key", head("kid", json!("k2")), "kid"),
        ("of no key", head("kid", Value::Null), "kid"),
        ("of a key that is a path", head("kid", json!("../../keys.json")), "kid"),
        ("with an unknown critical header", head("crit", json!(["exp"])), "can't be read"),
        ("without a subject", with_claim("sub", Value::Null), "can't be read"),
        ("with an empty subject", with_claim("sub", json!("")), "subject"),
        ("with too long a subject", with_claim("sub", json!("a".repeat(256))), "subject"),
        ("with an operator's subject", with_claim("sub", json!("local")), "subject"),
        ("with two subjects", signed(&twice, b"x"), "signature"),
        ("that is none", "garbage".to_owned(), "can't be read"),
        ("that is dots", "..".to_owned(), "can't be read"),
        ("with a part too many", format!("{good}.x"), "can't be read"),
        ("that is padded", format!("{good}="), "can't be read"),
    ];
    for (what, token, reason) in tokens {
        let answer = call(&running, Method::POST, "/tasks", &token).await;
        assert_eq!(answer.status(), 401, "a token {what}");
        let challenge = answer.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().to_owned();
        assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{what}: {challenge}");
        assert!(challenge.contains(reason), "a token {what}: {challenge}");
        let problem = json_of(answer).await;
        assert_eq!(problem["type"], "urn:taskline:problem:unidentified", "{what}: {problem}");
    }
    for scope in [json!("openid"), json!("tasks/read tasks/writer"), json!(["tasks/read"]), Value::Null] {
        let token = with_claim("scope", scope.clone());
        let answer = call(&running, Method::POST, "/tasks", &token).await;
        assert_eq!(answer.status(), 403, "{scope}");
        let challenge = answer.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
        assert_eq!(challenge, "Bearer error=\"insufficient_scope\", scope=\"tasks/write\"");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(call(&running, Method::POST, "/tasks", &good).await.status(), 202);
    taskline.until_idle();
    assert_eq!(taskline.json(&["verify"])["completed"], 1, "a refused token made a task");
    assert!(!taskline.log().contains(&good), "a token is logged");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_issued_token_is_accepted_and_its_subject_is_the_caller() {
    let (taskline, issuer) = (Taskline::new(), Issuer::new());
    let running = start(&taskline, &issuer.key_set("k1"));
    let of_cognito = with(with(claims(), "aud", Value::Null), "client_id", json!(AUDIENCE));
    let of_okta = with(with(claims(), "scope", Value::Null), "scp", json!(["tasks/read", "tasks/write"]));
    for (header, claims) in [
        (header(), of_cognito),
        (header(), of_okta),
        (header(), with(claims(), "aud", json!(["someone", AUDIENCE]))),
        (header(), with(claims(), "nbf", Value::Null)),
        (header(), with(claims(), "iat", json!(now() as f64 - 0.5))),
        (with(header(), "alg", json!("RS384")), claims()),
        (with(header(), "alg", json!("RS512")), claims()),
    ] {
        let answer = call(&running, Method::POST, "/tasks", &issuer.token(&header, &claims)).await;
        assert_eq!(answer.status(), 202, "{header} {claims}");
    }
    let token = |subject: &str, scope: &str| {
        issuer.token(&header(), &with(with(claims(), "sub", json!(subject)), "scope", json!(scope)))
    };
    let answer = call(&running, Method::POST, "/tasks", &token("bob", "tasks/write")).await;
    let path = answer.headers()["location"].to_str().unwrap().to_owned();
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(taskline.status_of(id)["submitted_by"], "bob");
    for (method, path, subject, scope, status) in [
        (Method::GET, path.as_str(), "bob", "tasks/read", 200),
        (Method::HEAD, path.as_str(), "bob", "tasks/read", 200),
        (Method::GET, path.as_str(), "bob", "tasks/write", 403),
        (Method::GET, path.as_str(), "ann", "tasks/read", 404),
        (Method::DELETE, path.as_str(), "ann", "tasks/write", 404),
        (Method::DELETE, path.as_str(), "bob", "tasks/read", 403),
        (Method::GET, "/openapi.json", "bob", "tasks/read", 200),
        (Method::GET, "/openapi.json", "bob", "tasks/write", 403),
        (Method::PUT, "/tasks", "bob", "tasks/write", 405),
    ] {
        let answer = call(&running, method.clone(), path, &token(subject, scope)).await;
        assert_eq!(answer.status(), status, "{method} {path} by {subject} with {scope}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_exactly_one_token_gets_401_and_no_data() {
    let (taskline, issuer) = (Taskline::new().with("CORS_ORIGINS", "https://app.example"), Issuer::new());
    let running = start(&taskline, &issuer.key_set("k1"));
    let good = issuer.token(&header(), &claims());
    let headers: [&[String]; 5] = [
        &[],
        std::slice::from_ref(&good),
        &["Bearer".to_owned()],
        &[format!("Basic {good}")],
        &[format!("Bearer {good}"), format!("Bearer {good}")],
    ];
    for path in ["/openapi.json", "/tasks/01890a5d-ac96-774b-bcce-b302099a8057", "/nothing", "/"] {
        for brought in headers {
            let mut request =
                http().get(format!("{}{path}", running.url)).header("origin", "https://app.example");
            for value in brought {
                request = request.header(header::AUTHORIZATION, value);
            }
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 401, "{path} {brought:?}");
            assert_eq!(answer.headers()[header::WWW_AUTHENTICATE], "Bearer");
            assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example");
        }
    }
    // A browser asks without a token whether its page may call with one.
    let preflight = http()
        .request(Method::OPTIONS, format!("{}/tasks", running.url))
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization");
    let answer = preflight.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["access-control-allow-headers"].to_str().unwrap().contains("authorization"));
    // Operators open the data directly, without a token.
    let id = taskline.submit("by an operator");
    taskline.until_idle();
    assert_eq!(taskline.status_of(&id)["submitted_by"], "local");
    assert!(Console::at(&running.console).get("/api/snapshot").await.is_object());
}
