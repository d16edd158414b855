//! Checks the program's OpenAPI description against the recommended rules of redocly and spectral, including warnings
//! (`tests/openapi`).

use std::{fs, path::Path, process::Command};

use crate::taskline::{Taskline, http};

#[tokio::test(flavor = "multi_thread")]
async fn the_api_description_follows_the_recommended_rules_of_redocly_and_spectral() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let answer = http().get(format!("{}/openapi.json", running.url)).send().await.unwrap();
    let document = taskline.file("openapi.json", &answer.text().await.unwrap());
    assert_eq!(lint("redocly", &["lint", "--config", "redocly.yaml", &document]), "");
    let rules = ["lint", "--ruleset", "spectral.yaml", "--fail-severity", "hint"];
    assert_eq!(lint("spectral", &[&rules[..], &[&document]].concat()), "");
    // The rules are active: they report an operation without an id and a server URL that ends in a slash.
    let broken = fs::read_to_string(&document).unwrap().replace("\"operationId\"", "\"x-id\"");
    let broken =
        taskline.file("broken.json", &broken.replace("\"url\":\"/\"", "\"url\":\"https://a.example/\""));
    assert!(
        lint("redocly", &["lint", "--config", "redocly.yaml", &broken]).contains("operation-operationId")
    );
    assert!(lint("spectral", &[&rules[..], &[&broken]].concat()).contains("oas3-server-trailing-slash"));
}

/// The program's findings; empty if it has none.
fn lint(program: &str, arguments: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi");
    let program = folder.join("node_modules/.bin").join(program);
    let linted = Command::new(&program)
        .args(arguments)
        .current_dir(&folder)
        // The program would report its use, and ask for newer versions.
        .envs([("REDOCLY_TELEMETRY", "off"), ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"), ("NO_COLOR", "1")])
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}: `make openapi-rules`", program.display()));
    let findings =
        [linted.stdout, linted.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    if linted.status.success() { String::new() } else { findings }
}
