//! Key sets as issuers publish them: every usable key is used, whatever other keys the set contains.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD},
};
use harness::issuer::{Issuer, make_key};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    jwt::{AUDIENCE, ISSUER, call, claims, json_of, start, start_with_file, with},
    taskline::Taskline,
};

fn header(kid: &str) -> Value {
    json!({"alg": "RS256", "kid": kid})
}

fn octets(jwk: &Value, name: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap()
}

/// The same key with this `kid` and other members.
fn named(jwk: &Value, kid: &str, members: Value) -> Value {
    let mut jwk = with(jwk.clone(), "kid", json!(kid));
    jwk.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    jwk
}

/// The issuer's key in the spellings that issuers use, each with a different `kid`; and one `kid` shared with a key
/// of another issuer.
fn usable(issuer: &Issuer, second: &Issuer) -> Vec<Value> {
    let (n, e) = (octets(&issuer.jwk, "n"), octets(&issuer.jwk, "e"));
    let zeros = |count: usize, number: &[u8]| [vec![0; count], number.to_vec()].concat();
    let key = |kid: &str, members: Value| named(&issuer.jwk, kid, members);
    let n_as = |text: String| json!({"n": text});
    let all_members = json!({
        "alg": "RS256", "use": "sig", "key_ops": ["verify"], "x5c": ["MIIC"], "x5t": "AA", "x5t#S256": "AA",
        "x5u": "https://id.example/k", "issuer": ISSUER, "status": "ACTIVE", "nbf": 1, "ext": true,
    });
    vec![
        key("a zero before n", n_as(BASE64_URL_SAFE_NO_PAD.encode(zeros(1, &n)))),
        key("many zeros before n", n_as(BASE64_URL_SAFE_NO_PAD.encode(zeros(300, &n)))),
        key("zeros before e", json!({"e": BASE64_URL_SAFE_NO_PAD.encode(zeros(5, &e))})),
        key("padded", n_as(BASE64_URL_SAFE.encode(&n))),
        key("padded, with a zero", n_as(BASE64_URL_SAFE.encode(zeros(1, &n)))),
        key("in the other base64", n_as(BASE64_STANDARD.encode(&n))),
        key("with all that there is", all_members),
        key("with nulls", json!({"alg": null, "use": null, "key_ops": null, "x5c": null})),
        key("also of another type", json!({})),
        key("twice the same", json!({"alg": "RS512"})),
        key("twice the same", json!({"alg": "RS256"})),
        named(&second.jwk, "two keys", json!({})),
        key("two keys", json!({})),
    ]
}

