//! Checks the program against its OpenAPI document with schemathesis, with tokens: all phases, and all checks except
//! those that `tests/schemathesis/schemathesis.toml` excludes with a reason.
//!
//! `make schemathesis EXAMPLES=2000 SEED=7` runs more and other examples.

use std::{env, path::Path, process::Command};

use harness::issuer::Issuer;
use serde_json::json;

use crate::taskline::Taskline;

#[test]
fn the_program_conforms_to_its_openapi_document() {
    let (taskline, issuer) = (Taskline::new().with("RUST_LOG", "warn"), Issuer::new());
    let keys = taskline.file("keys.json", &issuer.key_set("k1").to_string());
    let tokens = ["--jwt-issuer", "https://id.example", "--jwt-audience", "taskline", "--jwt-keys", &keys];
    let running = taskline.start_with(&[&["local", "--listen", "127.0.0.1:0"][..], &tokens].concat());
    let claims = json!({
        "iss": "https://id.example", "aud": "taskline", "sub": "ann", "scope": "tasks/read tasks/write",
        "exp": 10_000_000_000_u64,
    });
    let token = issuer.token(&json!({"alg": "RS256", "kid": "k1"}), &claims);
    let option = |name: &str, usual: &str| env::var(name).unwrap_or_else(|_| usual.to_owned());

    let tests_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = tests_folder.join("../target/schemathesis/bin/schemathesis");
    let run = Command::new(&program)
        .arg("--config-file")
        .arg(tests_folder.join("schemathesis/schemathesis.toml"))
        .args(["run", &format!("{}/openapi.json", running.url)])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--seed", &option("SEED", "1"), "--max-examples", &option("EXAMPLES", "25")])
        .envs([("NO_PROXY", "127.0.0.1"), ("PYTHONUTF8", "1"), ("NO_COLOR", "1")])
        .current_dir(taskline.data())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}: `make setup` installs it", program.display()));
    let report = String::from_utf8_lossy(&run.stdout);
    println!("{report}");
    assert!(run.status.success(), "{report}{}", String::from_utf8_lossy(&run.stderr));
    for phase in ["Examples", "Coverage", "Fuzzing", "Stateful"] {
        assert!(report.contains(&format!("✅ {phase}")), "{phase} tested nothing: {report}");
    }
    taskline.until_idle();
    assert_eq!(taskline.run(&["verify"]).code, 0);
    assert!(!taskline.log().contains("panic"), "{}", taskline.log());
    assert_eq!(running.terminate(), 0);
}
