//! A function that was told too little does not start, and says what is missing.

use harness::{RunningFunction, StandIn};
use serde_json::Value;

use crate::function::{DEAD_LETTERS, SETTINGS, start};

async fn refusal(name: &str, variables: &[(&str, &str)]) -> String {
    let (status, lines) = RunningFunction::start(name, variables).await.ends().await;
    assert!(!status.success());
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (line["level"].as_str(), line["message"].as_str()),
        (Some("ERROR"), Some("the function can't run"))
    );
    line["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_variable_that_is_missing_is_named_in_one_line_of_the_log() {
    for name in ["api", "processor"] {
        for missing in 0..SETTINGS.len() {
            let mut variables = SETTINGS.to_vec();
            let (variable, _) = variables.remove(missing);
            assert_eq!(refusal(name, &variables).await, format!("{variable} is required"));
        }
    }
    assert_eq!(refusal("processor", &SETTINGS).await, "DEAD_LETTER_QUEUE_URL is required");
}

#[tokio::test]
async fn a_variable_that_cant_be_used_is_named() {
    for (name, value) in [
        ("ATTEMPT_BUDGET", "many"),
        ("FAILURE_POLICY", "stop"),
        ("TASK_HANDLER", "magic"),
        ("LOG_LEVEL", "loud"),
    ] {
        let variables = [&SETTINGS[..], &[("DEAD_LETTER_QUEUE_URL", "q"), (name, value)]].concat();
        let said = refusal("processor", &variables).await;
        assert!(said.starts_with(name), "{said}");
    }
}

#[tokio::test]
async fn a_webhook_needs_its_secret_and_one_that_cant_be_read_is_no_start() {
    let webhook = [
        ("DEAD_LETTER_QUEUE_URL", "q"),
        ("TASK_HANDLER", "webhook"),
        ("WEBHOOK_URL", "https://receiver.test/"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
    ];
    let variables = [&SETTINGS[..], &webhook].concat();
    assert!(refusal("processor", &variables).await.starts_with("WEBHOOK_SECRET "));
    let variables =
        [&variables[..], &[("WEBHOOK_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:1:secret:s")]].concat();
    assert_eq!(refusal("processor", &variables).await, "failed to use the secret");
}

#[tokio::test]
async fn the_connections_are_there_before_the_first_event() {
    for (name, connections) in [("api", 2), ("processor", 1)] {
        let aws = StandIn::that_agrees().await;
        let mut function = start(name, aws.url(), &[DEAD_LETTERS]).await;
        function.ready().await;
        assert_eq!((aws.connected(), aws.operations()), (connections, vec![]), "{name}");
    }
}

#[tokio::test]
async fn a_function_that_finds_no_connection_waits_for_events_all_the_same() {
    for name in ["api", "processor"] {
        start(name, "http://127.0.0.1:1", &[DEAD_LETTERS]).await.ready().await;
    }
}

#[tokio::test]
async fn the_file_of_authorities_must_hold_some() {
    let bundle = [("DEAD_LETTER_QUEUE_URL", "q"), ("AWS_CA_BUNDLE", "/dev/null")];
    let said = refusal("processor", &[&SETTINGS[..], &bundle].concat()).await;
    assert_eq!(said, "AWS_CA_BUNDLE must name a file of certificates in PEM");
}
