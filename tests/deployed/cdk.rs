//! The CDK app of the stacks, run on an emulator.

use std::{
    fs::{self, File},
    path::Path,
    process::Stdio,
};

use tokio::process::Command;

pub const REGION: &str = "us-east-1";

/// Runs our CDK app unmodified.
pub async fn cdk(endpoint: &str, name: &str, arguments: &[&str]) {
    let infrastructure = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infrastructure");
    let program = infrastructure.join("node_modules/.bin/cdk");
    assert!(program.exists(), "there is no {}: `make deployed-tests` installs it", program.display());
    let log_path = in_target(&format!("tmp/{name}.log"));
    let log = File::create(&log_path).unwrap();
    let status = Command::new(program)
        .args(arguments)
        .current_dir(infrastructure)
        // Its rules take six seconds to load; `make stacks` checks the template of every kind of deployment by them.
        .env("CDK_VALIDATION", "false")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .kill_on_drop(true)
        .status()
        .await
        .unwrap();
    assert!(
        status.success(),
        "cdk {name} failed: see {log_path}\n{}",
        fs::read_to_string(&log_path).unwrap()
    );
}

/// A file or folder that `make functions-for-tests` or a test run puts into the target folder.
pub fn in_target(path: &str) -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join(path).to_str().unwrap().to_owned()
}