/// Keys that check no tokens, with the reason that is logged.
fn unusable(issuer: &Issuer) -> [(Value, &'static str); 13] {
    let (_, weak) = make_key(1024);
    let key = |kid: &str, members: Value| named(&issuer.jwk, kid, members);
    let ec = json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"});
    [
        (named(&ec, "also of another type", json!({})), "has the type \"EC\""),
        (named(&ec, "EC", json!({})), "has the type \"EC\""),
        (json!({"kty": "OKP", "kid": "OKP", "crv": "Ed25519", "x": "AA"}), "has the type \"OKP\""),
        (json!({"kty": "AKP", "kid": "AKP", "alg": "ML-DSA-44", "pub": "AA"}), "has the type \"AKP\""),
        (json!({"kty": "oct", "kid": "oct", "k": "c2VjcmV0"}), "has the type \"oct\""),
        (key("enc", json!({"use": "enc", "alg": "RSA-OAEP"})), "is for \"enc\""),
        (key("PSS", json!({"alg": "PS256"})), "is for \"PS256\""),
        (key("ops", json!({"key_ops": ["wrapKey"]})), "does not have \"verify\""),
        (named(&weak, "weak", json!({})), "has 1024 bits"),
        (key("a number", json!({"n": 65_537})), "is not a JSON Web Key"),
        (json!({"kty": "RSA", "kid": "only x5c", "x5c": ["MIIC"]}), "has no n"),
        (issuer.jwk.clone(), "has no kid"),
        (json!(null), "is not a JSON Web Key"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_usable_key_is_used_in_all_spellings_and_beside_unusable_keys() {
    let (taskline, issuer, second, stranger) = (Taskline::new(), Issuer::new(), Issuer::new(), Issuer::new());
    let (usable, unusable) = (usable(&issuer, &second), unusable(&issuer));
    let large: Value = serde_json::from_str(include_str!("large_key.json")).unwrap();
    let others = unusable.iter().map(|(jwk, _)| jwk);
    let keys: Vec<&Value> = others.chain(&usable).chain([&large["jwk"]]).collect();
    let running = start(&taskline, &json!({"keys": keys, "issued": 1}));
    let post = async |token: &str| call(&running, Method::POST, "/tasks", token).await;
    for jwk in &usable {
        let kid = jwk["kid"].as_str().unwrap();
        assert_eq!(post(&issuer.token(&header(kid), &claims())).await.status(), 202, "{kid}");
        let answer = post(&stranger.token(&header(kid), &claims())).await;
        assert_eq!(answer.status(), 401, "{kid}: the signature of another key");
    }
    assert_eq!(post(&second.token(&header("two keys"), &claims())).await.status(), 202);
    assert_eq!(post(large["token"].as_str().unwrap()).await.status(), 202, "8192 bits");
    let expired = with(claims(), "exp", json!(1));
    let answer = post(&second.token(&header("two keys"), &expired)).await;
    assert_eq!(json_of(answer).await["detail"], "the token has expired");
    let of_other_algorithm = json!({"alg": "RS384", "kid": "with all that there is"});
    assert_eq!(post(&issuer.token(&of_other_algorithm, &claims())).await.status(), 401);
    let log = taskline.log();
    assert_eq!(log.matches("no token is checked with").count(), unusable.len(), "{log}");
    for (jwk, reason) in &unusable {
        let Some(kid) = jwk["kid"].as_str() else { continue };
        assert!(log.contains(&format!("{kid:?} of the key set: it {reason}")), "{kid}: {log}");
        if kid != "also of another type" {
            assert_eq!(post(&issuer.token(&header(kid), &claims())).await.status(), 401, "{kid}");
        }
    }
}

/// Some editors and shells write one.
#[tokio::test(flavor = "multi_thread")]
async fn a_byte_order_mark_before_the_key_set_is_ignored() {
    let (taskline, issuer) = (Taskline::new(), Issuer::new());
    let keys = taskline.file("keys.json", &format!("\u{FEFF}{}\r\n", issuer.key_set("k1")));
    let running = start_with_file(&taskline, &keys);
    let answer = call(&running, Method::POST, "/tasks", &issuer.token(&header("k1"), &claims())).await;
    assert_eq!(answer.status(), 202);
}

#[test]
fn unusable_key_sets_are_named_before_any_file_is_made() {
    let (taskline, issuer) = (Taskline::new(), Issuer::new());
    let whole = &issuer.key_set("k1")["keys"][0];
    let key = |name: &str, value: Value| json!({"keys": [with(whole.clone(), name, value)]});
    let (_, weak) = make_key(1024);
    let secret = json!({"keys": [{"kty": "oct", "kid": "k1", "k": "c2VjcmV0"}]});
    let many = json!({"keys": vec![json!({"kty": "EC", "kid": "\u{1b}]0;k"}); 9]});
    for (keys, reason) in [
        (json!(null), "is not a JSON Web Key Set"),
        (whole.clone(), "is not a JSON Web Key Set"),
        (json!({"keys": {"k1": whole}}), "is not a JSON Web Key Set"),
        (json!({"k1": "-----BEGIN CERTIFICATE-----"}), "is not a JSON Web Key Set"),
        (json!({"keys": []}), "holds no RSA key that can check tokens"),
        (key("kid", Value::Null), "tokens: key 1 has no kid, by which tokens name their key"),
        (key("use", json!("enc")), "tokens: \"k1\" is for \"enc\", not for signatures"),
        (key("key_ops", json!(["sign"])), "\"k1\" does not have \"verify\" among its key_ops"),
        (key("alg", json!("RSA-OAEP")), "\"k1\" is for \"RSA-OAEP\"; only RS256, RS384 and RS512"),
        (secret, "\"k1\" has the type \"oct\""),
        (json!({"keys": [with(weak, "kid", json!("k1"))]}), "\"k1\" has 1024 bits; RSA keys of 2048"),
        (key("n", json!("?")), "\"k1\" has no n in base64url"),
        (key("e", json!("AQAA")), "\"k1\" has an e that is not odd"),
        (json!({"keys": [null, 1, "k"]}), "key 3 is not a JSON Web Key"),
        (many, "; and 4 more"),
    ] {
        assert_refused(&taskline, &keys.to_string(), reason);
    }
    assert_refused(&taskline, "{", "is not a JSON Web Key Set");
    let missing =
        taskline.run(&["local", "--jwt-issuer", ISSUER, "--jwt-audience", AUDIENCE, "--jwt-keys", "gone"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("--jwt-keys gone: can't be read"), "{}", missing.err);
    for half in [&["--jwt-issuer", ISSUER][..], &["--jwt-audience", AUDIENCE], &["--jwt-keys", "keys.json"]] {
        assert_eq!(
            taskline.run(&[&["local"], half].concat()).code,
            2,
            "{half:?}: one setting without the other would disable authentication"
        );
    }
    assert!(!taskline.data().exists());
}

fn assert_refused(taskline: &Taskline, keys: &str, reason: &str) {
    let file = taskline.file("keys.json", keys);
    let output =
        taskline.run(&["local", "--jwt-issuer", ISSUER, "--jwt-audience", AUDIENCE, "--jwt-keys", &file]);
    assert_eq!(output.code, 2);
    let names_both = output.err.contains(&format!("--jwt-keys {file}")) && output.err.contains(reason);
    assert!(names_both, "{reason}: {}", output.err);
    assert!(!output.err.contains('\u{1b}'), "a kid contains terminal control characters");
}
