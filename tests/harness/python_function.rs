//! A Lambda function in Python on the emulator, as a user deploys one.

use std::{fs, path::Path, process::Command};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};

use crate::{Ministack, endpoint, taskline::http};

/// A function whose timeout is short enough to wait for.
const TIMEOUT_SECONDS: u32 = 2;

/// Creates a function with the handler `handler` in `code`, publishes it as version 1, and points the alias `live` at
/// it.
pub async fn create_function(name: &str, code: &str, environment: &Value) {
    let function = json!({
        "FunctionName": name, "Runtime": "python3.12", "Handler": "index.handler", "Publish": true,
        "Role": "arn:aws:iam::000000000000:role/r", "Timeout": TIMEOUT_SECONDS,
        "Environment": {"Variables": environment}, "Code": {"ZipFile": BASE64.encode(zip(code))},
    });
    create("/2015-03-31/functions", &function).await;
    let alias = json!({"Name": "live", "FunctionVersion": "1"});
    create(&format!("/2015-03-31/functions/{name}/aliases"), &alias).await;
}

async fn create(path: &str, body: &Value) {
    let url = format!("{}{path}", endpoint::<Ministack>().await);
    let answer = http().post(url).body(body.to_string()).send().await.unwrap();
    assert_eq!(answer.status(), 201, "{path}");
}

fn zip(code: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("index.py"), code).unwrap();
    pack(folder.path());
    fs::read(folder.path().join("code.zip")).unwrap()
}

fn pack(folder: &Path) {
    let mut pack = Command::new("python3");
    pack.args(["-m", "zipfile", "-c", "code.zip", "index.py"]).current_dir(folder);
    assert!(pack.status().unwrap().success());
}
