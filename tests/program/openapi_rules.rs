//! The API's description, as the program gives it, against the recommended rules of redocly and of spectral, warnings
//! among them (`tests/openapi`).

use std::{fs, path::Path, process::Command};

use crate::taskline::{Taskline, http};

#[tokio::test(flavor = "multi_thread")]
async fn the_description_keeps_the_recommended_rules_of_redocly_and_spectral() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let answer = http().get(format!("{}/openapi.json", running.url)).send().await.unwrap();
    let document = taskline.file("openapi.json", &answer.text().await.unwrap());
    assert_eq!(lint("redocly", &["lint", "--config", "redocly.yaml", &document]), "");
    let rules = ["lint", "--ruleset", "spectral.yaml", "--fail-severity", "hint"];
    assert_eq!(lint("spectral", &[&rules[..], &[&document]].concat()), "");
    // They are there, and notice: no operation has an id, and none of the server's addresses ends in a slash.
    let broken = fs::read_to_string(&document).unwrap().replace("\"operationId\"", "\"x-id\"");
    let broken =
        taskline.file("broken.json", &broken.replace("\"url\":\"/\"", "\"url\":\"https://a.example/\""));
    assert!(
        lint("redocly", &["lint", "--config", "redocly.yaml", &broken]).contains("operation-operationId")
    );
    assert!(lint("spectral", &[&rules[..], &[&broken]].concat()).contains("oas3-server-trailing-slash"));
}

/// What it finds wrong; nothing when it is satisfied.
fn lint(program: &str, arguments: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi");
    let program = folder.join("node_modules/.bin").join(program);
    let linted = Command::new(&program)
        .args(arguments)
        .current_dir(&folder)
        // It would report its use, and ask for newer versions.
        .envs([("REDOCLY_TELEMETRY", "off"), ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"), ("NO_COLOR", "1")])
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}: `make openapi-rules`", program.display()));
    let told =
        [linted.stdout, linted.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    if linted.status.success() { String::new() } else { told }
}
