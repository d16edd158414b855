//! A Lambda function on the emulator, as a user deploys one.

use std::{fs, path::Path, process::Command};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};

use crate::{Ministack, endpoint, taskline::http};

/// A timeout that is short enough to wait for.
const TIMEOUT_SECONDS: u32 = 2;

/// The code of a function, packed.
pub struct FunctionCode {
    pub runtime: &'static str,
    pub handler: &'static str,
    pub zip: Vec<u8>,
}

/// Creates a function in Python with the handler `handler` in `code`, whose alias is `live`.
pub async fn create_function(name: &str, code: &str, environment: &Value) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("index.py"), code).unwrap();
    let zip = zip(folder.path(), "index.py");
    let code = FunctionCode { runtime: "python3.12", handler: "index.handler", zip };
    create_function_from(&code, name, TIMEOUT_SECONDS, environment).await;
}

/// Creates a function, publishes it as version 1, and points the alias `live` at it.
pub async fn create_function_from(
    code: &FunctionCode,
    name: &str,
    timeout_seconds: u32,
    environment: &Value,
) {
    let function = json!({
        "FunctionName": name, "Runtime": code.runtime, "Handler": code.handler, "Publish": true,
        "Role": "arn:aws:iam::000000000000:role/r", "Timeout": timeout_seconds,
        "Environment": {"Variables": environment}, "Code": {"ZipFile": BASE64.encode(&code.zip)},
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

/// A file of this folder, packed.
pub fn zip(folder: &Path, file: &str) -> Vec<u8> {
    let mut pack = Command::new("python3");
    pack.args(["-m", "zipfile", "-c", "code.zip", file]).current_dir(folder);
    assert!(pack.status().unwrap().success());
    fs::read(folder.join("code.zip")).unwrap()
}
