//! The OpenAPI document and the program, held against each other by schemathesis, with tokens: all phases, all checks
//! but what `tests/schemathesis/schemathesis.toml` gives a reason for.
//!
//! `make schemathesis EXAMPLES=2000 SEED=7` tries more, and others.

use std::{env, path::Path, process::Command};

use harness::issuer::Issuer;
use serde_json::json;

use crate::taskline::Taskline;

#[test]
fn what_the_document_says_is_so() {
    let (taskline, issuer) = (Taskline::new().with("RUST_LOG", "warn"), Issuer::new());
    let keys = taskline.file("keys.json", &issuer.key_set("k1").to_string());
    let tokens = ["--jwt-issuer", "https://id.example", "--jwt-audience", "taskline", "--jwt-keys", &keys];
    let running = taskline.start_with(&[&["local", "--listen", "127.0.0.1:0"][..], &tokens].concat());
    let claims = json!({
        "iss": "https://id.example", "aud": "taskline", "sub": "ann", "scope": "tasks/read tasks/write",
        "exp": 10_000_000_000_u64,
    });
    let token = issuer.token(&json!({"alg": "RS256", "kid": "k1"}), &claims);
    let given = |name: &str, usual: &str| env::var(name).unwrap_or_else(|_| usual.to_owned());

    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = house.join("../target/schemathesis/bin/schemathesis");
    let tried = Command::new(&program)
        .arg("--config-file")
        .arg(house.join("schemathesis/schemathesis.toml"))
        .args(["run", &format!("{}/openapi.json", running.url)])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--seed", &given("SEED", "1"), "--max-examples", &given("EXAMPLES", "25")])
        .envs([("NO_PROXY", "127.0.0.1"), ("PYTHONUTF8", "1"), ("NO_COLOR", "1")])
        .current_dir(taskline.data())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}: `make target/schemathesis`", program.display()));
    let report = String::from_utf8_lossy(&tried.stdout);
    println!("{report}");
    assert!(tried.status.success(), "{report}{}", String::from_utf8_lossy(&tried.stderr));
    for phase in ["Examples", "Coverage", "Fuzzing", "Stateful"] {
        assert!(report.contains(&format!("✅ {phase}")), "{phase} tried nothing: {report}");
    }
    taskline.until_idle();
    assert_eq!(taskline.run(&["verify"]).code, 0);
    assert!(!taskline.log().contains("panic"), "{}", taskline.log());
    assert_eq!(running.terminate(), 0);
}
